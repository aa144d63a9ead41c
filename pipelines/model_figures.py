"""Figures of the night's model as they may be shown: worked out again from rounded counts, or with few digits.

PPV and sensitivity with the capacity give the true and false alarms to the person, and a gain in AUROC with all its digits gives
the number of events. So nothing of the model is written before it has passed here: not its card, not its assessment, no gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from governance.policies import Policy
from pipelines.small_counts import in_words
from stratify.assure import Gate
from stratify.models.assessment import Assessment

EVENTS_GATE = "events in the check"  # the one gate whose figure is a count: of people with an admission
EO_GATE = "expected over observed"
OF_EVERYBODY = ("auroc", "baseline_auroc", "brier", "calibration_slope")
AT_THE_TOP = ("ppv", "sensitivity", "lift")
DIGITS = 3  # of a figure that rests on everybody: in one of so few no count of people can be read
# Expected over observed is rounded to the finest of these steps that leaves as many numbers of events open as rounding does.
STEPS = (0.001, 0.01, 0.05, 0.1)
LEFT_OPEN = 2.5  # events more, or fewer
OF_A_SMALL_GROUP = 2  # digits of the rates of the rule, each of the people with as many admissions


class Decided(NamedTuple):
    """The counts of an assessment as they are shown with all other figures of a night; null is withheld.

    `listed` are the people at the top, as many as there are places, `hits` those of them with the event.
    """

    rows: int | None
    events: int | None
    dropped: int | None
    listed: int | None
    hits: int | None


def shown_assessment(found: Assessment, policy: Policy, decided: Decided | None = None) -> dict[str, float | None]:
    """The assessment under the policy; null is withheld. Without `decided` each of its counts is taken by itself.

    What is read from the people at the top is worked out again from rounded counts. It is withheld where those with the event
    among them, those without, or those with the event below are few; everything is where few had the event, or few had not.
    """
    few = is_of_few(found, policy)
    places = min(found.capacity, found.rows)
    hits = None if found.ppv is None else round(found.ppv * places)
    decided = decided or Decided(*(policy.shown(count) for count in (found.rows, found.events, found.dropped, places, hits)))
    at_the_top: tuple[float | None, ...] = (None, None, None)
    if not few and hits is not None and not any(map(policy.is_small, (hits, places - hits, found.events - hits))):
        at_the_top = _at_the_top(decided)
    counts = {name: getattr(decided, name) for name in ("rows", "events", "dropped")}
    counts["capacity"] = None if decided.listed is None and hits is not None else policy.shown(found.capacity)
    figures = {name: None if few else _short(getattr(found, name)) for name in OF_EVERYBODY}
    quotient = None if few else shown_quotient(found.expected_observed, found.events, policy)
    return {**counts, **figures, "expected_observed": quotient, **dict(zip(AT_THE_TOP, at_the_top, strict=True))}


def is_of_few(found: Assessment, policy: Policy) -> bool:
    """Whether few people had the event, or few had not: then no statistic on them is shown."""
    return policy.is_small(found.events) or policy.is_small(found.rows - found.events)


def shown_quotient(expected_observed: float | None, events: int, policy: Policy) -> float | None:
    """Expected over observed of everybody, in steps that suit so many events; null where it has none, or the events are too few.

    What was expected of everybody can be worked out nearly exactly: from the mean chance of each tenth. So with three digits the
    quotient would say how many had the event, to the person, even where that number is withheld.
    """
    about = policy.shown(events)
    if expected_observed is None or about is None:
        return None
    fine = (step for step in STEPS if step / 2 * about >= LEFT_OPEN * max(expected_observed, 1.0))
    step = next(fine, None)
    return None if step is None else round(round(expected_observed / step) * step, DIGITS)


def _at_the_top(decided: Decided) -> tuple[float | None, float | None, float | None]:
    """PPV, sensitivity and lift from the shown counts."""
    ppv, sensitivity = _ratio(decided.hits, decided.listed), _ratio(decided.hits, decided.events)
    share = _ratio(decided.events, decided.rows)
    return _short(ppv), _short(sensitivity), _short(ppv / share) if ppv is not None and share else None


def _ratio(above: int | None, below: int | None) -> float | None:
    return above / below if above is not None and below else None


def _short(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DIGITS)


def shown_gate(gate: Gate, found: Assessment, policy: Policy, shown: Mapping[str, float | None] | None = None) -> Gate:
    """A gate of this assessment under the policy: its state stays, its figure is shown where it may be.

    `shown` is the assessment as it is shown, where its counts were decided with all others.
    """
    figure = gate.figure
    if gate.name == EVENTS_GATE and figure is not None:
        figure = policy.shown(int(figure)) if shown is None else shown["events"]
    elif is_of_few(found, policy):
        figure = None
    else:
        figure = shown_quotient(figure, found.events, policy) if gate.name == EO_GATE else _short(figure)
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
