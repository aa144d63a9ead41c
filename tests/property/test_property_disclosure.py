"""Generated tables: the checker against counting out every table, and what is published against the checker."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.disclosure_check import Cell, Relation, System, leaks, ranges_of
from governance.policies import POLICIES, Policy
from governance.secondary import Figures, disclose
from tests.dials import examples

ROWS, COLUMNS = ("r1", "r2"), ("c1", "c2")
PARTS = tuple(itertools.product(ROWS, COLUMNS))


def square() -> list[Relation]:
    """Row, column and overall totals of a table of two rows and two columns."""
    by_row = [Relation((row, "all"), tuple((row, column) for column in COLUMNS)) for row in ROWS]
    by_column = [Relation(("all", column), tuple((row, column) for row in ROWS)) for column in COLUMNS]
    ends = [Relation(("all", "all"), tuple((row, "all") for row in ROWS))]
    return [*by_row, *by_column, *ends, Relation(("all", "all"), tuple(("all", column) for column in COLUMNS))]


def totals(inner: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    counts = dict(inner)
    for relation in square():
        counts[relation.total] = sum(counts[part] for part in relation.parts)
    return counts


def tables(most: int) -> st.SearchStrategy[dict[tuple[str, str], int]]:
    return st.tuples(*(st.integers(0, most) for _ in PARTS)).map(lambda counts: totals(dict(zip(PARTS, counts, strict=True))))


def possible(cells: dict[tuple[str, str], Cell], most: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Smallest and largest value of each cell over every table that there is: slow and obvious."""
    fitting = []
    for inner in itertools.product(range(most + 1), repeat=len(PARTS)):
        counts = totals(dict(zip(PARTS, inner, strict=True)))
        if all(cells[key].low <= count <= cells[key].high for key, count in counts.items()):
            fitting.append(counts)
    return {key: (min(each[key] for each in fitting), max(each[key] for each in fitting)) for key in cells}


@settings(deadline=None, max_examples=examples(60, 15))
@given(tables(6), st.sets(st.sampled_from(sorted(totals(dict.fromkeys(PARTS, 0))))), st.integers(0, 2))
def test_the_checker_finds_what_counting_out_finds(
    counts: dict[tuple[str, str], int], withheld: set[tuple[str, str]], width: int
) -> None:
    cells = {
        key: Cell(0, 7, is_protected=True) if key in withheld and count <= 7 else Cell(max(0, count - width), count + width)
        for key, count in counts.items()
    }
    slow = possible(cells, 8)
    for key, found in ranges_of(System(dict(cells), square())).items():
        assert tuple(found) == slow[key]  # type: ignore[index]


@settings(deadline=None, max_examples=examples(150, 30))
@given(tables(60), st.sampled_from(POLICIES))
def test_nothing_small_is_published_and_nothing_withheld_is_solved(counts: dict[tuple[str, str], int], policy: Policy) -> None:
    found = disclose(Figures(counts, square()), policy)
    seen: dict[object, Cell] = {}
    for key, shown in found.shown.items():
        assert shown is None or shown == 0 or shown > policy.withheld_to
        if policy.is_small(counts[key]):  # type: ignore[index]
            assert shown is None
            seen[key] = Cell(1, policy.withheld_to, is_protected=True)
        elif shown is None:
            seen[key] = Cell(policy.withheld_to + 1, float("inf"))
        else:
            low, high = policy.behind(shown)
            in_total = policy.adds_up and "all" in key  # type: ignore[operator]
            seen[key] = Cell(0, float("inf")) if in_total else Cell(low, high)
    assert leaks(System(seen, square()), policy.least_values) == {}


def test_the_test_above_can_fail() -> None:
    """Suppression alone, without the checker, leaks: the same table published as the first release would have."""
    counts = totals({("r1", "c1"): 3, ("r1", "c2"): 20, ("r2", "c1"): 20, ("r2", "c2"): 20})
    seen: dict[object, Cell] = {key: Cell(count, count) for key, count in counts.items()}
    seen["r1", "c1"] = Cell(1, 7, is_protected=True)
    assert leaks(System(seen, square()), 3) == {("r1", "c1"): (3, 3)}
