"""Our linkage engine on two files of people, as a command that `benchmarks.linkage` runs; see there for what it answers.

    python -m benchmarks.linkage_ours LEFT RIGHT OUT.json --train --link [--settings M.json]
    python -m benchmarks.linkage_ours LEFT RIGHT OUT.json --from-model SPLINK.json --everything --pairs P.parquet

Rules and levels are those of the peer. Training and linking read the files and encode them each for itself, as the peer does.
What a cold process takes to load compiled code is timed apart, on a handful of records.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.arrays import NONE, Codes
from linkage.engine.conditions import Alike, Both, Comparison, Equal, Level, OneDigit, level, no, yes
from linkage.engine.rules import Rule, same
from linkage.engine.sheets import Sheet, Texts, encode_values, lay_out
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.splink.settings import read_splink_settings
from linkage.training.train import train

THRESHOLD = 0.01
THREADS = 2
COLD_RECORDS = 50
# Columns of few distinct values are read as codes: the file has them so.
REPEATED = ["given_name", "gender"]
NAMES = ("given_name", "family_name")

RULES = (
    same("date", "gender", "outcode"),
    same("date", "family_name"),
    same("date", "given_name"),
    same("family_name", "year_day", "gender"),
    same("postcode"),
    same("given_name", "outcode"),
    same("family_name", "outcode"),
)
BLOCKS = (same("given_name", "family_name"), same("date"))


def missing(column: str) -> Level:
    """The level of pairs of which one has no value."""
    return level("missing", no(Both(column)))


def name_comparison(column: str) -> Comparison:
    """Equal, Jaro-Winkler .92, .88, .7, else."""
    likeness = [level(f"jaro_winkler_{bound}", yes(Alike("jaro_winkler", column, bound))) for bound in (0.92, 0.88, 0.7)]
    return Comparison(column, (missing(column), level("same", yes(Equal(column))), *likeness))


TWO_PARTS = [yes(Equal(one), Equal(other)) for one, other in (("year", "month"), ("year", "day"), ("month", "day"))]
COMPARISONS = (
    name_comparison("given_name"),
    name_comparison("family_name"),
    Comparison(
        "date_of_birth",
        (
            missing("date"),
            level("same", yes(Equal("date"))),
            level("swapped", yes(Equal("year"), Equal("month", "day"), Equal("day", "month"))),
            level("one_digit", yes(OneDigit("digits"))),
            level("two_parts", *TWO_PARTS),
        ),
    ),
    Comparison(
        "postcode",
        (
            missing("postcode"),
            level("same", yes(Equal("postcode"))),
            *(level(name, yes(Equal(name))) for name in ("sector", "outcode")),
        ),
    ),
    Comparison("gender", (missing("gender"), level("same", yes(Equal("gender"))))),
)


@dataclass(frozen=True)
class People:
    """Two files, encoded."""

    sides: Sides
    ids: tuple[Any, Any]


def read(left: Path, right: Path) -> People:
    """Both files as sheets: every distinct value worked out once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return encode(list(pool.map(partial(pq.read_table, read_dictionary=REPEATED), (left, right))))


def encode(tables: Sequence[pa.Table]) -> People:
    """Tables as sheets, their columns encoded side by side."""
    with ThreadPoolExecutor(THREADS) as pool:
        names = [pool.submit(_names, [table[name] for table in tables]) for name in NAMES]
        postcodes = pool.submit(_postcodes, [table["postcode"] for table in tables])
        dates = pool.submit(_dates, [table["date_of_birth"] for table in tables])
        _, genders = encode_values(*(table["gender"] for table in tables))
    columns = {"gender": genders, **postcodes.result(), **dates.result()}
    texts, shares = {}, {}
    for name, found in zip(NAMES, names, strict=True):
        columns[name], texts[name], shares[name] = found.result()
    left, right = (Sheet({name: codes[side] for name, codes in columns.items()}) for side in (0, 1))
    return People(Sides(left, right, texts, shares), tuple(table["record_id"] for table in tables))


def _names(columns: Sequence[Any]) -> tuple[list[Codes], Texts, Any]:
    values, codes = encode_values(*columns)
    return codes, lay_out(values), _shares(codes, len(values))


def _postcodes(columns: Sequence[Any]) -> dict[str, list[Codes]]:
    """Postcodes and their parts."""
    values, codes = encode_values(*columns)
    parts = {"sector": 2, "outcode": 4}
    return {"postcode": codes} | {
        name: _parts(pc.utf8_slice_codeunits(values, 0, -letters), codes) for name, letters in parts.items()
    }


def _shares(codes: Sequence[Codes], values: int) -> Any:
    counts = sum(np.bincount(each[each >= 0], minlength=values) for each in codes)
    return counts / counts.sum()


def _parts(values: Any, codes: Sequence[Codes]) -> list[Codes]:
    """Codes of a part of each value, for the codes of the values."""
    _, (parts,) = encode_values(pa.chunked_array([values]))
    parts = np.append(parts, np.int32(NONE))
    return [parts[each] for each in codes]


