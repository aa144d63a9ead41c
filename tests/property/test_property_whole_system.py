"""Generated areas: combinations add up to the whole, whatever the order of rows, and no policy lets a small count be solved."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.disclosure import suppress
from governance.disclosure_check import Cell, Relation, System, leaks
from governance.policies import ONS10, POLICIES, Policy
from governance.secondary import Figures, State, disclose, holds
from measures.activity import use_by_service
from measures.cost_sources import cost_by_source
from measures.rows import together
from measures.sectors import use_of_sectors
from pipelines.disclosing import _hidden, measure_counts
from pipelines.price_years import deflator, repriced
from pipelines.published_totals import declared_totals
from schemas.activity_types import COST_ORDER, SERVICES
from tests.dials import examples
from tests.stratify_area import AS_AT, activity_of, lazy, people_of

KINDS = sorted(kind for kinds in SERVICES.values() for kind in kinds)


class Event(NamedTuple):
    """An event of one of a few people."""

    who: int
    kind: str
    days_ago: int
    cost: int | None
    source: int


EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 5),
        st.sampled_from(KINDS),
        st.integers(0, 400),
        st.none() | st.integers(0, 10**9),
        st.integers(0, 3),
    ),
    max_size=40,
)


def tables(events: list[Event], people: int = 6) -> tuple[pa.Table, pa.Table]:
    rows = [
        {"pseudonym": f"p{e.who}", "activity_type": e.kind, "start": -e.days_ago, "end": -e.days_ago, "cost": e.cost}
        for e in events
    ]
    activity = activity_of(rows)
    sources = pa.array([None if e.cost is None else COST_ORDER[e.source] for e in events], pa.string())
    activity = activity.set_column(activity.column_names.index("cost_source"), "cost_source", sources)
    return people_of({"pseudonym": f"p{number}"} for number in range(people)), activity


def measured(people: pa.Table, activity: pa.Table) -> pa.Table:
    args = (lazy(people), lazy(activity), AS_AT)
    return together(use_by_service(*args), use_of_sectors(*args), cost_by_source(*args))


def total(table: pa.Table, measure: str, breakdown: str) -> int:
    rows = [
        row
        for row in table.to_pylist()
        if (row["measure"], row["breakdown"], row["organisation"]) == (measure, breakdown, "area")
    ]
    return sum(row["numerator"] for row in rows)


@settings(deadline=None, max_examples=examples(60, 5))
@given(EVENTS, st.randoms(use_true_random=False))
def test_combinations_and_sources_add_up_to_the_whole_in_any_order(events: list[Event], mixer: random.Random) -> None:
    people, activity = tables(events)
    found = measured(people, activity)
    year = [e for e in events if 1 <= e.days_ago <= 365]
    assert total(found, "people", "sector combination") == 6
    contacts, pence = len(year), sum(e.cost or 0 for e in year)
    for measure, by_source, expected in (
        ("contacts", "contacts_by_cost_source", contacts),
        ("cost_pence", "cost_by_source", pence),
    ):
        assert total(found, measure, "sector combination") == total(found, measure, "service") == expected
        assert total(found, by_source, "cost source") == expected
    counts = measure_counts(found)
    assert [each for each in declared_totals(counts) if not holds(each, counts)] == []  # type: ignore[arg-type]
    mixed = [
        table.take(pa.array(mixer.sample(range(table.num_rows), table.num_rows), pa.int64())) for table in (people, activity)
    ]
    assert measured(*mixed).equals(found)


@given(st.integers(0, 10**10), st.sampled_from(sorted(deflator())), st.sampled_from(sorted(deflator())))
@settings(deadline=None, max_examples=examples(200, 50))
def test_a_price_comes_back_from_another_year_to_within_the_rounding(pence: int, one: str, other: str) -> None:
    there = repriced(pence, from_year=one, to_year=other)
    assert abs(repriced(there, from_year=other, to_year=one) - pence) <= 1
    assert repriced(pence + 1, from_year=one, to_year=other) >= there


def area_of(sizes: dict[tuple[str, ...], int]) -> tuple[pa.Table, pa.Table]:
    """So many people for each set of activity types, with one event of each type."""
    who, events = 0, []
    for kinds, size in sizes.items():
        for _ in range(size):
            events += [Event(who, kind, 9, 1000, 3) for kind in kinds]
            who += 1
    return tables(events, who)


# Few people in two combinations, so that sectors, services and totals could give them away.
SIZES = {
    (): 40, ("outpatient",): 60, ("gp_appointment",): 90, ("outpatient", "gp_appointment"): 70,
    ("community_contact",): 3, ("community_contact", "gp_appointment"): 30, ("mental_health_contact", "gp_appointment"): 2,
    ("social_care_review", "outpatient", "gp_appointment"): 1, ("social_care_review",): 20,
}  # fmt: skip


def by_breakdown(key: Any) -> tuple[str, str, str]:
    return key.measure, key.breakdown, key.side


def figures_of(raw: pa.Table, policy: Policy) -> Figures:
    counts = measure_counts(raw)
    hidden = _hidden(raw, suppress(raw, policy.name), policy)
    return Figures(counts, declared_totals(counts), hidden=hidden, group=by_breakdown)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_no_small_combination_can_be_solved_from_the_totals(policy: Policy) -> None:
    """Seen by whoever knows every declared total, each withheld count could still have three values or more."""
    raw = measured(*area_of(SIZES))
    figures = figures_of(raw, policy)
    found = disclose(figures, policy)
    cells: dict[Any, Cell] = {}
    for key, shown in found.shown.items():
        low, high = (0, float("inf")) if shown is None or key in found.sums else policy.behind(shown)
        is_small = found.states[key] is State.SMALL
        cells[key] = Cell(1, policy.withheld_to, is_protected=True) if is_small else Cell(low, high)
    relations: list[Relation] = [each for each in figures.relations if holds(each, figures.counts)]
    assert leaks(System(cells, relations), policy.least_values) == {}
    small = [key for key, state in found.states.items() if state is State.SMALL]
    assert {key.category for key in small if key.measure == "people"} >= {"community"}
    shown = [key for key, value in found.shown.items() if key.measure == "people" and value]
    assert shown  # the checker has not withheld everything


def test_without_the_declared_totals_one_would_be_solved() -> None:
    """Three people of community alone, when nothing but small counts is withheld and nothing is rounded."""
    raw = measured(*area_of({kinds: size for kinds, size in SIZES.items() if size != 2 and size != 1}))
    counts = measure_counts(raw)
    cells: dict[Any, Cell] = {
        key: Cell(1, 9, is_protected=True) if ONS10.is_small(count) else Cell(count, count) for key, count in counts.items()
    }
    relations = [each for each in declared_totals(counts) if holds(each, counts)]  # type: ignore[arg-type]
    solved = leaks(System(cells, relations), 3)
    assert any(key.measure == "people" and key.category == "community" for key in solved)  # type: ignore[attr-defined]
