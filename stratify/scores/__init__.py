"""Scores by rule: published indices and whole-system use. `SCORES` is the whole list; fitted models are in `models/`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError
from schemas.pseudonymised import Score
from schemas.table import Rows
from stratify.diagnoses import diagnoses
from stratify.leads import leads
from stratify.scores.acsc import ACSC, admissions
from stratify.scores.charlson import CHARLSON
from stratify.scores.hfrs import HFRS
from stratify.scores.led_by_none import LED_BY_NONE
from stratify.scores.score import ScoreInputs, ScoreRule
from stratify.scores.whole_system_use import WHOLE_SYSTEM_USE

SCORES: list[ScoreRule] = [
    HFRS,
    CHARLSON,
    ACSC,
    *WHOLE_SYSTEM_USE,
    LED_BY_NONE,
]


def score_people(features: pa.Table, activity: nw.LazyFrame[Any], people: pa.Table, as_at: dt.date) -> Rows[Score]:
    """Every score of `SCORES` for everybody in `features`, sorted by pseudonym and score.

    `features` as `build_features` gives them at `as_at`; `people` are PseudonymisedPerson rows (those who are not in
    `features` are passed over). A value is null where the feeds it needs did not arrive. Raises `E-SCORE-PEOPLE` where
    somebody in `features` is not in `people`.
    """
    inputs = score_inputs(features, activity, people, as_at)
    scored = pa.concat_tables([rule.rows(inputs) for rule in SCORES])
    return Score.sort(scored)


def score_inputs(features: pa.Table, activity: nw.LazyFrame[Any], people: pa.Table, as_at: dt.date) -> ScoreInputs:
    """What the rules look at, in the order of the pseudonym."""
    features = features.sort_by("pseudonym")
    known = people.filter(pc.is_in(people["pseudonym"], value_set=features["pseudonym"])).sort_by("pseudonym")
    if known["pseudonym"].to_pylist() != features["pseudonym"].to_pylist():
        raise CaselinkError(
            "E-SCORE-PEOPLE",
            f"{features.num_rows} people have features and {known.num_rows} of them a row in the people table.",
            cure="give the features and the people of the same night, one row per person in each",
        )
    return ScoreInputs(
        features=features,
        people=known,
        diagnoses=_collect(diagnoses(activity, as_at), features, "code"),
        acsc=_collect(admissions(activity, as_at), features, "condition"),
        leads=_collect(leads(activity, as_at), features, "lead"),
        as_at=as_at,
    )


def _collect(frame: nw.LazyFrame[Any], features: pa.Table, second: str) -> pa.Table:
    table = frame.collect("pyarrow").to_native()
    known = table.filter(pc.is_in(table["pseudonym"], value_set=features["pseudonym"]))
    return known.sort_by([("pseudonym", "ascending"), (second, "ascending")])
