"""Generated checks of two models over several nights: nothing withheld is solved, and the same check shows the same again."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.disclosure_check import Cell, Key, Range, System, leaks
from governance.policies import NHSE_HES, ONS10, OPENSAFELY, POLICIES, Policy
from governance.secondary import Disclosed, Figures, State, disclose, still_true
from pipelines.last_shown import carried_on
from pipelines.model_counts import beside_the_list, model_counts
from pipelines.model_totals import kind_of, model_totals
from pipelines.raw_checks import GATE, Nested, RawChecks
from stratify.assurance import Check
from stratify.models.assessment import Assessment
from tests.dials import examples

# Whether somebody is in the second check too, has the event, her practice.
CELLS = tuple(itertools.product((True, False), (True, False), ("A1", "A2")))
Numbers = dict[tuple[bool, bool, str], int]


def check(numbers: Numbers) -> Check:
    """A check on so many people of each kind. Half of those with the event and a quarter of the others are above a threshold."""

    def row(breakdown: str, category: str, kept: Numbers) -> dict[str, Any]:
        events = sum(count for (_, event, _), count in kept.items() if event)
        return {"breakdown": breakdown, "category": category, "people": sum(kept.values()), "events": events}

    groups = [row("all", "all", numbers)]
    groups += [row("practice", each, {k: count for k, count in numbers.items() if k[2] == each}) for each in ("A1", "A2")]
    people, events = groups[0]["people"], groups[0]["events"]
    found, false = events // 2, (people - events) // 4
    curve = [{"threshold": 0.1, "people": people, "events": events, "chosen": found + false, "found": found}]
    listed = found + false - false // 2
    figures: dict[str, Any] = dict.fromkeys(("auroc", "baseline_auroc", "brier", "calibration_slope", "expected_observed"))
    assessment = Assessment(
        rows=people, events=events, dropped=0, capacity=listed, ppv=found / listed if listed else None,
        sensitivity=None, lift=None, **figures,
    )  # fmt: skip
    decile = pa.table({name: pa.array([], pa.int64()) for name in ("decile", "people", "events")})
    return Check(assessment, {}, decile, pa.Table.from_pylist(groups), pa.Table.from_pylist(curve))


def counts_of(numbers: Numbers) -> dict[Key, int]:
    """Of two checks, the second on some of the people of the first."""
    some = {key: count if key[0] else 0 for key, count in numbers.items()}
    raw = RawChecks({"wide": check(numbers), "some": check(some)}, (Nested("wide", "some"),), GATE.empty_table())
    return dict(model_counts(raw))


def nights(policy: Policy, *numbers: Numbers) -> Iterator[tuple[dict[Key, int], dict[Key, Range], Disclosed]]:
    """Each night's counts, what was known before it, and what it showed."""
    known: dict[Key, Range] = {}
    for each in numbers:
        tonight = counts_of(each)
        found = disclose(Figures(tonight, totals(tonight), before=known, group=kind_of), policy)  # type: ignore[arg-type]
        yield tonight, known, found
        known = carried_on(known, found, tonight, policy)


def totals(counts: dict[Key, int]) -> Any:
    return list(model_totals(counts))  # type: ignore[arg-type]


def solved(counts: dict[Key, int], before: dict[Key, Range], found: Disclosed, policy: Policy) -> dict[Key, Range]:
    """What a reader of all nights works out who knows which figures are as they were last shown, and why each is withheld.

    Not what the same reader had worked out without tonight.
    """
    behind = {State.SMALL: (1, policy.withheld_to), State.HIDDEN: (1, 1000), State.WITHHELD_TOO: (policy.withheld_to + 1, 1000)}
    cells: dict[Key, Cell] = {}
    without: dict[Key, Cell] = {}
    for key, count in counts.items():
        shown, state = found.shown[key], found.states[key]
        last = still_true(before.get(key), count, policy, is_whole=state is State.WITHHELD_WHOLE)
        low, high = behind.get(state, (0, 1000)) if shown is None else policy.behind(shown)
        if key in found.sums:
            low, high = 0, 1000
        earlier = (0, 1000) if last is None or policy.is_small(count) else (int(last.low), int(last.high))
        cells[key] = Cell(max(low, earlier[0]), min(high, earlier[1]), is_protected=policy.is_small(count))
        without[key] = Cell(*earlier, is_protected=policy.is_small(count))
    had = leaks(System(without, totals(counts)), policy.least_values) if before else {}
    return {key: each for key, each in leaks(System(cells, totals(counts)), policy.least_values).items() if had.get(key) != each}


def areas(most: int) -> st.SearchStrategy[Numbers]:
    return st.tuples(*(st.integers(0, most) for _ in CELLS)).map(lambda found: dict(zip(CELLS, found, strict=True)))


@settings(deadline=None, max_examples=examples(100, 12))
@given(st.sampled_from(POLICIES), st.lists(areas(30), min_size=1, max_size=3))
def test_over_any_nights_nothing_withheld_of_a_check_is_solved(policy: Policy, numbers: list[Numbers]) -> None:
    for counts, before, found in nights(policy, *numbers):
        assert not any(policy.is_small(found.shown[key] or 0) for key in counts)
        assert solved(counts, before, found, policy) == {}


