"""Which model gave tonight's scores: a row for the report, and a line for the lists where it is not what it should be."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from measures.report.words import day
from pipelines.analytic_models import LISTED_BY
from pipelines.kept_models import FITTED, KEPT_FOR_AMBER
from stratify.assurance.bounds import RULE


class Used(NamedTuple):
    """The model that gave a score: its kind, the night that fitted it, why it is this one. Counts as the policy shows them."""

    score: str
    kind: str
    fitted_on: dt.date
    why: str
    fell_back: str | None
    kept_for_amber: bool
    state: str


def models_used(folder: Path) -> list[Used]:
    """One for each model of the night in `folder`, from the cards that the assure step left; none where it left none."""
    path = folder / "model" / FITTED
    if not path.is_file():
        return []
    said = json.loads(path.read_text(encoding="utf-8"))
    cards = (json.loads(each.read_text(encoding="utf-8")) for each in sorted((folder / "model").glob("*.json")))
    return [_used(card, said[card["score"]]["why"]) for card in cards if card.get("score") in said]


def _used(card: dict[str, Any], why: str) -> Used:
    fell_back = card["fallback_because"] if card["kind"] == RULE else None
    night = dt.date.fromisoformat(card["learned"]["night"])
    return Used(card["score"], card["kind"], night, why, fell_back, why.startswith(KEPT_FOR_AMBER), card["state"])


def why_in_words(used: Used) -> str:
    """For the report: why the score is given by this model."""
    if used.fell_back:
        return f"fell back: {used.fell_back}"
    return f"kept: {used.why}" if used.kept_for_amber else used.why


def risk_given_by(models: Iterable[Used]) -> str:
    """For a list's first sheet: which model gave the risk that people are listed by."""
    used = next((each for each in models if each.score == LISTED_BY), None)
    if used is None:
        return "Nothing says."
    if used.fell_back:
        return f"The prior-use rule, which counts earlier admissions: no model could be used ({used.fell_back})."
    kept = "; it is kept, as a gate of tonight's model is amber" if used.kept_for_amber else ""
    amber = "" if used.state == "green" else f" A gate of it is {used.state}: see the report."
    return f"The model fitted on {day(used.fitted_on)}{kept}.{amber}"


def risk_lacks(models: Iterable[Used]) -> str | None:
    """For every row of a list: what its risk does without; None where the model is tonight's or is good for some weeks."""
    used = next((each for each in models if each.score == LISTED_BY), None)
    if used is None or not (used.fell_back or used.kept_for_amber):
        return None
    if used.fell_back:
        return "risk by the prior-use rule, without a model"
    return f"risk by the model of {day(used.fitted_on)}, as tonight's has an amber gate"
