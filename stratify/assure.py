"""Gates: may tonight's model make a list? Green: yes. Amber: yesterday's model is kept, where it may be. Red: no new list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import pyarrow as pa

from stratify.assurance.bounds import AIMED_AT, FEWEST_EVENTS, GAIN_AIMED_AT, JUDGED_FROM, RULE, TOLERATED
from stratify.assurance.calibration import EVERYBODY, TOO_FEW
from stratify.assurance.deciding import State
from stratify.models.assessment import EDGE, Assessment

__all__ = ["AIMED_AT", "GAIN_AIMED_AT", "TOLERATED", "Gate", "State", "gates", "overall"]

GROUPS = "expected over observed of the group furthest off"


class Judged(Protocol):
    """What the gates read of a model: its kind (`prior-use-rule` where it fell back), and why it fell back."""

    @property
    def kind(self) -> str:
        """The kind of model."""

    @property
    def why(self) -> str:
        """Why the night fell back on the rule; empty where it did not."""


class Gate(NamedTuple):
    """One gate: its state, the figure it was read from (null where there is none), and its bound in words."""

    name: str
    state: State
    figure: float | None
    bound: str


def gates(model: Judged, assessment: Assessment, groups: pa.Table | None = None) -> tuple[Gate, ...]:
    """Every gate of a model, read from its assessment on people and a year that it has not seen.

    `groups` are `calibration_by_group` rows; without them no group is judged and there is no such gate. With fewer than 200
    events in the check, or on the fallback rule, calibration and gain are never red: the figures are too uncertain, or no
    better model is to be had. They are amber and say so.
    """
    worst: State = "red" if assessment.events >= FEWEST_EVENTS and model.kind != RULE else "amber"
    return (
        Gate("model", "amber" if model.kind == RULE else "green", None, model.why or "a fitted model, not the fallback rule"),
        Gate(
            "events in the check",
            "green" if assessment.events >= FEWEST_EVENTS else "amber",
            float(assessment.events),
            f"at least {FEWEST_EVENTS}",
        ),
        _within("calibration slope", assessment.calibration_slope, worst),
        _within("expected over observed", assessment.expected_observed, worst),
        _gain(assessment, worst),
        *([] if groups is None else [_groups(groups)]),
    )


def overall(states: Sequence[Gate]) -> State:
    """The worst state of any gate."""
    every = {gate.state for gate in states}
    return "red" if "red" in every else "amber" if "amber" in every else "green"


def _within(name: str, figure: float | None, worst: State) -> Gate:
    bound = f"green {AIMED_AT[0]:.2f} to {AIMED_AT[1]:.2f}, amber {TOLERATED[0]:.2f} to {TOLERATED[1]:.2f}"
    if figure is None:
        return Gate(name, "amber", None, bound)
    if AIMED_AT[0] <= figure <= AIMED_AT[1]:
        return Gate(name, "green", figure, bound)
    return Gate(name, "amber" if TOLERATED[0] <= figure <= TOLERATED[1] else worst, figure, bound)


def _gain(assessment: Assessment, worst: State) -> Gate:
    bound = f"green from {GAIN_AIMED_AT:+.2f}, amber from 0"
    if assessment.auroc is None or assessment.baseline_auroc is None:
        return Gate("AUROC gain over prior use", "amber", None, bound)
    gain = assessment.auroc - assessment.baseline_auroc
    state: State = "green" if gain >= GAIN_AIMED_AT else "amber" if gain >= 0 else worst
    return Gate("AUROC gain over prior use", state, gain, bound)


def _groups(groups: pa.Table) -> Gate:
    """Amber, never red, where a group is out of bounds: one of many groups is so by chance. Two digits, as in their table."""
    judged = [row for row in groups.to_pylist() if row["breakdown"] != EVERYBODY and row["state"] != TOO_FEW]
    figures = [row["expected_observed"] for row in judged]
    worst = max(figures, key=lambda figure: abs(math.log(max(figure, EDGE))), default=None)
    bound = f"of groups with {JUDGED_FROM} events or more: {TOLERATED[0]:.2f} to {TOLERATED[1]:.2f}"
    is_out = any(row["state"] == "amber" for row in judged)
    return Gate(GROUPS, "amber" if is_out else "green", None if worst is None else round(worst, 2), bound)
