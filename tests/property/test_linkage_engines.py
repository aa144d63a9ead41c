"""The second engine, the recordlinkage toolkit, answers as the kernel does: on generated cases, on a file, and in the cascade."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import link_records
from linkage.engine import toolkit_scorer
from linkage.engine.conditions import Alike, Both, Comparison, Differ, Equal, OneDigit, level, no, yes
from linkage.engine.rules import same
from linkage.engine.scorers import ENGINES, KERNEL, RECORDLINKAGE, NewScorer, scorer_named
from linkage.engine.sheets import Sheet, encode_values, lay_out
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.engine.weights import Dependence, Frequency, LevelWeight, Weights
from linkage.settings import LinkSettings
from schemas.errors import ConfigurationError
from tests.dials import examples
from tests.linkage_cases import Maker, Problem, problems
from tests.property.test_linkage_equals_reference import MERGERS, RESIDENTS, SOURCES, numbered, to_tables


def assert_same(one: Scored, other: Scored) -> None:
    """The same pairs with the same levels and, to 1e-9, weights; as many looked at, as many keys left out."""
    np.testing.assert_array_equal(one.left, other.left)
    np.testing.assert_array_equal(one.right, other.right)
    np.testing.assert_array_equal(one.pattern, other.pattern)
    np.testing.assert_allclose(one.weight, other.weight, rtol=0, atol=1e-9)
    assert (one.scored, one.skipped) == (other.scored, other.skipped)


def both(problem: Problem) -> tuple[Weigher, toolkit_scorer.ToolkitScorer]:
    """The two engines over one problem."""
    asked = problem.sides(), problem.comparisons, problem.rules, problem.weights
    return Weigher(*asked, threads=1), toolkit_scorer.ToolkitScorer(*asked)


def test_long_keys_that_differ_little_are_different_keys() -> None:
    """A key of two large codes needs more digits than a real number has."""
    assert_same_pairs(Maker(496268).problem(), None, 7)


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from((None, 2)), st.sampled_from((7, 100_000)))
def test_engines_keep_the_same_pairs(problem: Problem, cap: int | None, chunk: int) -> None:
    assert_same_pairs(problem, cap, chunk)


def assert_same_pairs(problem: Problem, cap: int | None, chunk: int) -> None:
    kernel, toolkit = both(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toolkit_scorer, "CHUNK_PAIRS", chunk)
        kept = toolkit.keep(-5.0, key_cap=cap)
    assert_same(kernel.keep(-5.0, key_cap=cap), kept)
    np.testing.assert_array_equal(kernel.levels(kept.pattern), toolkit.levels(kept.pattern))


@settings(max_examples=30, deadline=None)
@given(problems())
def test_engines_compare_given_pairs_alike(problem: Problem) -> None:
    kernel, toolkit = both(problem)
    sides = problem.sides()
    left, right = (each.ravel() for each in np.indices((len(sides.left), len(sides.other))))
    for one, other in zip(kernel.compare(left, right), toolkit.compare(left, right), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


NAMES = ("MARTHA", "JONATHAN", "DIXON", "ELEANOR", "OLUWASEUN", "KHAN", "WRIGHT", "ABERCROMBIE", "ANN", "LI")
COMPARISONS = (
    Comparison(
        "name",
        (
            level("missing", no(Both("name"))),
            level("same", yes(Equal("name"))),
            level("close", yes(Alike("jaro_winkler", "name", 0.92)), yes(Alike("slip", "name", 1.0))),
            level("near", yes(Alike("jaro", "name", 0.8)), yes(Alike("damerau_levenshtein", "name", 2.0))),
        ),
    ),
    Comparison("born", (level("same", yes(Equal("born"))), level("one_digit", yes(OneDigit("born"))))),
    Comparison("town", (level("missing", no(Both("town"))), level("different", yes(Differ("town")))), otherwise="same"),
)
WEIGHTS = Weights(
    -9.0,
    {
        "name": {
            "same": LevelWeight(6.0, Frequency("name", 0.01)), "close": LevelWeight(3.0, Frequency("name", 0.01, "rarer")),
            "near": LevelWeight(0.5), "different": LevelWeight(-5.0),
        },
        "born": {"same": LevelWeight(8.0), "one_digit": LevelWeight(3.0), "different": LevelWeight(-4.0)},
        "town": {"same": LevelWeight(4.0), "different": LevelWeight(-2.0)},
    },
    (Dependence("one household", {"town": ("same",), "name": ("same", "close")}, -1.0),),
)  # fmt: skip


def file_of(records: int) -> Sides:
    """Made-up records of one file: few names, many with a slip in them."""
    rows = random.Random(4)
    names = []
    for _ in range(records):
        name = list(rows.choice(NAMES))
        if rows.random() < 0.4:
            name[rows.randrange(len(name))] = rows.choice("AEIOX")
        names.append("".join(name) if rows.random() < 0.95 else None)
    values, (codes,) = encode_values(pa.chunked_array([pa.array(names, pa.string())]))
    born = [int(f"19{rows.randrange(40, 90)}0{rows.randrange(1, 10)}1{rows.randrange(10)}", 16) for _ in range(records)]
    sheet = Sheet(
        {
            "name": codes,
            "born": np.array(born, np.int32),
            "town": np.array([rows.randrange(-1, 60) for _ in range(records)], np.int32),
        }
    )
    known = codes[codes >= 0]
    return Sides(sheet, None, {"name": lay_out(values)}, {"name": np.bincount(known) / len(known)})


def test_engines_link_a_file_alike() -> None:
    sides, rules = file_of(2000), (same("town"), same("born"), same("name", "town"))
    toolkit = toolkit_scorer.ToolkitScorer(sides, COMPARISONS, rules, WEIGHTS).keep(-6.0, key_cap=45)
    assert len(toolkit) > 500
    assert toolkit.skipped > 0
    assert_same(Weigher(sides, COMPARISONS, rules, WEIGHTS).keep(-6.0, key_cap=45), toolkit)


@settings(max_examples=examples(15, 8), deadline=None)
@given(RESIDENTS, SOURCES, MERGERS)
def test_the_cascade_decides_alike_with_either_engine(residents: list[Any], sources: list[Any], mergers: dict[str, str]) -> None:
    tables = to_tables(numbered(residents, sources), mergers)
    one, other = (link_records(*tables, settings=LinkSettings(engine=engine)) for engine in ENGINES)
    keys = ["source", "local_patient_id", "step", "register_id", "evidence"]
    assert one.matches.select(keys).equals(other.matches.select(keys))
    assert one.conflicts.equals(other.conflicts)


def test_an_engine_is_chosen_by_name() -> None:
    assert ENGINES == (KERNEL, RECORDLINKAGE)
    assert LinkSettings().engine == KERNEL
    chosen: list[NewScorer] = [scorer_named(name) for name in ENGINES]
    assert chosen == [Weigher, toolkit_scorer.ToolkitScorer]
    with pytest.raises(ConfigurationError, match="E-LINK-ENGINE"):
        scorer_named("no such engine")
