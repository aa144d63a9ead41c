"""The kernel answers as the plain scorer does, on every pair: generated comparisons, weights, rules and records.

The same tests run twice: compiled, and (in a process of their own) interpreted, with tiles and memories so small that every
loop goes round.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein

from linkage.arrays import Whole
from linkage.engine import kernel, program_builder, weigher
from linkage.engine import text_measures as measures
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import Scored, Sides, Weigher
from tests import linkage_cases
from tests.dials import examples
from tests.linkage_cases import Problem, problems

IS_INTERPRETED = bool(numba.config.DISABLE_JIT)
EXAMPLES = examples(25, 15) if IS_INTERPRETED else examples(100, 60)
EQUAL = {"rel": 0, "abs": 1e-9}
SETTINGS = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


# Interpreted whole numbers say that they wrap round; compiled ones do so without a word.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


@pytest.fixture(autouse=True)
def _in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The few records of these tests go through threads, as many do; without threads the other tests of linkage have them."""
    monkeypatch.setattr(weigher, "FEW", 0)


@pytest.fixture(autouse=True)
def _interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """In interpreted code records answer to their fields as compiled ones do, and tiles are small."""
    if IS_INTERPRETED:
        monkeypatch.setattr(kernel, "TILE", 3)
        monkeypatch.setattr(weigher, "build", _built_for_reading)


class Records(list[SimpleNamespace]):
    """Records that answer to their fields, and to a field's name with its column, as an array of them does."""

    def __init__(self, records: np.ndarray[Any, Any]) -> None:
        super().__init__(SimpleNamespace(**{name: record[name] for name in records.dtype.names or ()}) for record in records)
        self.columns = records

    def __getitem__(self, which: Any) -> Any:
        return self.columns[which] if isinstance(which, str) else super().__getitem__(which)


def _built_for_reading(*given: Any) -> Any:
    built, layout = program_builder.build(*given)
    return type(built)(*(Records(part) if part.dtype.names else part for part in built)), layout


def weigh(problem: Problem, threads: int = 2) -> Weigher:
    """The kernel's weigher of a problem."""
    return Weigher(problem.sides(), problem.comparisons, problem.rules, problem.weights, threads=threads)


def named(problem: Problem, scorer: Weigher, scored: Scored) -> dict[tuple[int, int], tuple[float, tuple[str, ...]]]:
    """What the kernel kept, as the plain scorer says it."""
    names = [each.names for each in problem.comparisons]
    levels = [tuple(name[code] for name, code in zip(names, row, strict=True)) for row in scorer.levels(scored.pattern)]
    pairs = list(zip(scored.left.tolist(), scored.right.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs), "a pair was kept twice"
    assert pairs == sorted(pairs)
    return dict(zip(pairs, zip(scored.weight.tolist(), levels, strict=True), strict=True))


@SETTINGS
@given(problems(), st.sampled_from((1, 2, 3)))
def test_every_pair_has_the_weight_and_levels_of_the_reference(problem: Problem, threads: int) -> None:
    scorer = weigh(problem, threads)
    scored = scorer.keep(-np.inf)
    answers = problem.answers()
    kept = named(problem, scorer, scored)
    assert kept.keys() == answers.keys()
    assert {pair: levels for pair, (_, levels) in kept.items()} == {pair: levels for pair, (_, levels) in answers.items()}
    assert [kept[pair][0] for pair in answers] == pytest.approx([weight for weight, _ in answers.values()], **EQUAL)
    assert scored.scored == len(answers)


@SETTINGS
@given(problems(), st.floats(-20, 20))
def test_a_floor_drops_what_weighs_less_and_nothing_else(problem: Problem, floor: float) -> None:
    scorer = weigh(problem)
    kept = named(problem, scorer, scorer.keep(floor))
    answers = problem.answers()
    assert all(weight >= floor for weight, _ in kept.values())
    assert kept.keys() <= answers.keys()
    assert {pair for pair, (weight, _) in answers.items() if weight >= floor + 1e-9} <= kept.keys()
    assert [weight for weight, _ in kept.values()] == pytest.approx([answers[pair][0] for pair in kept], **EQUAL)


@SETTINGS
@given(problems())
def test_the_best_pair_survives_a_floor_at_its_own_weight(problem: Problem) -> None:
    """Bounds are added up in another order than weights; a pair that just reaches the floor must not be lost to that."""
    scorer = weigh(problem)
    scored = scorer.keep(-np.inf)
    for weight in sorted(set(scored.weight.tolist()))[-3:]:
        assert len(scorer.keep(weight)) == np.sum(scored.weight >= weight)


@SETTINGS
@given(problems(), st.sampled_from((1, 2, 4)))
def test_a_key_that_too_many_share_makes_no_pairs_and_hides_none_of_another_rule(problem: Problem, cap: int) -> None:
    scorer = weigh(problem)
    kept = named(problem, scorer, scorer.keep(-np.inf, key_cap=cap))
    assert kept.keys() == problem.answers(cap).keys()
    assert scorer.count(key_cap=cap).total == len(kept)


@SETTINGS
@given(problems())
def test_patterns_are_counted_as_the_reference_finds_them(problem: Problem) -> None:
    patterns = weigh(problem).count()
    names = [each.names for each in problem.comparisons]
    counted = {
        tuple(name[code] for name, code in zip(names, row, strict=True)): pairs
        for row, pairs in zip(patterns.levels, patterns.pairs.tolist(), strict=True)
    }
    answers = problem.answers()
    assert counted == Counter(levels for _, levels in answers.values())
    assert patterns.total == len(answers)


@SETTINGS
@given(problems())
def test_given_pairs_are_compared_whatever_the_rules_say(problem: Problem) -> None:
    other = problem.left if problem.right is None else problem.right
    rows = [(i, j) for i in range(len(problem.left)) for j in range(len(other))]
    left, right = (np.array([pair[side] for pair in rows], dtype=np.int64) for side in (0, 1))
    levels, found = weigh(problem).compare(left, right)
    answers = [problem.answer(problem.left[i], other[j]) for i, j in rows]
    assert found == pytest.approx([weight for weight, _ in answers], **EQUAL)
    names = [each.names for each in problem.comparisons]
    assert [tuple(n[c] for n, c in zip(names, row, strict=True)) for row in levels] == [levels for _, levels in answers]


@SETTINGS
@given(problems(), st.integers(0, 1000))
def test_row_order_room_and_threads_change_nothing(problem: Problem, seed: int) -> None:
    """Of two files; in one file the earlier record is left, so there the order of rows may say which column is asked of which."""
    if problem.right is None:
        return
    sides, scored = problem.sides(), weigh(problem).keep(-np.inf)
    shuffled = random.Random(seed)
    ours, theirs = (np.array(shuffled.sample(range(len(side)), len(side)), dtype=np.int64) for side in (sides.left, sides.other))
    sides = Sides(sides.left.take(ours), sides.other.take(theirs), sides.texts, sides.shares)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weigher, "ROOM", 1)
        patch.setattr(weigher, "RANGES", 1)
        again = Weigher(sides, problem.comparisons, problem.rules, problem.weights, threads=3).keep(-np.inf)
    assert sorted(rows_of(again, ours, theirs)) == rows_of(scored, np.arange(len(ours)), np.arange(len(theirs)))
    assert again.scored == scored.scored


