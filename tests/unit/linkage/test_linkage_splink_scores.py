"""Weights from Splink's settings equal Splink's own on every pair: those kept in a file, and, where it is installed, made afresh.

The file is written by `python -m tests.unit.linkage.test_linkage_splink_scores`, with Splink 5.0.0 on DuckDB 2.0.1.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from linkage.engine.conditions import Alike, Both, Comparison, Differ, Equal, OneDigit, Related, Within, level, no, yes
from linkage.engine.rules import Rule, same
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.engine.weights import RARER, Dependence, Frequency
from linkage.model import Evidence, Model
from linkage.splink.export import to_splink_settings
from linkage.splink.settings import SplinkModel, to_splink_model
from linkage.splink.sides import encode_sides
from linkage.splink.sql import Column
from tests.splink_cases import CASES, files

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "tests" / "fixtures" / "splink_weights.json"
SPLINK = ROOT / ".venv-bench" / "bin" / "python"
Weights = Mapping[tuple[str, str], float]


def by_splink(settings: Mapping[str, Any], tables: tuple[pa.Table, ...]) -> Weights:
    """Weights of every pair as Splink has them."""
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / f"{number}.parquet" for number in range(len(tables))]
        for table, place in zip(tables, places, strict=True):
            pq.write_table(table, place)
        out, given = Path(folder) / "out.parquet", Path(folder) / "settings.json"
        given.write_text(json.dumps(settings), encoding="utf-8")
        subprocess.run([SPLINK, ROOT / "tests" / "splink_scores.py", given, out, *places], check=True, capture_output=True)
        rows = pq.read_table(out).to_pylist()
    return {(row["left_id"], row["right_id"]): row["match_weight"] for row in rows}


def by_us(model: SplinkModel, tables: tuple[pa.Table, ...]) -> Weights:
    """Weights of every pair as we have them."""
    return named(Weigher(model.sides(*tables), model.comparisons, model.rules, model.weights).keep(-np.inf), tables)


def named(scored: Scored, tables: tuple[pa.Table, ...]) -> Weights:
    """Weights by ids."""
    left, right = (table["record_id"].to_pylist() for table in (tables[0], tables[-1]))
    pairs = zip(scored.left.tolist(), scored.right.tolist(), scored.weight.tolist(), strict=True)
    return {(left[i], right[j]): weight for i, j, weight in pairs}


def assert_equal(ours: Weights, theirs: Weights) -> None:
    """The same pairs, and weights to 1e-9."""
    assert ours.keys() == theirs.keys()
    assert [ours[pair] for pair in theirs] == pytest.approx(list(theirs.values()), rel=0, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_weights_equal_those_that_splink_gave(case: str) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[case]
    theirs = {tuple(pair.split()): weight for pair, weight in kept.items()}
    assert len(theirs) > 50
    assert_equal(by_us(to_splink_model(CASES[case]), files(case)), theirs)


@pytest.mark.deep
@pytest.mark.skipif(not SPLINK.exists(), reason="Splink is installed by `make bench`")
@pytest.mark.parametrize("case", CASES)
def test_weights_equal_those_that_splink_gives(case: str) -> None:
    assert_equal(by_us(to_splink_model(CASES[case]), files(case)), by_splink(CASES[case], files(case)))


NAME = Comparison(
    "given_name",
    (
        level("missing", no(Both("given_name"))),
        level("same", yes(Equal("given_name"))),
        level("swapped", yes(Equal("given_name", "family_name"))),
        level("close", yes(Alike("jaro_winkler", "given_name", 0.88)), yes(Alike("levenshtein", "given_name", 1))),
        level("other", yes(Differ("gender")), yes(Both("gender")) & no(Equal("postcode"))),
    ),
)
VISITS = Comparison(
    "visits", (level("near", yes(Within("visits", 5))), level("far", no(Within("visits", 100)) & no(Both("dob"))))
)
FREQUENT = Frequency("given_name", 0.1, share=0.5, floor=0.05)
MODEL = Model(
    "1",
    {
        "given_name": {
            "same": Evidence(0.8, 0.1, frequency=FREQUENT), "swapped": Evidence(0.05, 0.02),
            "close": Evidence(0.05, 0.02, frequency=Frequency("given_name", 0.03)), "other": Evidence(0.05, 0.3),
            "different": Evidence(0.05, 0.56),
        },
        "visits": {"near": Evidence(0.6, 0.3), "far": Evidence(0.1, 0.2), "different": Evidence(0.3, 0.5)},
    },
    match_share=0.01,
)  # fmt: skip
RULES = (same("gender"), Rule(("given_name", "postcode"), ("family_name", "postcode")))


def full(tables: tuple[pa.Table, ...]) -> tuple[pa.Table, ...]:
    """The people without empty names: no value of ours is empty."""
    return tuple(table.filter(pc.not_equal(table["given_name"], "")) for table in tables)


def by_our_model(tables: tuple[pa.Table, ...]) -> Weights:
    """Weights of `MODEL`, the columns as they are."""
    columns = {name: Column(name) for name in ("given_name", "family_name", "gender", "postcode", "dob")}
    asked = [*NAME.questions(), Equal("dob"), *(question for rule in RULES for question in rule.questions())]
    sides = encode_sides(tables, columns, asked, ["given_name"])
    left, right = (pc.fill_null(table["visits"], -1).to_numpy().astype(np.int32) for table in tables)
    assert sides.right is not None
    counted = Sides(sides.left.with_columns(visits=left), sides.right.with_columns(visits=right), sides.texts, sides.shares)
    return named(Weigher(counted, (NAME, VISITS), RULES, MODEL.weights()).keep(-np.inf), tables)


def test_a_model_of_ours_survives_the_way_to_splink_and_back() -> None:
    exported = to_splink_settings(MODEL, (NAME, VISITS), RULES)
    assert exported.left_out == ()
    tables = full(files("names"))
    ours = by_our_model(tables)
    assert len(ours) > 50
    assert_equal(by_us(to_splink_model(exported.settings), tables), ours)


@pytest.mark.deep
@pytest.mark.skipif(not SPLINK.exists(), reason="Splink is installed by `make bench`")
def test_splink_scores_a_model_of_ours_as_we_do() -> None:
    tables = full(files("names"))
    assert_equal(by_our_model(tables), by_splink(to_splink_settings(MODEL, (NAME, VISITS), RULES).settings, tables))


def test_what_splink_cannot_say_is_named() -> None:
    asked = Comparison(
        "name",
        (
            level("nickname", yes(Related("name"))),
            level("slip", yes(Alike("slip", "name", 1)), yes(Equal("name", "other"))),
            level("digit", yes(OneDigit("born"))),
            level("any", yes()),
            level("close", yes(Alike("jaro", "name", 0.9))),
            level("far", yes(Alike("jaro", "name", 0.5))),
        ),
    )
    rare, steep = Frequency("name", 0.1, RARER), Frequency("name", 0.5)
    evidence = {
        "close": Evidence(0.5, 0.1, frequency=rare),
        "far": Evidence(0.4, 0.1, frequency=steep),
        "different": Evidence(0.1, 0.8, frequency=steep),
    }
    model = Model("1", {"name": evidence}, match_share=0.1, dependences=(Dependence("twins", {"name": ("close",)}, -1.0),))
    exported = to_splink_settings(model, (asked,), ())
    assert exported.left_out == (
        "the dependence: twins",
        "name, nickname: a table of related names",
        "name, slip: optimal string alignment",
        "name, digit: one digit of a number",
        "name, any: a condition that asks nothing",
        "name, close: commonness by the rarer of two values",
        "name, far: commonness against a base of its own",
        "name, different: commonness where nothing else holds",
    )
    levels = exported.settings["comparisons"][0]["comparison_levels"]
    assert [each["label_for_charts"] for each in levels] == ["slip", "close", "far", "different"]


if __name__ == "__main__":
    found = {case: {" ".join(pair): weight for pair, weight in by_splink(CASES[case], files(case)).items()} for case in CASES}
    KEPT.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
