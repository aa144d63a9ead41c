"""What is published of a model gives no count of its people away."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policies import NHSE_HES, ONS10, Policy
from pipelines.model_figures import EO_GATE, EVENTS_GATE, shown_assessment, shown_card, shown_gate, shown_quotient
from stratify.assure import Gate
from stratify.models.assessment import Assessment

FIGURES = dict.fromkeys(("auroc", "baseline_auroc", "brier", "calibration_slope", "expected_observed"), 0.123456789)
WITHHELD = {"ppv": None, "sensitivity": None, "lift": None}


def assessment(hits: int, capacity: int, events: int, rows: int) -> Assessment:
    ppv, sensitivity = hits / capacity, hits / events if events else None
    return Assessment(
        rows=rows, events=events, dropped=4, capacity=capacity, ppv=ppv, sensitivity=sensitivity,
        lift=ppv / (events / rows) if events else None, **FIGURES,
    )  # fmt: skip


def at_the_top(found: Assessment) -> dict[str, float | None]:
    shown = shown_assessment(found, NHSE_HES)
    return {name: shown[name] for name in WITHHELD}


def test_figures_are_worked_out_again_from_rounded_counts() -> None:
    """28 of 38 places had the event, of 103 in all: a capacity of 38 and a PPV of 0.7368 would say so."""
    shown = shown_assessment(assessment(28, 38, 103, 1897), NHSE_HES)
    assert shown == {
        "rows": 1895, "events": 105, "dropped": None, "capacity": 40, "ppv": 0.75, "sensitivity": 0.286, "lift": 13.536,
        "auroc": 0.123, "baseline_auroc": 0.123, "brier": 0.123, "calibration_slope": 0.123, "expected_observed": 0.1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hits", "capacity", "events"),
    [(5, 38, 103), (33, 38, 103), (28, 38, 31)],
    ids=["few true alarms", "few false alarms", "few missed"],
)
def test_what_rests_on_few_people_at_the_top_is_withheld(hits: int, capacity: int, events: int) -> None:
    assert at_the_top(assessment(hits, capacity, events, 1897)) == WITHHELD
    assert shown_assessment(assessment(hits, capacity, events, 1897), NHSE_HES)["auroc"] == 0.123


@pytest.mark.parametrize(("hits", "capacity", "events", "rows"), [(0, 20, 6, 500), (15, 20, 115, 120)])
def test_where_few_had_the_event_or_few_had_not_nothing_is_shown(hits: int, capacity: int, events: int, rows: int) -> None:
    found = assessment(hits, capacity, events, rows)
    shown = shown_assessment(found, NHSE_HES)
    assert {shown[name] for name in (*FIGURES, *WITHHELD)} == {None}
    assert shown_gate(Gate("calibration slope", "green", 0.123456789, ""), found, NHSE_HES).figure is None


def test_nobody_at_the_top_is_shown() -> None:
    assert at_the_top(assessment(0, 20, 60, 500)) == {"ppv": 0.0, "sensitivity": 0.0, "lift": 0.0}


def counts_behind(found: Assessment) -> dict[str, int]:
    """True alarms, false alarms, missed and events, to the person."""
    hits = round((found.ppv or 0) * found.capacity)
    return {"true": hits, "false": found.capacity - hits, "missed": found.events - hits, "events": found.events}


@given(st.integers(0, 60), st.integers(8, 60), st.integers(0, 120))
def test_who_knows_the_capacity_and_all_that_is_shown_can_solve_no_small_count(hits: int, places: int, missed: int) -> None:
    """The capacity is a share of the people, so it may be known to the person."""
    hits = min(hits, places)
    found = assessment(hits, places, hits + missed, 1000)
    shown = shown_assessment(found, NHSE_HES)
    others = [
        assessment(other, places, events, 1000)
        for other in range(places + 1)
        for events in range(max(other, found.events - 8), found.events + 9)
    ]
    alike = [counts_behind(other) for other in others if shown_assessment(other, NHSE_HES) == shown]
    for name, count in counts_behind(found).items():
        if NHSE_HES.is_small(count):
            assert len({each[name] for each in alike}) >= 3, name


@pytest.mark.parametrize(
    ("quotient", "events", "shown"),
    [(1.0374, 45, None), (1.0374, 55, 1.0), (1.0374, 186, 1.05), (1.0374, 805, 1.04), (1.0374, 6000, 1.037), (None, 186, None)],
)
def test_a_quotient_has_steps_that_suit_the_number_of_events(quotient: float | None, events: int, shown: float | None) -> None:
    assert shown_quotient(quotient, events, NHSE_HES) == shown


@given(st.sampled_from((NHSE_HES, ONS10)), st.integers(10, 9000), st.floats(0.5, 2.0))
def test_who_knows_what_was_expected_cannot_solve_how_many_had_the_event(policy: Policy, events: int, quotient: float) -> None:
    """At least as many numbers of events fit the quotient as fit a count to the nearest five."""
    expected = events * quotient
    found = shown_quotient(quotient, events, policy)
    near = range(max(events - 10, 10), events + 11)
    alike = [other for other in near if round(abs(expected / other - (found or 0)), 9) <= step_of(found) / 2]
    assert found is None or len(alike) >= 5
    assert found is None or events in alike


def step_of(figure: float | None) -> float:
    """The coarsest step that the figure lies on: what a reader has to reckon with at least."""
    return next(
        (step for step in (0.1, 0.05, 0.01) if figure is not None and abs(figure / step - round(figure / step)) < 1e-6), 0.001
    )


def test_the_gate_has_the_quotient_of_the_assessment() -> None:
    found = replace(assessment(28, 38, 186, 1897), expected_observed=1.0374)
    shown = shown_assessment(found, NHSE_HES)
    assert shown_gate(Gate(EO_GATE, "green", 1.0374, ""), found, NHSE_HES, shown).figure == shown["expected_observed"] == 1.05


def test_gates_and_card_have_no_count_and_no_long_figure() -> None:
    found = assessment(28, 38, 103, 1897)
    gates = (Gate(EVENTS_GATE, "amber", 103.0, "at least 200"), Gate("gain", "green", 0.123456789, "from 0"))
    card = {
        "fallback_because": "103 outcome events, fewer than 200",
        "learned": {"index_date": "2025-01-01", "people": 1897, "events": 103, "left_out": 6},
        "checked": {"index_date": "2026-01-01"},
        "gates": [],
        "method": {"penalty_c": 0.03, "rates_by_prior_use": [0.0345678, 1 / 3]},
    }
    shown = shown_card(card, found, gates, NHSE_HES)
    assert shown["fallback_because"] == "105 outcome events, fewer than 200"
    assert shown["learned"] == {"index_date": "2025-01-01", "people": 1895, "events": 105, "left_out": None}
    assert shown["method"] == {"penalty_c": 0.03, "rates_by_prior_use": [0.03, 0.33]}
    assert [gate["figure"] for gate in shown["gates"]] == [105, 0.123]
    assert shown["checked"] == {"index_date": "2026-01-01"} | shown_assessment(found, NHSE_HES)
    assert "103" not in json.dumps(shown)


def test_figures_that_could_not_be_given_stay_null() -> None:
    nothing = replace(assessment(10, 20, 60, 500), ppv=None, sensitivity=None, lift=None, auroc=None)
    assert shown_assessment(nothing, ONS10) | WITHHELD | {"auroc": None} == shown_assessment(nothing, ONS10)
