"""Small tables of what was measured of two models, as they come to the report: withheld figures are null."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from measures.report.tables import Assurance
from schemas.aggregate import DecisionCurve, ModelCalibration, ModelDrift, ModelFigure, ModelSubgroup
from schemas.table import Table

ADMISSION, CARE = "emergency_admission_12_months", "long_term_care_12_months"
NIGHT = dt.date(2026, 10, 31)


def table(kind: type[Table], rows: list[dict[str, Any]]) -> pa.Table:
    return kind.validate(pa.Table.from_pylist(rows, schema=kind.arrow_schema()))


def group(breakdown: str, category: str, quotient: float | None, state: str = "green", **more: Any) -> dict[str, Any]:
    row = {
        "score": ADMISSION, "breakdown": breakdown, "category": category, "people": 2000, "events": 200, "expected": 200,
        "expected_observed": quotient, "low": quotient and quotient - 0.1, "high": quotient and quotient + 0.1, "state": state,
        "suppressed": quotient is None,
    }  # fmt: skip
    return row | more


GROUPS = [
    group("all", "all", 0.98),
    group("age_band", "00-19", 1.0),
    group("age_band", "85+", 1.31, "amber"),
    group("age_band", "not known", None, "too few events", people=None, events=None, expected=None),
    group("deprivation_quintile", "1", 0.7, "amber"),
    group("ethnic_category", "N", 0.4, "too few events", events=20, expected=10, low=0.3, high=3.0),
]


def followed(score: str, kind: str, of: str, nights: dict[int, float | None]) -> list[dict[str, Any]]:
    """Figures by how many nights ago."""
    return [
        {"score": score, "kind": kind, "of": of, "as_at": NIGHT - dt.timedelta(days=ago), "value": value,
         "index_date": dt.date(2025, 10, 31) if kind.startswith("expected over observed") else None}
        for ago, value in nights.items()
    ]  # fmt: skip


DRIFT = [
    *followed(ADMISSION, "score stability", "score", {0: 0.02}),
    *followed("every", "feature stability", "age", {0: 0.05, 1: 0.3}),
    *followed("every", "feature stability", "copd", {0: 0.12}),
    *followed(ADMISSION, "expected over observed", "score", {0: 1.18, 1: 1.02}),
    *followed(CARE, "expected over observed of published scores", "2025-10-31", {1: 0.85}),
]


def assurance(groups: list[dict[str, Any]] = GROUPS, drift: list[dict[str, Any]] = DRIFT) -> Assurance:
    figures = [
        {"score": ADMISSION, "figure": "ppv", "value": 0.74, "low": 0.69, "high": 0.79},
        {"score": ADMISSION, "figure": "sensitivity", "value": 0.28, "low": 0.26, "high": 0.3},
        {"score": ADMISSION, "figure": "auroc", "value": 0.798, "low": 0.783, "high": 0.812},
        {"score": CARE, "figure": "ppv"},
        {"score": CARE, "figure": "sensitivity"},
    ]
    deciles = [
        {"score": ADMISSION, "decile": 1, "people": 1000, "events": None, "expected": 0.004},
        {"score": ADMISSION, "decile": 9, "people": 1000, "events": 60, "expected": 0.05, "observed": 0.06, "observed_low": 0.045,
         "observed_high": 0.075},
        {"score": ADMISSION, "decile": 10, "people": 1000, "events": 300, "expected": 0.4, "observed": 0.3, "observed_low": 0.27,
         "observed_high": 0.33},
    ]  # fmt: skip
    counts = {"score": ADMISSION, "people": 1000, "events": 100}
    curve = [
        {**counts, "threshold": 0.05, "chosen": 500, "found": 90, "net_benefit": 0.068, "everybody": 0.0526},
        {**counts, "threshold": 0.2, "chosen": 100, "found": 50, "net_benefit": 0.0375, "everybody": -0.125},
        {**counts, "threshold": 0.6, "chosen": 10, "found": None, "net_benefit": None, "everybody": -1.25},
    ]
    return Assurance(
        table(ModelFigure, figures), table(ModelCalibration, deciles), table(ModelSubgroup, groups), table(DecisionCurve, curve),
        table(ModelDrift, drift),
    )  # fmt: skip
