"""Scores by rule: published indices and whole-system use. `SCORES` is the whole list; fitted models are in `models/`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError
from schemas.pseudonymised import Score
from schemas.table import Rows
from stratify.evidence import DIAGNOSIS
from stratify.features.signs import signs
from stratify.leads import leads
from stratify.scores.acsc import ACSC, admissions
from stratify.scores.cambridge import CAMBRIDGE
from stratify.scores.charlson import CHARLSON
from stratify.scores.frailty import FRAILTY
from stratify.scores.hfrs import HFRS
from stratify.scores.led_by_none import LED_BY_NONE
from stratify.scores.practice import PRACTICE
from stratify.scores.score import ScoreInputs, ScoreRule
from stratify.scores.segment import SEGMENTS
from stratify.scores.whole_system_use import WHOLE_SYSTEM_USE
from stratify.segments import PRECEDENCE, check_precedence

SCORES: list[ScoreRule] = [
    HFRS,
    CHARLSON,
    ACSC,
    CAMBRIDGE,
    *FRAILTY,
    SEGMENTS,
    *PRACTICE,
    *WHOLE_SYSTEM_USE,
    LED_BY_NONE,
]


def score_people(
    features: pa.Table,
    activity: nw.LazyFrame[Any],
    people: pa.Table,
    as_at: dt.date,
    *,
    precedence: Sequence[str] = PRECEDENCE,
) -> Rows[Score]:
    """Every score of `SCORES` for everybody in `features`, sorted by pseudonym and score.

    `features` as `build_features` gives them at `as_at`; `people` are PseudonymisedPerson rows (those who are not in
    `features` are passed over); `precedence` says which segment wins. A value is null where the feeds it needs did not
    arrive. Raises `E-SCORE-PEOPLE` where somebody in `features` is not in `people`, `E-SEGMENTS` on a precedence that is
    not whole.
    """
    check_precedence(precedence)
    inputs = replace(score_inputs(features, activity, people, as_at), precedence=tuple(precedence))
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
    told = _collect(signs(activity, as_at), features, "sign")
    return ScoreInputs(
        features=features,
        people=known,
        diagnoses=_diagnoses(told),
        signs=told,
        acsc=_collect(admissions(activity, as_at), features, "condition"),
        leads=_collect(leads(activity, as_at), features, "lead"),
        as_at=as_at,
    )


def _diagnoses(told: pa.Table) -> pa.Table:
    coded = told.filter(pc.starts_with(told["sign"], DIAGNOSIS))
    return pa.table({"pseudonym": coded["pseudonym"], "code": pc.utf8_slice_codeunits(coded["sign"], len(DIAGNOSIS))})


def _collect(frame: nw.LazyFrame[Any], features: pa.Table, second: str) -> pa.Table:
    table = frame.collect("pyarrow").to_native()
    known = table.filter(pc.is_in(table["pseudonym"], value_set=features["pseudonym"]))
    return known.sort_by([("pseudonym", "ascending"), (second, "ascending")])
