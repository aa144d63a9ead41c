"""The gates of each model, and which model was used: may it make tonight's list, and did it?"""

from __future__ import annotations

import pyarrow as pa

from measures.report.charts.assurance.names import Row, by_score, score_name
from measures.report.figure import Figure
from measures.report.html import tag
from measures.report.words import NO_FIGURE, day, listed, name_of

RULE = "prior-use-rule"
KINDS = {"logistic": "Logistic regression", "boosted": "Boosted trees", RULE: "Prior-use rule"}
STATES = {"red": "red: failed", "amber": "amber: look at it", "green": "green: passed"}
MEANING = (
    "Measured on people and a period that the model has not seen. Green makes the list; amber keeps the model of the "
    "night before, where that one may be kept; red makes no new list."
)


def figure(model: pa.Table) -> Figure:
    """A table only: model by model, the worst gate at the top, gates of one state in the order given."""
    worst_first = list(STATES)
    gates = [row for rows in by_score(model).values() for row in sorted(rows, key=lambda row: worst_first.index(row["state"]))]
    return Figure(
        key="model-quality",
        title="Gates of each model",
        reading=f"{_verdict(gates)} {MEANING}",
        columns=("Model", "Gate", "Value", "Bound", "State"),
        rows=[
            [score_name(row["score"]), row["name"], row["value"] or NO_FIGURE, row["bound"] or NO_FIGURE, _state(row["state"])]
            for row in gates
        ],
        numeric=range(2, 3),
    )


def used(models: pa.Table) -> list[Figure]:
    """A table only: which model gave each score, and why it is that one. Nothing where nothing says."""
    rows = [(score_name(row["score"]), row["kind"], day(row["fitted_on"]), str(row["why"])) for row in _in_order(models)]
    if not rows:
        return []
    behind = [score for score, kind, *_ in rows if kind == RULE]
    fell_back = f"By the prior-use rule, without a model: {listed(behind)}." if behind else "Fitted models give every score."
    return [
        Figure(
            key="models-used",
            title="Which model gave each score",
            reading=f"{fell_back} Fitted: the night that fitted the model, or counted the rates of the rule.",
            columns=("Model", "Kind", "Fitted", "Why this one"),
            rows=[[score, name_of(KINDS, kind), fitted, why] for score, kind, fitted, why in rows],
            numeric=range(0),
        )
    ]


def _in_order(models: pa.Table) -> list[Row]:
    return [row for rows in by_score(models).values() for row in rows]


def _verdict(gates: list[dict[str, str]]) -> str:
    if not gates:
        return "No gate was run."
    failed: dict[str, list[str]] = {}
    for gate in gates:
        if gate["state"] != "green":
            failed.setdefault(score_name(gate["score"]), []).append(gate["name"])
    words = "; ".join(f"{name}: {listed(names)}" for name, names in failed.items())
    return f"Not passed: {words}." if failed else f"All {len(gates)} gates passed."


def _state(state: str) -> str:
    return tag("strong", STATES[state], class_=f"gate {state}")
