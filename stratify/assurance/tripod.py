"""What a report of a prediction model should say (TRIPOD+AI, BMJ 2024, bmj-2023-078378), and what each card answers.

Items by number, asked in our own words, in `stratify/reference/tripod_ai.csv`; each has an answer, filled in from the card, or
says why there is none. What no record says (approval, funding, interests) the controller declares in the project; until then
the item says whose answer is awaited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from stratify.published import rows

Card = Mapping[str, Any]

NOT_SAID = "not said"
WITHHELD = "*"


class Answer(NamedTuple):
    """One item: its number, section, what it asks, and our answer, or why there is none (the other is empty)."""

    item: str
    section: str
    asks: str
    answer: str
    not_answered: str


def answers(card: Card) -> tuple[Answer, ...]:
    """Every item in its order, answered from a card as it is shown (`complete_card`)."""
    facts, declared = _facts(card), card.get("declared", {})
    return tuple(_answered(row, facts, declared.get(row["declared"]) or "") for row in items())


def _answered(row: Mapping[str, str], facts: Mapping[str, str], declared: str) -> Answer:
    """What the controller declared stands as she wrote it: nothing is filled in there."""
    answer = declared or row["answer"].format_map(facts)
    return Answer(row["item"], row["section"], row["asks"], answer, "" if answer else row["not_answered"])


def items() -> tuple[dict[str, str], ...]:
    """The items with their answers still to be filled in."""
    return rows("tripod_ai")


def _facts(card: Card) -> dict[str, str]:
    """What the answers are filled in with."""
    learned, checked = card.get("learned", {}), card.get("checked", {})
    return {
        "title": str(card.get("title") or card.get("score", NOT_SAID)).replace("_", " "),
        "asked": str(card.get("asked", "everybody registered and alive")),
        "outcome": str(card.get("outcome", NOT_SAID)),
        "intended_use": str(card.get("intended_use", NOT_SAID)),
        "kind": _kind(card),
        "version": str(card.get("version", NOT_SAID)),
        "state": str(card.get("state", NOT_SAID)),
        "feature_count": str(len(card.get("features", ()))),
        "learned_when": _when(learned),
        "checked_when": str(checked.get("index_date") or NOT_SAID),
        "capacity": count(checked.get("capacity")),
        **{f"learned_{name}": count(learned.get(key)) for name, key in (("people", "people"), ("events", "events"))},
        "learned_dropped": count(learned.get("left_out")),
        "checked_people": count(checked.get("rows")),
        "checked_events": count(checked.get("events")),
        "checked_dropped": count(checked.get("dropped")),
        "learned_share": _share(learned.get("events"), learned.get("people")),
        "checked_share": _share(checked.get("events"), checked.get("rows")),
        "performance": _performance(card),
        "practices": _spread(card, "practice"),
        "groups_said": _out_of_bounds(card),
    }


def count(number: int | None) -> str:
    """A count as people read it; `*` where it is withheld."""
    return WITHHELD if number is None else f"{number:,}"


def _share(events: int | None, people: int | None) -> str:
    """`5.2 %` of two counts as they are shown; `*` where one is withheld or nobody was there."""
    return WITHHELD if events is None or not people else f"{100 * events / people:.1f} %"


def _kind(card: Card) -> str:
    why = card.get("fallback_because")
    kind = str(card.get("kind", NOT_SAID)).capitalize()
    return f"{kind}, as there were {why}" if why and why[0].isdigit() else f"{kind}, because: {why}" if why else kind


def _when(learned: Mapping[str, Any]) -> str:
    if learned.get("night"):
        return f"on the night of {learned['night']}"
    return f"at {learned['index_date']}" if learned.get("index_date") else NOT_SAID


def said(figure: Mapping[str, Any] | None) -> str:
    """`0.798 (0.783 to 0.812)`; `*` where it is withheld."""
    if figure is None or figure.get("value") is None:
        return WITHHELD
    ends = "" if figure.get("low") is None else f" ({figure['low']:g} to {figure['high']:g})"
    return f"{figure['value']:g}{ends}"


def _performance(card: Card) -> str:
    figures = card.get("figures", {})
    names = (
        ("AUROC", "auroc"), ("gain over the prior-use rule", "auroc_gain"), ("PPV at capacity", "ppv"),
        ("sensitivity at capacity", "sensitivity"), ("calibration slope", "calibration_slope"),
        ("expected over observed", "expected_observed"),
    )  # fmt: skip
    return "; ".join(f"{label} {said(figures.get(name))}" for label, name in names) + ". By group and tenth: see above."


def _spread(card: Card, breakdown: str) -> str:
    """The lowest and highest of the judged groups of a breakdown."""
    found = [row["expected_observed"] for row in _judged(card) if row["breakdown"] == breakdown]
    if not found:
        return "No practice has events enough to be judged."
    return f"Expected over observed from {min(found):g} to {max(found):g} over {len(found)} practices with events enough."


def _out_of_bounds(card: Card) -> str:
    judged = [row for row in _judged(card) if row["breakdown"] != "all"]
    out = sum(row["state"] == "amber" for row in judged)
    return f"Of {len(judged)} groups with events enough, {out} are out of bounds: see expected over observed."


def _judged(card: Card) -> list[Mapping[str, Any]]:
    rows_of_groups = card.get("groups", ())
    return [row for row in rows_of_groups if row["state"] in ("green", "amber") and row["expected_observed"] is not None]
