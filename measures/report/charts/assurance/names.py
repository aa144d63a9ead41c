"""How the report names models, their figures and the groups they are checked in."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.report.groups import group_name
from measures.report.words import NO_FIGURE, WITHHELD, in_order, name_of

Row = dict[str, Any]

SCORES = {
    "emergency_admission_12_months": "Emergency admission in 12 months",
    "readmission_30_days": "Emergency readmission in 30 days",
    "long_term_care_12_months": "New long-term care in 12 months",
}

# For the side of a chart.
SHORT = {
    "emergency_admission_12_months": "Emergency admission",
    "readmission_30_days": "Readmission",
    "long_term_care_12_months": "Long-term care",
}

BREAKDOWNS = {
    "age_band": "Age",
    "gender": "Gender",
    "deprivation_quintile": "Deprivation of the area, in fifths",
    "link_quality": "How records were linked",
    "practice": "Practice",
    "ethnic_category": "Ethnic category",
}
LINKED_BY = {
    "number": "By number",
    "demographic": "By name, birth date and address",
    "probabilistic": "By weight",
    "unlinked": "Not on the register",
}
FIFTHS = {"1": "1, most deprived", "5": "5, least deprived"}
NOT_KNOWN = "not known"


def score_name(score: str) -> str:
    """A model in words; its name with blanks where it has none."""
    return SCORES.get(score) or name_of(SCORES, score).capitalize()


def by_score(table: pa.Table, order: str = "score") -> dict[str, list[Row]]:
    """Rows by score, in the report's order, and of one score by a column."""
    rows = sorted(table.to_pylist(), key=lambda row: row[order])
    return {score: [row for row in rows if row["score"] == score] for score in in_order(SCORES, {row["score"] for row in rows})}


def category_name(breakdown: str, category: str) -> str:
    """A group of people in words; `Not known` where the record says nothing."""
    if category == NOT_KNOWN:
        return "Not known"
    names = {"deprivation_quintile": FIFTHS, "link_quality": LINKED_BY}
    return name_of(names[breakdown], category) if breakdown in names else group_name(breakdown, category)


def decimal(value: float | None, digits: int, *, withheld: bool = False) -> str:
    """`0.98`; `*` where withheld, a dash where there is none."""
    if value is None:
        return WITHHELD if withheld else NO_FIGURE
    return f"{value:.{digits}f}"


def between(low: float | None, high: float | None, digits: int) -> str:
    """`0.92 to 1.04`; a dash where there is no interval."""
    return NO_FIGURE if low is None or high is None else f"{low:.{digits}f} to {high:.{digits}f}"


def shares(low: float | None, high: float | None, digits: int = 0) -> str:
    """`69% to 79%`; a dash where there is no interval."""
    return NO_FIGURE if low is None or high is None else f"{low:.{digits}%} to {high:.{digits}%}"
