"""The published indices as columns, by the fast path; `stratify/scores` gives the same values with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.diagnoses import diagnoses
from stratify.evidence import points_by_person
from stratify.features.feature import Feature, described
from stratify.features.lags import lag_of
from stratify.features.long_term import latest_snapshot
from stratify.features.signs import signs
from stratify.features.stays import BEDS
from stratify.scores import acsc, cambridge, charlson, frailty, hfrs


def index_frames(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> list[nw.LazyFrame[Any]]:
    """Frames of pseudonym and an index or two: a row per person with something to count, or with a snapshot by a practice."""
    told = as_at - lag_of("sus_apc", lags)
    codes = diagnoses(activity, as_at, ended_before=told)
    spells = acsc.admissions_by_person(activity, as_at, ended_before=told)
    return [hfrs.points_by_person(codes), charlson.weight_by_person(codes), spells, of_signs(activity, as_at, lags)]


def of_signs(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> nw.LazyFrame[Any]:
    """(pseudonym, cambridge_multimorbidity, frailty_deficits) of everybody with a snapshot by a practice."""
    each_one = dict.fromkeys(frailty.SHOWN, 1)
    indices = {"hundredths": (cambridge.CONDITIONS, cambridge.HUNDREDTHS), "deficits": (frailty.SHOWN, each_one)}
    points = points_by_person(signs(activity, as_at, lags), indices)
    listed = latest_snapshot(activity, as_at, lags).select("pseudonym").unique().join(points, on="pseudonym", how="left")
    return listed.select(
        "pseudonym",
        cambridge_multimorbidity=nw.col("hundredths").fill_null(0).cast(nw.Float64) / 100,
        frailty_deficits=nw.col("deficits").fill_null(0),
    )


def hospital_frailty_risk() -> nw.Expr:
    """Hospital Frailty Risk Score: points of the listed diagnoses in two years of spells, each code once.

    Published for people of 75 and over; below that age a count of the same diagnoses, not a measure of frailty.
    """
    return nw.col("hospital_frailty_risk")


def charlson_index() -> nw.Expr:
    """Charlson comorbidity index of two years of spells: Quan's 2005 codes and 2011 weights."""
    return nw.col("charlson_index")


def chronic_acsc_365() -> nw.Expr:
    """Emergency admissions in 365 days for chronic conditions that good care outside hospital should mostly prevent."""
    return nw.col("chronic_acsc_365")


def cambridge_multimorbidity() -> nw.Expr:
    """Cambridge Multimorbidity Score, general outcome, of registers and two years of hospital diagnoses: a lower bound.

    Null without a practice snapshot of the person.
    """
    return nw.col("cambridge_multimorbidity")


def frailty_deficits() -> nw.Expr:
    """How many of the 36 deficits of the electronic frailty index our feeds show: a lower bound, an index from 65 on only.

    Null without a practice snapshot of the person.
    """
    return nw.col("frailty_deficits")


INDICES: list[Feature] = [
    described(
        hospital_frailty_risk, kind="number", frame="index", group="frailty", feeds=("sus_apc",),
        services=BEDS, empty=0.0, unit="points",
    ),
    described(
        charlson_index, kind="whole", frame="index", group="diagnoses", feeds=("sus_apc",),
        services=BEDS, empty=0, unit="points",
    ),
    described(
        chronic_acsc_365, kind="whole", frame="index", group="emergency_inpatient", feeds=("sus_apc",),
        services=("emergency_inpatient",), empty=0, unit="admissions",
    ),
    described(
        cambridge_multimorbidity, kind="number", frame="index", group="long-term conditions", feeds=("gp", "sus_apc"),
        services=BEDS, unit="points",
    ),
    described(
        frailty_deficits, kind="whole", frame="index", group="frailty", feeds=("cld", "gp", "sus_apc"),
        services=BEDS, unit="deficits",
    ),
]  # fmt: skip
