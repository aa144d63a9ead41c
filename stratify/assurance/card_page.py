"""A model's card as a page in Markdown: what it is for, how it did, for whom, and what a report of a model should say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stratify.assurance.group_words import BREAKDOWNS, group_words
from stratify.assurance.groups import NOT_KNOWN
from stratify.assurance.tripod import Card, answers, count, said

FIGURES = (
    ("ppv", "PPV at capacity", "of those listed, the share with the event"),
    ("sensitivity", "Sensitivity at capacity", "of those with the event, the share listed"),
    ("lift", "Lift at capacity", "how many times more often the event happened to those listed than to all"),
    ("auroc", "AUROC", "chance that somebody with the event has a higher score than somebody without"),
    ("baseline_auroc", "AUROC of the prior-use rule", "the same of counting earlier use"),
    ("auroc_gain", "AUROC gain over the rule", "the difference; aimed at is 0.05"),
    ("calibration_slope", "Calibration slope", "1 is right; below 1 high chances are too high and low ones too low"),
    ("expected_observed", "Expected over observed", "events expected over events that happened; 1 is right"),
    ("brier", "Brier score", "mean squared distance of chance and outcome; less is better"),
)
DASH = "–"


def card_page(card: Card) -> str:
    """The page of a complete card, whose figures have passed the disclosure policy. `*` stands for what is withheld."""
    title = str(card.get("title") or card["score"]).replace("_", " ")
    parts = [
        f"# Model card: {title}",
        f"{card['intended_use']}",
        _table(("What", "Which"), _summary(card)),
        "## Gates",
        _table(("Gate", "State", "Figure", "Bound"), [_gate(gate) for gate in card["gates"]]),
        "## On people and a time that it has not seen",
        "95 % intervals are from drawing the people checked again and again. Counts are rounded, and `*` stands for what is "
        "withheld so that nobody can be recognised.",
        _table(("Figure", "Value", "Meaning"), [(label, said(card["figures"].get(name)), how) for name, label, how in FIGURES]),
        "## Expected and observed, by tenth of chance",
        _table(("Tenth", "People", "Events", "Expected", "Observed"), [_decile(row) for row in card["deciles"]]),
        "## Expected over observed, by group",
        "Groups with 100 events or more are judged: green from 0.80 to 1.25.",
        _table(
            ("Group", "People", "Events", "Expected over observed", "Judged"), [_group(row) for row in _in_order(card["groups"])]
        ),
        "## Net benefit of a list, by the chance at which it is cut",
        _table(("Cut at", "Listed", "With the event", "Of 1,000 people", "Listing everybody"), map(_cut, card["decision_curve"])),
        "## What moves people",
        _table(("Group of features", "Log-odds"), _weights(card)),
        "## What a report of a model should say",
        "Items of TRIPOD+AI (BMJ 2024, bmj-2023-078378) by number, in our words.",
        _table(("Item", "Asked", "Answer"), [_answer(each) for each in answers(card)]),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(card: Card) -> list[tuple[str, str]]:
    learned, checked = card["learned"], card["checked"]
    return [
        ("Score", f"`{card['score']}`"),
        ("Version", f"`{card['version']}`"),
        ("State of its gates", str(card["state"])),
        ("Asked about", str(card.get("asked", "everybody registered and alive"))),
        ("Outcome", str(card["outcome"])),
        ("Learned from", f"{count(learned['people'])} people, {count(learned['events'])} events"),
        ("Checked on", f"{count(checked['rows'])} people scored at {checked.get('index_date') or DASH}, "
                       f"{count(checked['events'])} events"),
        ("Length of the list", f"{count(checked['capacity'])} places"),
        ("Fell back on the rule because", str(card.get("fallback_because") or "it did not")),
    ]  # fmt: skip


def _gate(gate: dict[str, Any]) -> tuple[str, ...]:
    figure = DASH if gate["figure"] is None else f"{gate['figure']:g}"
    return gate["name"], gate["state"], figure, gate["bound"]


def _decile(row: dict[str, Any]) -> tuple[str, ...]:
    observed = said({"value": row["observed"], "low": row["observed_low"], "high": row["observed_high"]})
    return row["decile"], count(row["people"]), count(row["events"]), said({"value": row["expected"]}), observed


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Everybody, then breakdown by breakdown; those that are not known last."""
    places = {name: place for place, name in enumerate(BREAKDOWNS)}
    return sorted(rows, key=lambda row: (places[row["breakdown"]], row["category"] == NOT_KNOWN, row["category"]))


def _group(row: dict[str, Any]) -> tuple[str, ...]:
    figure = said({"value": row["expected_observed"], "low": row["low"], "high": row["high"]})
    if not row["suppressed"] and row["expected_observed"] is None:
        figure = DASH
    return group_words(row["breakdown"], row["category"]), count(row["people"]), count(row["events"]), figure, row["state"]


def _cut(row: dict[str, Any]) -> tuple[str, ...]:
    worth = (said({"value": row[name]}) for name in ("net_benefit_of_1000", "everybody_of_1000"))
    return f"{row['threshold']:g}", count(row["chosen"]), count(row["found"]), *worth


def _weights(card: Card) -> list[tuple[str, str]]:
    """The groups that move people most first; where a group has a weight for each of its features, their number."""
    weights = card["weights"]
    plain = {name: weight for name, weight in weights.items() if not isinstance(weight, dict)}
    largest = sorted(plain.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    inner = [(name, f"{len(each)} terms") for name, each in sorted(weights.items()) if isinstance(each, dict)]
    return [(name.replace("_", " "), f"{weight:g}") for name, weight in largest] + inner


def _answer(each: Any) -> tuple[str, str, str]:
    answer = each.answer or f"Not answered: {each.not_answered}."
    return f"{each.item} {each.section}", each.asks, answer


def _table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heading, ["---"] * len(heading), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
