"""Which figures are withheld besides the small ones, drawn; what comes out passes the checker."""

from __future__ import annotations

import pytest

from governance.disclosure_check import Range, Relation
from governance.policies import NHSE_HES, ONS10, OPENSAFELY
from governance.secondary import Figures, State, disclose, holds
from schemas.errors import GovernanceError

TOTAL = Relation("total", ("a", "b", "c"))


def test_small_ones_are_withheld_and_the_rest_rounded() -> None:
    found = disclose(Figures({"a": 3, "b": 40, "c": 61, "total": 104}, [TOTAL]), NHSE_HES)
    assert found.shown == {"a": None, "b": 40, "c": 60, "total": 105}
    assert found.also_withheld == frozenset()


def test_where_rounding_is_not_enough_more_is_withheld() -> None:
    """The total and d are shown as 10, 8 to 12 each: a, b and c are 4 at most together, so each would be 1 or 2.

    To withhold d does not help, as it would still be 8 or more; so the total goes, too.
    """
    small = Relation("total", ("a", "b", "c", "d"))
    found = disclose(Figures({"a": 1, "b": 1, "c": 1, "d": 9, "total": 12}, [small]), NHSE_HES)
    assert found.shown == {"a": None, "b": None, "c": None, "d": None, "total": None}
    assert found.also_withheld == {"d", "total"}


def test_an_exact_policy_withholds_two() -> None:
    found = disclose(Figures({"a": 3, "b": 40, "c": 61, "total": 104}, [TOTAL]), ONS10)
    assert found.shown == {"a": None, "b": None, "c": 61, "total": 104}


def test_the_neighbour_that_lies_further_away_where_the_near_ones_are_withheld_already() -> None:
    """a + b is shown exactly by nothing but the other total's part: c has to go, though a's own total has nothing left."""
    relations = [Relation("ab", ("a", "b")), Relation("all", ("ab", "c"))]
    found = disclose(Figures({"a": 1, "b": 1, "ab": 2, "c": 60, "all": 62}, relations), ONS10)
    assert found.shown == {"a": None, "b": None, "ab": None, "c": None, "all": 62}


def test_totals_that_add_up() -> None:
    """As in OpenSAFELY's own example: the total is the sum of the rounded counts, and a redacted one adds nothing."""
    parts = {"21-30": 3, "31-40": 8, "41-50": 16, "51+": 23}
    found = disclose(Figures(parts | {"total": 50}, [Relation("total", tuple(parts))]), OPENSAFELY)
    assert found.shown == {"21-30": None, "31-40": 10, "41-50": 15, "51+": 25, "total": 50}
    nothing = disclose(Figures({"a": 3, "b": 0, "c": 6, "total": 9}, [TOTAL]), OPENSAFELY)
    assert nothing.shown == {"a": None, "b": 0, "c": None, "total": None}  # not 0: that would be wrong
    assert disclose(Figures({"a": 0, "b": 0, "c": 0, "total": 0}, [TOTAL]), OPENSAFELY).shown["total"] == 0


def test_a_total_of_totals_adds_up_too() -> None:
    relations = [Relation("all", ("north", "south")), Relation("north", ("n1", "n2")), Relation("same", ("all",))]
    counts = {"n1": 12, "n2": 12, "north": 24, "south": 12, "all": 36, "same": 36}
    assert disclose(Figures(counts, relations), OPENSAFELY).shown == {
        "n1": 10, "n2": 10, "north": 20, "south": 10, "all": 30, "same": 30,
    }  # fmt: skip


def test_the_same_count_is_withheld_under_both_its_keys() -> None:
    """Contacts of five people are withheld where they stand above the line, so below it in another measure, too."""
    counts = {"contacts": 20, "all contacts": 20, "costed": 15}
    found = disclose(Figures(counts, [Relation("all contacts", ("contacts",))], hidden={"contacts"}), NHSE_HES)
    assert found.shown == {"contacts": None, "all contacts": None, "costed": 15}
    assert found.also_withheld == {"contacts", "all contacts"}


def test_a_sum_over_few_people_does_not_stand_alone_in_a_total() -> None:
    """The pence of five people, to the nearest five, would follow from the area's: rounding hides people, not pence."""
    counts = {"north": 123_456, "south": 800_000, "east": 700_000, "area": 1_623_456}
    found = disclose(Figures(counts, [Relation("area", ("north", "south", "east"))], hidden={"north"}), NHSE_HES)
    assert found.shown == {"north": None, "south": 800_000, "east": None, "area": 1_623_455}