def rows_of(scored: Scored, ours: Whole, theirs: Whole) -> list[tuple[Any, ...]]:
    """Pairs as rows, in the numbers of the records before they were shuffled."""
    columns = ours[scored.left], theirs[scored.right], scored.weight, scored.pattern
    return list(zip(*(column.tolist() for column in columns), strict=True))


TEXT = st.one_of(
    st.sampled_from(linkage_cases.TEXTS).map(lambda text: text[: measures.LONGEST_TEXT]),
    st.text(alphabet="ABCÉ\u0301ש\U0001f600", max_size=9),
    st.text(alphabet="AB", min_size=1, max_size=measures.LONGEST_TEXT),
)


@SETTINGS
@given(TEXT, TEXT)
def test_texts_are_measured_as_rapidfuzz_measures_them(one: str, other: str) -> None:
    points = np.array([ord(letter) for letter in one + other], dtype=np.int32)
    place = (points, 0, len(one), len(one), len(other))
    flags = np.ones(2 * measures.LONGEST_TEXT, np.uint8)
    rows = np.full((measures.LONGEST_TEXT + 2, measures.LONGEST_TEXT + 2), 7, np.int64)
    assert measures.jaro(*place, flags) == pytest.approx(Jaro.similarity(one, other), abs=1e-12)
    assert measures.jaro_winkler(*place, flags) == pytest.approx(JaroWinkler.similarity(one, other), abs=1e-12)
    assert measures.levenshtein(*place, rows) == Levenshtein.distance(one, other)
    assert measures.optimal_alignment(*place, rows) == OSA.distance(one, other)
    assert measures.one_slip(*place) == (OSA.distance(one, other) <= 1)
    if max(len(one), len(other)) < 60:  # looking back is slow on long texts
        assert measures.damerau_levenshtein(*place, rows) == DamerauLevenshtein.distance(one, other)


@SETTINGS
@given(TEXT, TEXT, st.sampled_from((0.5, 0.7, 0.8, 0.92, 1.0)))
def test_texts_given_up_by_their_letters_are_not_alike(one: str, other: str, least: float) -> None:
    letters = [np.uint64(sum({1 << (ord(letter) % 64) for letter in text})) for text in (one, other)]
    if not measures.may_reach(letters[0], len(one), letters[1], len(other), measures.least_jaro(least)):
        assert JaroWinkler.similarity(one, other) < least


@pytest.mark.skipif(IS_INTERPRETED, reason="this is the one that starts the interpreted run")
def test_interpreted_code_answers_the_same() -> None:
    """What the compiler is given is what it says: the same tests, without it. This is also what measures their coverage."""
    assert _run("-m", "pytest", "-p", "no:cacheprovider", "--no-cov", str(Path(__file__)), NUMBA_DISABLE_JIT="1").returncode == 0


LOADS = """
import numpy as np
from linkage import warm_up
from linkage.engine import joins
from linkage.engine import kernel
from linkage.engine import key_order
warm_up.warm_up()
for function in (kernel.keep, kernel.count, kernel.compare, key_order.find_ranges, joins.look_up, joins.fill_slots):
    assert not function.stats.cache_misses, function
    assert function.stats.cache_hits, function
"""


@pytest.mark.skipif(IS_INTERPRETED, reason="nothing is compiled")
def test_a_second_process_compiles_nothing() -> None:
    """Needs what this file's other tests, or `make setup`, have left on the disk."""
    assert _run("-m", "linkage.warm_up").returncode == 0
    answer = _run("-c", LOADS)
    assert answer.returncode == 0, answer.stderr


def test_an_empty_side_has_no_pairs() -> None:
    empty = Sheet({"given": np.empty(0, np.int32)})
    scorer = Weigher(
        Sides(empty, empty, {}, {}), (), (linkage_cases.Rule(("given",), ("given",)),), linkage_cases.Weights(0.0, {})
    )
    assert len(scorer.keep(-np.inf)) == 0
    assert scorer.count().total == 0


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
