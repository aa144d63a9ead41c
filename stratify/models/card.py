"""A model's card as data: what it is for, what it learned from, how it did, and what it weighs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from stratify.assure import Gate, overall
from stratify.models.assessment import Assessment
from stratify.models.emergency_admission import FEWEST_EVENTS, PENALTY_C, SCORE, Model
from stratify.models.reasons import GROUP_OF
from stratify.outcomes import IndexDates

INTENDED = (
    "Ordering people for case finding in direct care, by a professional who decides. Not for refusing care, not for "
    "decisions about one person without a professional, not for setting payment."
)
DEATH = "A death in the window without an emergency admission before it counts as no admission."
LEAVING = "People who leave the area in the window without an admission before it are left out."


def model_card(model: Model, assessment: Assessment, states: tuple[Gate, ...], *, dates: IndexDates) -> dict[str, Any]:
    """The card of a fitted model, ready for JSON: no date but those given, no path, no person."""
    return {
        "score": SCORE,
        "version": model.version,
        "kind": model.kind,
        "fallback_because": model.why or None,
        "intended_use": INTENDED,
        "outcome": f"An emergency admission in the 12 months after the index date. {DEATH} {LEAVING}",
        "learned": {
            "index_date": dates.train.isoformat(), "people": model.rows, "events": model.events, "left_out": model.dropped,
        },
        "checked": {"index_date": dates.check.isoformat(), **asdict(assessment)},
        "gates": [gate._asdict() for gate in states],
        "state": overall(states),
        "method": {
            "penalty_c": PENALTY_C, "fewest_events": FEWEST_EVENTS, "class_weights": None, "terms": len(model.terms),
            "rates_by_prior_admissions": list(model.rates),
        },
        "weights": _weights(model),
        "features": sorted(model.columns),
    }  # fmt: skip


def _weights(model: Model) -> dict[str, dict[str, float]]:
    """Group to term to log-odds per standard deviation."""
    groups: dict[str, dict[str, float]] = defaultdict(dict)
    for term, weight in zip(model.terms, model.weights.tolist(), strict=True):
        name = {"log": term.column, "plain": term.column, "above": f"{term.column} above {term.knot:g}"}.get(
            term.shape, f"{term.column} not known"
        )
        groups[GROUP_OF.get(term.column, term.column)][name] = round(weight, 6)
    return dict(sorted(groups.items()))
