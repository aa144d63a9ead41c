"""What a list of the real capacity holds, and every figure of each model with its interval."""

from __future__ import annotations

import pyarrow as pa

from measures.report.charts.assurance.names import SHORT, Row, between, by_score, decimal, score_name, shares
from measures.report.charts.whiskers import Against, Whisker, whiskers
from measures.report.figure import Figure, Panel
from measures.report.theme import BLUE, GREY
from measures.report.words import WITHHELD, percent

PPV, SENSITIVITY = "ppv", "sensitivity"
PANELS = {PPV: "Of those listed, the event happened to", SENSITIVITY: "Of those it happened to, the list had"}
DIGITS = {
    "auroc": ("AUROC", 3),
    "baseline_auroc": ("AUROC of the prior-use rule", 3),
    "auroc_gain": ("AUROC gain over the rule", 3),
    "calibration_slope": ("Calibration slope", 2),
    "expected_observed": ("Expected over observed", 2),
    "brier": ("Brier score", 3),
    "lift": ("Lift at capacity", 1),
}
SHARES = {PPV: "PPV at capacity", SENSITIVITY: "Sensitivity at capacity"}
HOW = (
    "Whiskers are 95% intervals, from drawing the people checked again and again. Lift says how many times more often the event "
    "happened to those listed than to people chosen at random."
)


def figures(table: pa.Table) -> list[Figure]:
    """The figure; none where no model was checked."""
    models = {score: {row["figure"]: row for row in rows} for score, rows in by_score(table).items()}
    if not models:
        return []
    return [
        Figure(
            key="model-at-capacity",
            title="What a list of tonight's length would have held",
            reading=f"{' '.join(_said(score, rows) for score, rows in models.items())} {HOW}",
            panels=[_panel(name, models) for name in PANELS],
            columns=("Model", "Figure", "Value", "95% interval"),
            rows=[cells for score, rows in models.items() for cells in _cells(score, rows)],
            numeric=range(2, 4),
        )
    ]


def _said(score: str, rows: dict[str, Row]) -> str:
    ppv, sensitivity = (rows.get(name, {}).get("value") for name in (PPV, SENSITIVITY))
    if ppv is None or sensitivity is None:
        return f"{score_name(score)}: too few people to say."
    return f"{score_name(score)}: {ppv:.0%} of those listed had it, which is {sensitivity:.0%} of all who did."


def _panel(name: str, models: dict[str, dict[str, Row]]) -> Panel:
    drawn = [_whisker(score, rows.get(name, {})) for score, rows in models.items()]
    words = "; ".join(f"{score_name(score)} {_share(rows.get(name, {}))}" for score, rows in models.items())
    nothing = Against(None, None, None)
    return Panel(lambda width: whiskers(drawn, width, against=nothing, start=0.0), f"Dots with whiskers. {words}", PANELS[name])


def _whisker(score: str, row: Row) -> Whisker:
    value = row.get("value")
    text = percent(value, withheld=True) if value is None else f"{value:.0%}"
    return Whisker(
        SHORT.get(score, score_name(score)), value, row.get("low"), row.get("high"), text, GREY if value is None else BLUE
    )


def _share(row: Row) -> str:
    value = row.get("value")
    return WITHHELD if value is None else f"{value:.0%} ({shares(row['low'], row['high'])})"


def _cells(score: str, rows: dict[str, Row]) -> list[list[str]]:
    """Figures in the order of `SHARES` and `DIGITS`; what the model has not is left out."""
    found = []
    for name, label in SHARES.items():
        if name in rows:
            row = rows[name]
            found.append([score_name(score), label, percent(row["value"], withheld=True), shares(row["low"], row["high"])])
    for name, (label, digits) in DIGITS.items():
        if name in rows:
            row = rows[name]
            value = decimal(row["value"], digits, withheld=True)
            found.append([score_name(score), label, value, between(row["low"], row["high"], digits)])
    return found
