"""What Splink itself says of every pair; run by an interpreter that has Splink, not by ours, and imports nothing of ours.

    .venv-bench/bin/python tests/splink_scores.py SETTINGS.json OUT.parquet LEFT.parquet [RIGHT.parquet]

OUT has a row per candidate pair: `left_id`, `right_id`, `match_weight`.
"""

import logging
import sys

import duckdb
from splink import DuckDBAPI, Linker


def main(settings: str, out: str, *files: str) -> None:
    """Score, and write."""
    logging.disable(logging.WARNING)
    connection = duckdb.connect(config={"threads": 1})
    database = DuckDBAPI(connection=connection)
    names = ["l", "r"][: len(files)]
    for name, file in zip(names, files, strict=True):
        connection.execute(f"CREATE TABLE t_{name} AS FROM '{file}'")
    tables = [database.register(f"t_{name}", dataset_display_name=name) for name in names]
    linker = Linker(tables if len(tables) > 1 else tables[0], settings)
    pairs = linker.inference.predict().as_duckdbpyrelation()
    pairs.project("record_id_l AS left_id, record_id_r AS right_id, match_weight").order("left_id, right_id").to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
