"""Hospital Frailty Risk Score (Gilbert et al., Lancet 2018).

Every listed three-character ICD-10 code counts once per person over two years of spells, whatever the number of times
it was written down. Points are kept in tenths, so that sums are exact. The score was validated at 75 and over: younger
people get the value and no band.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np

from stratify.found import Found
from stratify.published import rows
from stratify.scores.columns import banded, given, heard, lowest_age, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule

VALIDATED_FROM_AGE = 75

# Bands as in reference/hfrs_bands.csv. Codebases differ on exactly 5 and exactly 15: here both are intermediate.
INTERMEDIATE_FROM = 5.0
HIGH_ABOVE = 15.0
BANDS = ("low", "intermediate", "high")

MOST_REASONS = 5

TENTHS: dict[str, int] = {row["icd10_3char"]: round(float(row["points"]) * 10) for row in rows("hfrs")}
LABELS: dict[str, str] = {row["icd10_3char"]: row["short_label"] for row in rows("hfrs")}

# The listed codes by falling points, as reasons tell them.
ORDER = sorted(TENTHS, key=lambda code: (-TENTHS[code], code))
PLACES = {code: place for place, code in enumerate(ORDER)}

NOTHING = "none of the listed diagnoses in two years of hospital spells"


def points_by_person(codes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """(pseudonym, hospital_frailty_risk) of everybody with a listed code; `codes` as `diagnoses` gives them."""
    three = codes.select("pseudonym", code=nw.col("code").str.slice(0, 3)).filter(nw.col("code").is_in(sorted(TENTHS)))
    once = three.group_by("pseudonym", "code").agg(times=nw.len())
    by_points: dict[int, list[str]] = {}
    for code, tenths in TENTHS.items():
        by_points.setdefault(tenths, []).append(code)
    terms = [nw.col("code").is_in(group).cast(nw.Int64) * tenths for tenths, group in sorted(by_points.items())]
    points = once.with_columns(tenths=nw.sum_horizontal(*terms))
    total = points.group_by("pseudonym").agg(tenths=nw.col("tenths").sum().cast(nw.Int64))
    return total.select("pseudonym", hospital_frailty_risk=nw.col("tenths").cast(nw.Float64) / 10)


def points(codes: Iterable[str]) -> tuple[float, list[str]]:
    """The score of one person's codes, and the listed codes by falling points."""
    listed = sorted({code[:3] for code in codes} & TENTHS.keys(), key=lambda code: (-TENTHS[code], code))
    return sum(TENTHS[code] for code in listed) / 10, listed


def band(value: float) -> str:
    """low, intermediate or high."""
    if value < INTERMEDIATE_FROM:
        return "low"
    return "high" if value > HIGH_ABOVE else "intermediate"


def give(inputs: ScoreInputs) -> GivenColumns:
    """Score, band at 75 and over, and the diagnoses that weigh most."""
    found = Found.of(inputs.features["pseudonym"], inputs.diagnoses, _place)
    values, there = found.totals([TENTHS[code] for code in ORDER]) / 10, heard(inputs, "hospital_frailty_risk")
    old_enough = there & (lowest_age(inputs) >= VALIDATED_FROM_AGE)
    words = [f"{LABELS[code]} ({TENTHS[code] / 10:.1f} points)" for code in ORDER]
    bands = banded(values, (INTERMEDIATE_FROM, np.nextafter(HIGH_ABOVE, np.inf)), BANDS, old_enough)
    return given(values, bands, reasons(found, words, there, nothing=NOTHING, most=MOST_REASONS), there)


def _place(code: str) -> tuple[tuple[int, int], ...]:
    place = PLACES.get(code[:3])
    return () if place is None else ((place, 0),)


HFRS = ScoreRule(
    name="hospital_frailty_risk",
    version="hfrs-2018.1",
    description=(
        "Hospital Frailty Risk Score: points for 109 three-character ICD-10 codes, each once per person over two years of "
        f"hospital spells. Low below 5, intermediate 5 to 15, high above 15; a band is given only from age "
        f"{VALIDATED_FROM_AGE}, where the score was validated."
    ),
    source="Gilbert et al., Lancet 2018, 10.1016/S0140-6736(18)30668-8",
    feeds=("sus_apc",),
    give=give,
)