@settings(deadline=None, max_examples=examples(60, 8))
@given(st.sampled_from((NHSE_HES, ONS10)), areas(30))
def test_a_kept_model_shows_the_same_again(policy: Policy, numbers: Numbers) -> None:
    first, second = nights(policy, numbers, numbers)
    assert second[2].shown == first[2].shown


def with_a_list(numbers: Numbers, places: int) -> RawChecks:
    """A check on a list of so many places, which has half of its hits beyond the threshold, or as few as the people allow."""
    whole = check({key: count if key[0] else 0 for key, count in numbers.items()})
    row = whole.curve.to_pylist()[0]
    places = min(places, row["people"])
    within, false = min(places, row["chosen"]), row["chosen"] - row["found"]
    hits = max(row["found"] * within // max(row["chosen"], 1), within - false)
    more, left = places - within, row["events"] - row["found"]
    hits += max(min(more // 2, left), more - (row["people"] - row["events"] - false)) if more else 0
    assessment = dataclasses.replace(whole.assessment, capacity=places, ppv=hits / places if places else None)
    return RawChecks({"wide": dataclasses.replace(whole, assessment=assessment)}, (), GATE.empty_table())


def all_above(events_1: int, events_2: int, others_1: int, others_2: int) -> Numbers:
    """People of two practices, all above the threshold: those with the event in each, and those without."""
    return dict(zip(CELLS, (events_1, events_2, others_1, others_2, 0, 0, 0, 0), strict=True))


def nights_of_a_list(policy: Policy, numbers: Numbers, *places: int, told: bool = True) -> Iterator[dict[Key, Range]]:
    """What is solved each night of the same people under lists of other lengths, where thresholds beside the list are hidden.

    Where the rule is not `told` what was shown before, it hides them though their readers have them.
    """
    known: dict[Key, Range] = {}
    for each in places:
        raw = with_a_list(numbers, each)
        counts: dict[Key, int] = dict(model_counts(raw))
        hidden: set[Key] = set(beside_the_list(raw, policy, known) if told else beside_the_list(raw, policy))
        found = disclose(Figures(counts, totals(counts), hidden=hidden, before=known, group=kind_of), policy)  # type: ignore[arg-type]
        yield solved(counts, known, found, policy)
        known = carried_on(known, found, counts, policy)


@settings(deadline=None, max_examples=examples(100, 12))
@given(st.sampled_from(POLICIES), areas(40), st.integers(1, 80), st.integers(-7, 7))
def test_a_list_that_comes_near_to_a_threshold_tells_nobody_who_lies_between(
    policy: Policy, numbers: Numbers, first: int, off: int
) -> None:
    near = max(with_a_list(numbers, 1).checks["wide"].curve["chosen"][0].as_py() + off, 1)
    assert list(nights_of_a_list(policy, numbers, first, near, first)) == [{}, {}, {}]


def test_a_threshold_that_was_shown_before_is_not_hidden_any_more() -> None:
    """Of 57 people 21 are above the threshold. With 51 places it is shown; with 14, seven people lie between it and the list."""
    people = all_above(7, 21, 11, 18)
    assert list(nights_of_a_list(NHSE_HES, people, 51, 14)) == [{}, {}]
    first, second = nights_of_a_list(NHSE_HES, people, 51, 14, told=False)
    assert first == {}
    assert [each.values for each in second.values()] == [2], "hidden all the same, the seven are six or seven"


def test_a_sum_that_was_a_count_of_its_own_before_still_counts() -> None:
    """Under opensafely totals are sums of what is shown. What a night before showed of one as a count is known all the same."""
    people = all_above(24, 23, 8, 13)
    assert list(nights_of_a_list(OPENSAFELY, people, 48, 21)) == [{}, {}]


def test_what_nights_before_gave_away_does_not_stop_a_night_that_shows_nothing_of_it() -> None:
    """The list had the people above the threshold, 38, and grows by one. Both nights show 40 of it, so nobody can tell."""
    people = all_above(14, 40, 4, 40)
    raw = [with_a_list(people, places) for places in (38, 39)]
    known: dict[Key, Range] = {}
    for each in raw:
        counts: dict[Key, int] = dict(model_counts(each))
        found = disclose(Figures(counts, totals(counts), before=known, group=kind_of), NHSE_HES)  # type: ignore[arg-type]
        known = carried_on(known, found, counts, NHSE_HES)
    of_the_list = {key: found.shown[key] for key in counts if "list" in key and counts[key]}
    assert set(of_the_list.values()) == {None}


def test_the_first_test_can_fail() -> None:
    """One person leaves practice A2, which then has seven. Decided without what was shown before, two values are left."""
    first = dict.fromkeys(CELLS, 0) | {(True, False, "A1"): 12, (True, False, "A2"): 8}
    later = first | {(True, False, "A2"): 7}
    *_, (counts, before, found) = nights(NHSE_HES, first, later, later)
    assert solved(counts, before, found, NHSE_HES) == {}
    alone = disclose(Figures(counts, totals(counts), group=kind_of), NHSE_HES)  # type: ignore[arg-type]
    assert solved(counts, before, alone, NHSE_HES) != {}
