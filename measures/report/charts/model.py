"""The model's card: gates and measures of quality, as the assurance step gives them."""

from __future__ import annotations

import pyarrow as pa

from measures.report.figure import Figure
from measures.report.html import tag
from measures.report.words import NO_FIGURE, listed

STATES = {"red": "red: failed", "amber": "amber: look at it", "green": "green: passed"}


def figure(model: pa.Table) -> Figure:
    """A table only: gates first, the worst at the top, then everything else in the order given."""
    rows = [{"state": None, **row} for row in model.to_pylist()]
    worst_first = list(STATES)
    rows.sort(key=lambda row: worst_first.index(row["state"]) if row["state"] in STATES else len(STATES))
    gates = [row for row in rows if row["state"] in STATES]
    failed = [row["name"] for row in gates if row["state"] != "green"]
    verdict = f"Not passed: {listed(failed)}." if failed else f"All {len(gates)} gates passed." if gates else "No gate was run."
    return Figure(
        key="model-quality",
        title="Gates and quality of the emergency-admission model",
        reading=f"{verdict} Measured on people and a period that the model has not seen.",
        columns=("Measure", "Value", "Gate"),
        rows=[[row["name"], row["value"] or NO_FIGURE, _gate(row["state"])] for row in rows],
        numeric=range(0),
    )


def _gate(state: str | None) -> str:
    return tag("strong", STATES[state], class_=f"gate {state}") if state in STATES else NO_FIGURE
