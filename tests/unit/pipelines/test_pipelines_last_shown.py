"""What was shown of a figure is known until it is shown anew: over several nights no withheld count can be solved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.disclosure_check import Cell, Key, Range, Relation, System, leaks
from governance.policies import NHSE_HES, ONS10, OPENSAFELY, Policy
from governance.secondary import Disclosed, Figures, State, disclose, still_true
from pipelines.disclosing import known_before
from pipelines.figure_keys import Figure
from pipelines.last_shown import carried_on, keep_last_shown, kept_last_shown
from pipelines.project import Project
from pipelines.shelf import Shelf

ADDS_UP = [Relation("total", ("a", "b"))]


def nights(policy: Policy, *counts: dict[str, int]) -> Iterable[tuple[dict[Key, int], dict[Key, Range], Disclosed]]:
    """Each night's counts, what was known before it, and what it showed."""
    known: dict[Key, Range] = {}
    for each in counts:
        tonight: dict[Key, int] = dict(each)
        found = disclose(Figures(tonight, ADDS_UP, before=known, group=lambda _key: "one breakdown"), policy)
        yield tonight, known, found
        known = carried_on(known, found, tonight, policy)


def solved(counts: dict[Key, int], before: dict[Key, Range], found: Disclosed, policy: Policy) -> dict[Key, Range]:
    """What a reader of all nights works out who knows which figures are as they were last shown, and why each is withheld."""
    least, most = policy.withheld_to + 1, 1000
    behind = {State.SMALL: (1, policy.withheld_to), State.HIDDEN: (1, most), State.WITHHELD_TOO: (least, most)}
    cells: dict[Key, Cell] = {}
    for key, count in counts.items():
        shown, is_whole = found.shown[key], found.states[key] is State.WITHHELD_WHOLE
        last = still_true(before.get(key), count, policy, is_whole=is_whole)
        low, high = behind.get(found.states[key], (0, most)) if shown is None else policy.behind(shown)
        if key in found.sums:
            low, high = 0, most
        if last is not None and not policy.is_small(count):
            low, high = max(low, int(last.low)), min(high, int(last.high))
        cells[key] = Cell(low, high, is_protected=policy.is_small(count))
    return leaks(System(cells, ADDS_UP), policy.least_values)


def test_a_figure_withheld_for_a_night_is_known_from_the_night_before_that() -> None:
    """Nights 1 and 3 together leave 6 and 7 for b: night 3 is decided by itself and shows the total."""
    counts = {"a": 12, "b": 8, "total": 20}, {"a": 12, "b": 7, "total": 19}, {"a": 12, "b": 7, "total": 19}
    first, second, third = nights(NHSE_HES, *counts)
    assert first[2].shown == {"a": 10, "b": 10, "total": 20}
    assert second[2].shown == third[2].shown == {"a": None, "b": None, "total": None}
    assert third[1]["a"] == Range(8, 12), "though the night before showed nothing"
    assert solved(*third, NHSE_HES) == {}
    alone = disclose(Figures(counts[2], ADDS_UP), NHSE_HES)
    assert solved(third[0], third[1], alone, NHSE_HES) == {"b": Range(6, 7)}, "decided alone it could be solved"


def test_parts_are_known_where_totals_add_up_and_totals_are_not() -> None:
    _, second = nights(OPENSAFELY, {"a": 12, "b": 13, "total": 25}, {"a": 12, "b": 13, "total": 25})
    assert second[1] == {"a": Range(8, 12), "b": Range(13, 17)}
    assert second[2].shown["total"] == 25


def test_what_is_shown_anew_takes_the_place_of_what_was_and_the_narrower_of_two_true_ranges_counts() -> None:
    found = Disclosed({"a": 20, "b": 20, "c": 20, "d": None}, {}, 0)
    before = {"a": Range(8, 12), "b": Range(20, 20), "c": Range(20, 20), "d": Range(8, 12), "gone": Range(0, 0)}
    counts = {"a": 20, "b": 20, "c": 21, "d": 3}
    assert carried_on(before, found, counts, NHSE_HES) == {
        "a": Range(18, 22), "b": Range(20, 20), "c": Range(18, 22), "d": Range(8, 12), "gone": Range(0, 0),
    }  # fmt: skip


@given(st.sampled_from((NHSE_HES, OPENSAFELY, ONS10)), st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=5))
def test_over_any_nights_nothing_withheld_is_solved(policy: Policy, parts: list[tuple[int, int]]) -> None:
    for night in nights(policy, *({"a": a, "b": b, "total": a + b} for a, b in parts)):
        assert solved(*night, policy) == {}


def test_ranges_are_kept_in_the_vault_and_read_from_there(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").touch()
    project = Project.at(tmp_path)
    shelf = Shelf(project.vault_night("0" * 16), "0" * 16, identifiable=True)
    assert kept_last_shown(shelf) is None
    assert known_before(project, "0" * 16) == known_before(project, None) == {}
    known: dict[Key, Range] = {Figure("m", "b", "c", "area", "day", "numerator"): Range(8, 12)}
    keep_last_shown(shelf, known)
    assert kept_last_shown(shelf) == known_before(project, "0" * 16) == known


@pytest.mark.parametrize("policy", [NHSE_HES, OPENSAFELY])
def test_what_is_withheld_whole_is_still_known_from_before(policy: Policy) -> None:
    """b is small tonight, so its breakdown shows nothing; the reader still has what a and the total were."""
    *_, last = nights(policy, {"a": 12, "b": 8, "total": 20}, {"a": 12, "b": 3, "total": 15})
    assert solved(*last, policy) == {}
