"""Figures of the night's model as they may be shown: worked out again from rounded counts, or with few digits.

PPV and sensitivity with the capacity give the true and false alarms to the person, and a gain in AUROC with all its digits gives
the number of events. So nothing of the model is written before it has passed here: not its card, not its assessment, no gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from governance.policies import Policy
from pipelines.small_counts import in_words
from stratify.assure import Gate
from stratify.models.assessment import Assessment

EVENTS_GATE = "events in the check"  # the one gate whose figure is a count: of people with an admission
COUNTS = ("rows", "events", "dropped", "capacity")
OF_EVERYBODY = ("auroc", "baseline_auroc", "brier", "calibration_slope", "expected_observed")
AT_THE_TOP = ("ppv", "sensitivity", "lift")
DIGITS = 3  # of a figure that rests on everybody: in one of so few no count of people can be read
OF_A_SMALL_GROUP = 2  # digits of the rates of the rule, each of the people with as many admissions


def shown_assessment(found: Assessment, policy: Policy) -> dict[str, float | None]:
    """The assessment under the policy; null is withheld.

    What is read from the people at the top is worked out again from rounded counts. It is withheld where those with the event
    among them, those without, or those with the event below are few; everything is where few had the event, or few had not.
    """
    few = is_of_few(found, policy)
    places = min(found.capacity, found.rows)
    hits = None if found.ppv is None else round(found.ppv * places)
    at_the_top = (None, None, None) if few or hits is None else _at_the_top(found, hits, places, policy)
    counts = {name: policy.shown(getattr(found, name)) for name in COUNTS}
    figures = {name: None if few else _short(getattr(found, name)) for name in OF_EVERYBODY}
    return {**counts, **figures, **dict(zip(AT_THE_TOP, at_the_top, strict=True))}


def is_of_few(found: Assessment, policy: Policy) -> bool:
    """Whether few people had the event, or few had not: then no statistic on them is shown."""
    return policy.is_small(found.events) or policy.is_small(found.rows - found.events)


def _at_the_top(found: Assessment, hits: int, places: int, policy: Policy) -> tuple[float | None, float | None, float | None]:
    """PPV, sensitivity and lift from rounded counts."""
    if any(policy.is_small(count) for count in (hits, places - hits, found.events - hits)):
        return None, None, None
    top, chosen, events, rows = (policy.shown(count) for count in (hits, places, found.events, found.rows))
    ppv, sensitivity, share = _ratio(top, chosen), _ratio(top, events), _ratio(events, rows)
    return _short(ppv), _short(sensitivity), _short(ppv / share) if ppv is not None and share else None


def _ratio(above: int | None, below: int | None) -> float | None:
    return above / below if above is not None and below else None


def _short(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)


def shown_gate(gate: Gate, found: Assessment, policy: Policy) -> Gate:
    """A gate of this assessment under the policy: its state stays, its figure is shown where it may be."""
    figure = gate.figure
    if gate.name == EVENTS_GATE and figure is not None:
        figure = policy.shown(int(figure))
    else:
        figure = None if is_of_few(found, policy) else _short(figure)
    return gate._replace(figure=figure, bound=in_words(gate.bound, policy))


def shown_card(card: dict[str, Any], found: Assessment, gates: Iterable[Gate], policy: Policy) -> dict[str, Any]:
    """The model's card with this assessment and these gates as they are shown, and all its other counts under the policy."""
    learned, method = card["learned"], card["method"]
    counts = {name: policy.shown(learned[name]) for name in ("people", "events", "left_out")}
    rates = [round(rate, OF_A_SMALL_GROUP) for rate in method["rates_by_prior_use"]]
    why = card["fallback_because"]
    return {
        **card,
        "fallback_because": in_words(why, policy) if why else why,
        "learned": {**learned, **counts},
        "checked": {**card["checked"], **shown_assessment(found, policy)},
        "gates": [shown_gate(gate, found, policy)._asdict() for gate in gates],
        "method": {**method, "rates_by_prior_use": rates},
    }
