"""Splink 5 on two files of people, tuned as its documentation says; run by an interpreter that has Splink, not by ours.

    .venv-bench/bin/python benchmarks/splink_peer.py LEFT RIGHT OUT.json --train --link --settings S.json [--pairs P.parquet]
    .venv-bench/bin/python benchmarks/splink_peer.py LEFT RIGHT OUT.json --from-model S.json --everything --pairs P.parquet

`--train` writes the trained settings to `--settings`; `--link` scores the candidate pairs of those settings, each with its own
reading of the files and its own database, so that either can be timed alone. `--pairs` keeps what was scored: `left_id`,
`right_id`, `match_weight`, `match_probability` and, with `--everything`, pairs under the threshold too. This file imports
nothing of ours.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.01
# What the seven rules and the levels compare, each worked out once a record and not once a pair ("drivers of performance").
PREPARED = """
    SELECT record_id, given_name, family_name, gender, postcode,
        strftime(date_of_birth, '%Y-%m-%d') AS dob,
        strftime(date_of_birth, '%Y-%d-%m') AS dob_swapped,
        year(date_of_birth) * 100 + month(date_of_birth) AS year_month,
        year(date_of_birth) * 100 + day(date_of_birth) AS year_day,
        month(date_of_birth) * 100 + day(date_of_birth) AS month_day,
        split_part(postcode, ' ', 1) AS outcode,
        left(postcode, -2) AS sector
    FROM read_parquet('{path}')
"""
RULES = (
    ("dob", "gender", "outcode"),
    ("dob", "family_name"),
    ("dob", "given_name"),
    ("family_name", "year_day", "gender"),
    ("postcode",),
    ("given_name", "outcode"),
    ("family_name", "outcode"),
)
DETERMINISTIC_RULES = (
    ("given_name", "family_name", "dob"),
    ("given_name", "family_name", "postcode"),
    ("dob", "postcode", "gender"),
)
DETERMINISTIC_RECALL = 0.95
# Of the documentation: 10**7 "is often adequate", 10**9 best; training ends early once every level was seen often enough.
U_PAIRS = 1e8
# Pairs of each training block; more change the model little and take longer (an option new in Splink 5).
EM_PAIRS = 2e6
SEED = 1


def name_comparison(column: str) -> cl.CustomComparison:
    """Equal with term frequency, Jaro-Winkler .92, .88, .7, else: the levels of Splink's own `NameComparison`."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            *(cll.JaroWinklerLevel(column, threshold) for threshold in (0.92, 0.88, 0.7)),
            cll.ElseLevel(),
        ],
    )


def date_comparison() -> cl.CustomComparison:
    """Equal; day and month exchanged; one digit; two of year, month and day; else.

    Between texts of one length Hamming and Levenshtein distance agree about one letter; DuckDB's Hamming is five times faster.
    """
    two_parts = '"year_month_l" = "year_month_r" OR "year_day_l" = "year_day_r" OR "month_day_l" = "month_day_r"'
    return cl.CustomComparison(
        output_column_name="dob",
        comparison_levels=[
            cll.NullLevel("dob"),
            cll.ExactMatchLevel("dob"),
            cll.ColumnsReversedLevel("dob", "dob_swapped"),
            cll.DistanceFunctionLevel("dob", "hamming", 1, higher_is_more_similar=False),
            cll.CustomLevel(two_parts, label_for_charts="Two parts of three"),
            cll.ElseLevel(),
        ],
    )


def postcode_comparison() -> cl.CustomComparison:
    """Equal; same sector; same district; else."""
    return cl.CustomComparison(
        output_column_name="postcode",
        comparison_levels=[
            cll.NullLevel("postcode"),
            *(cll.ExactMatchLevel(column) for column in ("postcode", "sector", "outcode")),
            cll.ElseLevel(),
        ],
    )


def settings() -> SettingsCreator:
    """The model before training. No column is kept beside the scores, which the documentation names as the faster way."""
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        comparisons=[
            name_comparison("given_name"),
            name_comparison("family_name"),
            date_comparison(),
            postcode_comparison(),
            cl.ExactMatch("gender"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in RULES],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


@dataclass(frozen=True)
class Files:
    """The two files, and how many threads may read and score them."""

    left: Path
    right: Path
    threads: int

    def linker(self, model: Any) -> Linker:
        """A linker with a database of its own and both files read into it."""
        connection = duckdb.connect(config={"threads": self.threads, "preserve_insertion_order": False})
        database = DuckDBAPI(connection=connection)
        tables = []
        # Short names: Splink joins on source and record id as one text, and texts of up to 12 bytes are the fast ones.
        for source, path in (("l", self.left), ("r", self.right)):
            connection.execute(f"CREATE TABLE people_{source} AS {PREPARED.format(path=path)}")
            tables.append(database.register(f"people_{source}", dataset_display_name=source))
        return Linker(tables, model)


def train(files: Files, path: Path) -> None:
    """Prior from strict rules, u from random pairs, m by expectation maximisation in two blocks; saved to `path`."""
    linker = files.linker(settings())
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in DETERMINISTIC_RULES], recall=DETERMINISTIC_RECALL
    )
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for block in (("given_name", "family_name"), ("dob",)):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), estimate_without_term_frequencies=True, max_pairs=EM_PAIRS
        )
    linker.misc.save_model_to_json(str(path), overwrite=True)


def link(files: Files, path: Path, *, everything: bool, out: Path | None) -> dict[str, Any]:
    """Score the candidate pairs with the settings of `path`: seconds, pairs compared and pairs kept."""
    started = time.perf_counter()
    linker = files.linker(str(path))
    candidates = linker.inference.compute_blocked_pairs_for_predict()
    scored = linker.inference.predict(threshold_match_probability=None if everything else THRESHOLD)
    seconds = time.perf_counter() - started
    pairs, kept = (len(table.as_duckdbpyrelation()) for table in (candidates, scored))
    if out:
        columns = "record_id_l AS left_id, record_id_r AS right_id, match_weight, match_probability"
        scored.as_duckdbpyrelation().project(columns).to_parquet(str(out))
    return {"link_s": seconds, "pairs": pairs, "kept": kept}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    parser.add_argument("out", type=Path, help="figures, as JSON")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--link", action="store_true")
    parser.add_argument("--settings", type=Path, help="where the trained settings go")
    parser.add_argument("--from-model", type=Path, help="link with these settings and do not train")
    parser.add_argument("--pairs", type=Path, help="where the scored pairs go")
    parser.add_argument("--everything", action="store_true", help="score without a threshold")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    files = Files(given.left, given.right, given.threads)
    model = given.from_model or given.settings or given.out.with_suffix(".settings.json")
    figures: dict[str, Any] = {"splink": version("splink"), "duckdb": version("duckdb"), "threads": given.threads}
    if given.train and not given.from_model:
        started = time.perf_counter()
        train(files, model)
        figures["train_s"] = time.perf_counter() - started
        figures["peak_memory_mb_train"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if given.link or given.from_model:
        figures |= link(files, model, everything=given.everything, out=given.pairs)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    figures |= {"cpu_s": spent.ru_utime + spent.ru_stime, "peak_memory_mb": spent.ru_maxrss / 1024}
    given.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
