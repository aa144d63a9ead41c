"""The cards of a night's models, complete: with the tables that may be shown, TRIPOD+AI by number, and a page to read beside.

`assessment.json` beside them is written again, with the counts that were decided with all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.model_tables import ModelTables
from pipelines.model_totals import ASSESSMENT_FILE
from pipelines.paper_pages import paper_page
from stratify.assurance.card_page import card_page
from stratify.assurance.tripod import answers

DIGITS = 3
A_THOUSAND = 1000


def complete_cards(folder: Path, tables: ModelTables) -> None:
    """Complete every card in a night's `model` folder that is of a score of these tables, and write its page beside it.

    The cards have passed the disclosure policy already; a card is known by its `score`.
    """
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(card, dict) and card.get("score") in tables.assessments:
            whole = complete_card(card, tables)
            path.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            path.with_suffix(".html").write_text(paper_page(card_page(whole)), encoding="utf-8")
    write_assessments(folder, tables.assessments)


def write_assessments(folder: Path, assessments: Mapping[str, dict[str, float | None]]) -> None:
    """Write the assessments of all scores, as they may be shown, into a night's `model` folder."""
    text = json.dumps(assessments, indent=1, sort_keys=True)
    (folder / ASSESSMENT_FILE).write_text(text + "\n", encoding="utf-8")


def complete_card(card: dict[str, Any], tables: ModelTables) -> dict[str, Any]:
    """A card as it is shown, with its figures, tenths, groups and decision curve, and what TRIPOD+AI asks."""
    figures = {row["figure"]: {name: row[name] for name in ("value", "low", "high")} for row in _of(card, tables.figures)}
    gates = [{"name": row["gate"], **row} for row in _of(card, tables.gates)]
    whole = {
        **card,
        "checked": {**card["checked"], **tables.assessments[card["score"]]},
        "gates": [{name: value for name, value in row.items() if name != "gate"} for row in gates],
        "figures": figures,
        "deciles": [row | {"decile": str(row["decile"])} for row in _short(_of(card, tables.deciles))],
        "groups": _short(_of(card, tables.groups)),
        "decision_curve": [_cut(row) for row in _of(card, tables.curve)],
    }
    return {**whole, "tripod_ai": [each._asdict() for each in answers(whole)]}


def _of(card: dict[str, Any], table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return [{name: value for name, value in row.items() if name != "score"} for row in rows if row["score"] == card["score"]]


def _short(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: round(value, DIGITS) if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]  # fmt: skip


def _cut(row: dict[str, Any]) -> dict[str, Any]:
    """Net benefit of 1,000 people: of one it would need more digits than a figure of a card has."""
    worth = {name: row.pop(name) for name in ("net_benefit", "everybody")}
    thousand = {f"{name}_of_1000": None if each is None else round(each * A_THOUSAND, 1) for name, each in worth.items()}
    return {**row, **thousand}
