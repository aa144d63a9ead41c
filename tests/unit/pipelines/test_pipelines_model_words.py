"""What lists and report say of the model that gave the risk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.model_words import Used, models_used, risk_given_by, risk_lacks, why_in_words

DAY = dt.date(2026, 9, 2)
FITTED = Used("emergency_admission_12_months", "logistic", DAY, "it is young enough", None, False, "green")
CASES = {
    "its own": (FITTED, "The model fitted on 2 September 2026.", None, "it is young enough"),
    "amber": (
        FITTED._replace(state="amber"),
        "The model fitted on 2 September 2026. A gate of it is amber: see the report.",
        None,
        "it is young enough",
    ),
    "kept": (
        FITTED._replace(kept_for_amber=True, why="a gate of a later one was amber: calibration slope"),
        "The model fitted on 2 September 2026; it is kept, as a gate of tonight's model is amber.",
        "risk by the model of 2 September 2026, as tonight's has an amber gate",
        "kept: a gate of a later one was amber: calibration slope",
    ),
    "fell back": (
        FITTED._replace(kind="prior-use-rule", fell_back="* outcome events, fewer than 200", state="amber"),
        "The prior-use rule, which counts earlier admissions: no model could be used (* outcome events, fewer than 200).",
        "risk by the prior-use rule, without a model",
        "fell back: * outcome events, fewer than 200",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_of_the_model_that_gave_the_risk(case: str) -> None:
    used, first_sheet, row, report = CASES[case]
    other = FITTED._replace(score="readmission_30_days", fell_back="too few")
    assert (risk_given_by([other, used]), risk_lacks([other, used]), why_in_words(used)) == (first_sheet, row, report)


def test_nothing_is_said_where_nothing_was_written_down(tmp_path: Path) -> None:
    assert models_used(tmp_path) == []
    assert (risk_given_by([]), risk_lacks([])) == ("Nothing says.", None)