def _dates(dates: Sequence[Any]) -> dict[str, list[Codes]]:
    """Dates and their parts; distinct dates are worked out once."""
    values, codes = encode_values(*dates)
    days = values.cast(pa.int32()).to_numpy().astype("datetime64[D]")
    year, month = days.astype("datetime64[Y]").astype(int) + 1970, days.astype("datetime64[M]").astype(int) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype(int) + 1
    written = year * 10_000 + month * 100 + day
    digits = sum((written // 10**place % 10) << 4 * place for place in range(8))
    parts = {"year": year, "month": month, "day": day, "digits": digits, "year_day": year * 32 + day}
    columns = {name: np.append(part, NONE).astype(np.int32) for name, part in parts.items()}
    return {"date": codes, **{name: [part[each] for each in codes] for name, part in columns.items()}}


def trained(people: People) -> Any:
    """A model of the people, from the two blocks that the peer trains on."""
    return train(people.sides, COMPARISONS, ids=people.ids, blocks=BLOCKS, threads=THREADS)


def linked(people: People, weights: Any, rules: Sequence[Rule] = RULES, floor: float | None = None) -> Scored:
    """The pairs of the rules that reach the threshold."""
    least = float(np.log2(THRESHOLD / (1 - THRESHOLD))) if floor is None else floor
    return Weigher(people.sides, COMPARISONS, rules, weights, threads=THREADS).keep(least)


def load_compiled(left: Path, right: Path) -> float:
    """Seconds that a cold process takes more: the same work over a few records."""
    few = encode([pq.read_table(path).slice(0, COLD_RECORDS) for path in (left, right)])
    started = time.perf_counter()
    linked(few, trained(few).weights())
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("left", type=Path)
    parser.add_argument("right", type=Path)
    parser.add_argument("out", type=Path, help="figures, as JSON")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--link", action="store_true")
    parser.add_argument("--settings", type=Path, help="where the trained model goes")
    parser.add_argument("--from-model", type=Path, help="score with a Splink settings file")
    parser.add_argument("--pairs", type=Path, help="where the scored pairs go")
    parser.add_argument("--everything", action="store_true", help="score without a threshold")
    given = parser.parse_args(arguments)
    figures = score(given) if given.from_model else train_and_link(given)
    given.out.write_text(json.dumps(figures, indent=1))


def train_and_link(given: argparse.Namespace) -> dict[str, float]:
    """Seconds to train and to link, each with its own reading of the files."""
    cold = load_compiled(given.left, given.right)
    started = time.perf_counter()
    model = trained(read(given.left, given.right))
    done = time.perf_counter()
    if given.settings:
        model.save(given.settings)
    weights = model.weights()
    ready = time.perf_counter()
    people = read(given.left, given.right)
    found = linked(people, weights)
    pairs = pa.table(
        [ids.take(pa.array(rows)) for ids, rows in zip(people.ids, (found.left, found.right), strict=True)], ["l", "r"]
    )
    return {
        "train_s": done - started,
        "link_s": time.perf_counter() - ready,
        "pairs": found.scored,
        "kept": pairs.num_rows,
        "cold_extra_s": cold,
    }


def score(given: argparse.Namespace) -> dict[str, float]:
    """Every candidate pair of a Splink settings file with its match weight."""
    left, right = (prepared(pq.read_table(path)) for path in (given.left, given.right))
    model = read_splink_settings(given.from_model)
    weigher = Weigher(model.sides(left, right), model.comparisons, model.rules, model.weights, threads=THREADS)
    floor = -np.inf if given.everything else float(np.log2(THRESHOLD / (1 - THRESHOLD)))
    started = time.perf_counter()
    found = weigher.keep(floor)
    if given.pairs:
        columns = [left["record_id"].take(pa.array(found.left)), right["record_id"].take(pa.array(found.right)), found.weight]
        pq.write_table(pa.table(columns, names=["left_id", "right_id", "match_weight"]), given.pairs)
    return {"link_s": time.perf_counter() - started, "pairs": found.scored, "kept": len(found)}


def prepared(people: pa.Table) -> pa.Table:
    """The columns that the peer works out once a record."""
    dates = people["date_of_birth"]
    year, month, day = pc.year(dates), pc.month(dates), pc.day(dates)
    columns = {
        "dob": pc.strftime(dates, format="%Y-%m-%d"),
        "dob_swapped": pc.strftime(dates, format="%Y-%d-%m"),
        "year_month": pc.add(pc.multiply(year, 100), month),
        "year_day": pc.add(pc.multiply(year, 100), day),
        "month_day": pc.add(pc.multiply(month, 100), day),
        "outcode": pc.utf8_slice_codeunits(people["postcode"], 0, -4),
        "sector": pc.utf8_slice_codeunits(people["postcode"], 0, -2),
    }
    for name, values in columns.items():
        people = people.append_column(name, values)
    return people.sort_by("record_id")


if __name__ == "__main__":
    main()
