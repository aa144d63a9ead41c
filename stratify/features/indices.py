"""The published indices as columns, by the fast path; `stratify/scores` gives the same values with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.diagnoses import diagnoses
from stratify.features.feature import Feature, described
from stratify.features.lags import lag_of
from stratify.features.stays import BEDS
from stratify.scores import acsc, charlson, hfrs


def index_frames(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> list[nw.LazyFrame[Any]]:
    """Three frames of pseudonym and one index: a row per person with something to count."""
    told = as_at - lag_of("sus_apc", lags)
    codes = diagnoses(activity, as_at, ended_before=told)
    spells = acsc.admissions_by_person(activity, as_at, ended_before=told)
    return [hfrs.points_by_person(codes), charlson.weight_by_person(codes), spells]


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
]  # fmt: skip