def test_a_total_too_large_for_the_solver_is_covered_all_the_same() -> None:
    counts = {"north": 123_456, "south": 80_000_000, "area": 80_123_456}
    found = disclose(Figures(counts, [Relation("area", ("north", "south"))], hidden={"north"}), NHSE_HES)
    assert found.shown == {"north": None, "south": None, "area": 80_123_455}


def test_what_the_night_before_showed_protects_nobody_tonight() -> None:
    """c would be withheld, but whoever kept last night's table knows it: b goes instead."""
    counts = {"a": 3, "b": 61, "c": 40, "total": 104}
    assert disclose(Figures(counts, [TOTAL]), ONS10).shown["c"] is None
    found = disclose(Figures(counts, [TOTAL], before={"c": Range(40, 40)}), ONS10)
    assert found.shown == {"a": None, "b": None, "c": None, "total": 104}


def test_a_figure_that_changed_since_is_no_knowledge() -> None:
    counts = {"a": 3, "b": 61, "c": 40, "total": 104}
    assert disclose(Figures(counts, [TOTAL], before={"c": Range(70, 70)}), ONS10).shown["b"] == 61


def test_without_rounding_a_small_change_since_the_night_before_is_withheld() -> None:
    found = disclose(Figures({"a": 41, "b": 60}, [], before={"a": Range(40, 40), "b": Range(40, 40)}), ONS10)
    assert found.shown == {"a": None, "b": 60}
    rounded = disclose(Figures({"a": 41, "b": 60}, [], before={"a": Range(38, 42)}), NHSE_HES)
    assert rounded.shown == {"a": 40, "b": 60}


def test_what_is_published_already_cannot_be_taken_back() -> None:
    exact = Figures({"a": 3, "b": 40, "total": 43}, [Relation("total", ("a", "b"))], pinned={"b", "total"})
    with pytest.raises(GovernanceError, match=r"^E-DISCLOSURE-SOLVED: 1 small counts"):
        disclose(exact, ONS10)


def test_what_is_never_shown_only_adds_up() -> None:
    """100 before, 108 after: 7 new and 1 gone, and nothing else, if 10 are known to be the least between 98 and 112."""
    counts = {"before": 102, "stayed": 101, "gone": 1, "new": 7, "after": 108}
    relations = [Relation("before", ("stayed", "gone")), Relation("after", ("stayed", "new"))]
    found = disclose(Figures(counts, relations, unshown={"stayed"}), NHSE_HES)
    assert found.shown["stayed"] is found.shown["new"] is found.shown["gone"] is None
    assert None in (found.shown["before"], found.shown["after"])


def test_a_total_that_does_not_hold_is_not_used_and_counted() -> None:
    found = disclose(Figures({"a": 3, "b": 40, "total": 99}, [Relation("total", ("a", "b")), Relation("x", ("a",))]), ONS10)
    assert (found.shown["b"], found.false_totals) == (40, 2)
    assert holds(Relation("total", ("a", "b"), at_least=True), {"a": 1, "b": 2, "total": 4})
    assert not holds(Relation("total", ("a", "b")), {"a": 1, "b": 2, "total": 4})


def test_zero_is_shown() -> None:
    found = disclose(Figures({"a": 0, "b": 40, "c": 60, "total": 100}, [TOTAL]), NHSE_HES)
    assert found.shown == {"a": 0, "b": 40, "c": 60, "total": 100}


def test_where_its_own_breakdown_is_not_enough_the_next_one_goes_too() -> None:
    """Eleven in all are out already; that ten or more of them are w leaves none or one for s, until w says nothing either."""
    found = disclose(Figures({"s": 1, "w": 10, "all": 11}, [Relation("all", ("s", "w"))], pinned={"all"}), ONS10)
    assert found.shown == {"s": None, "w": None, "all": 11}
    assert found.states["w"] is State.WITHHELD_WHOLE


def test_where_no_neighbour_is_left_the_breakdown_goes_as_a_whole_zeros_too() -> None:
    """Six people in six groups: each withheld one would be known to be one or two, and nothing is left to withhold."""
    groups = {f"g{number}": 1 for number in range(6)} | {"empty": 0}
    known = {"others": 34, "all": 40}
    totals = [Relation("sum", tuple(groups)), Relation("all", ("sum", "others"))]
    counts = groups | {"sum": 6} | known
    apart = Figures(counts, totals, pinned={"others", "all"})
    with pytest.raises(GovernanceError, match="E-DISCLOSURE-SOLVED"):
        disclose(apart, ONS10)
    together = Figures(counts, totals, pinned={"all"}, group=lambda key: "groups" if key in groups else key)
    found = disclose(together, NHSE_HES)
    assert [found.shown[key] for key in groups] == [None] * 7
    assert {found.states[key] for key in groups} == {State.WITHHELD_WHOLE}
