"""A model's card as data: what it is for, what it learned from, how it did, and what it weighs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stratify.assure import Gate, overall
from stratify.features import NOT_MODELLED
from stratify.models.assessment import Assessment
from stratify.models.night_fit import Fitted
from stratify.models.night_models import FEWEST_EVENTS, NightModel
from stratify.models.prior_rule import FittedRule

INTENDED = (
    "Ordering people for case finding in direct care, by a professional who decides. Not for refusing care, not for "
    "decisions about one person without a professional, not for setting payment."
)
DEATH = "A death in the window without the event before it counts as no event."
LEAVING = "People who leave the area in the window without the event before it are left out."


def model_card(
    model: NightModel,
    fitted: Fitted,
    assessment: Assessment,
    states: Sequence[Gate],
    *,
    fitted_on: dt.date,
    checked_at: dt.date | None,
    weights: Mapping[str, float],
) -> dict[str, Any]:
    """The card of a night's model, ready for JSON: no date but those given, no path, no person.

    `fitted_on` is the night that fitted it, `checked_at` the latest index date of its check; `weights` say of each group of
    features how far it moves people's log-odds on average.
    """
    is_rule = isinstance(fitted, FittedRule)
    return {
        "score": model.name,
        "title": model.title,
        "version": version_of(model, fitted),
        "kind": fitted.kind,
        "fallback_because": fitted.why if isinstance(fitted, FittedRule) else None,
        "intended_use": INTENDED,
        "asked": model.asked,
        "outcome": f"{model.outcome} {DEATH} {LEAVING}",
        "learned": {
            "night": fitted_on.isoformat(), "people": fitted.rows, "events": fitted.events,
            "left_out": 0 if isinstance(fitted, FittedRule) else fitted.dropped,
        },
        "checked": {"index_date": checked_at.isoformat() if checked_at else None, **asdict(assessment)},
        "gates": [gate._asdict() for gate in states],
        "state": overall(states),
        "method": {
            "baseline": [model.rule.column, model.rule.ties], "fewest_events": FEWEST_EVENTS, "class_weights": None,
            "not_read": sorted(NOT_MODELLED), "rates_by_prior_use": list(fitted.rates) if isinstance(fitted, FittedRule) else [],
        },
        "weights": {name: round(weight, 3) for name, weight in sorted(weights.items())},
        "features": [model.rule.column] if is_rule else sorted(fitted.columns),
    }  # fmt: skip


def version_of(model: NightModel, fitted: Fitted) -> str:
    """`emergency-admission-logistic.1+9f2c01d4`: as it stands beside every score."""
    return f"{model.file.replace('_', '-')}-{fitted.version}"
