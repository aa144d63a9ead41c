"""Emergency admissions for chronic ambulatory-care-sensitive conditions (NHS Outcomes Framework 2.3.i, CCG OIS 2.6).

The first diagnosis decides; some conditions ask for another diagnosis, or are ruled out by another diagnosis or by a
procedure. An event here is a spell, whose first diagnosis is that of its first episode: the indicator's filters on
episode order, status and type are met by how the extracts make spells. The indicator takes all ten emergency methods.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from stratify.admissions import EMERGENCY_METHODS, attribute
from stratify.diagnoses import starts_with_any
from stratify.found import Found
from stratify.published import rows
from stratify.scores.columns import given, heard, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule
from stratify.words import plural

YEAR = 365

# acsc_filters.csv: PATIENT CLASSIFICATION CODE 1 (ordinary admission); not from another hospital provider.
ORDINARY = "1"
TRANSFERRED_FROM = ("51", "52", "53")


@dataclass(frozen=True)
class Rule:
    """The codes of one condition under the same requirements."""

    condition: str
    codes: tuple[str, ...]
    needs: tuple[str, ...]
    not_with: tuple[str, ...]
    not_with_procedures: tuple[str, ...]


def _rules() -> tuple[Rule, ...]:
    keys = ("condition", "requires_any_diagnosis", "excluded_if_any_diagnosis", "excluded_if_any_procedure_opcs_prefix")
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows("acsc_icd10"):
        groups.setdefault(tuple(row[key] for key in keys), []).append(row["icd10_code_no_dot"].removesuffix("X"))
    return tuple(
        Rule(condition.split(" (")[0], tuple(codes), _split(needs), _split(without), _split(procedures))
        for (condition, needs, without, procedures), codes in groups.items()
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


RULES = _rules()
CONDITIONS = sorted({rule.condition for rule in RULES})

NOTHING = "no such admission in 12 months"


def matched(rule: Rule) -> nw.Expr:
    """Whether a spell (columns `primary`, `all_codes`, `procedures`) keeps a rule. Null counts as no."""
    test = starts_with_any(nw.col("primary"), rule.codes)
    if rule.needs:
        test = test & _one_begins("all_codes", r"[\[ ]", rule.needs)
    if rule.not_with:
        test = test & ~_one_begins("all_codes", r"[\[ ]", rule.not_with)
    if rule.not_with_procedures:
        test = test & ~_one_begins("procedures", r"(^|\|)", rule.not_with_procedures)
    return test.fill_null(False)


def _one_begins(column: str, border: str, prefixes: Sequence[str]) -> nw.Expr:
    return nw.col(column).str.contains(border + "(" + "|".join(prefixes) + ")").fill_null(False)


def admissions(activity: nw.LazyFrame[Any], as_at: dt.date, *, ended_before: dt.date | None = None) -> nw.LazyFrame[Any]:
    """(pseudonym, condition) of each qualifying spell that began in the 365 days before `as_at`.

    It ended before `as_at`, or before `ended_before`: a spell is coded when it ends.
    """
    start, method = nw.col("start_date"), attribute("admission_method")
    ordinary, source = attribute("patient_classification"), attribute("admission_source")
    spells = activity.filter(
        (nw.col("activity_type") == "inpatient_emergency")
        & (start < as_at)
        & (start >= as_at - dt.timedelta(days=YEAR))
        & (nw.col("end_date") < (ended_before or as_at))
        & (method.is_null() | method.is_in(sorted(EMERGENCY_METHODS)))
        & (ordinary.is_null() | (ordinary == ORDINARY))
        & (source.is_null() | ~source.is_in(TRANSFERRED_FROM))
    ).select(
        "pseudonym",
        primary=nw.col("codes").list.get(0).str.to_uppercase(),
        all_codes=nw.col("codes").cast(nw.String).str.to_uppercase(),
        procedures=attribute("procedures").str.to_uppercase(),
    )
    condition: nw.Expr = nw.lit(None).cast(nw.String)
    for rule in reversed(RULES):
        condition = nw.when(matched(rule)).then(nw.lit(rule.condition)).otherwise(condition)
    return spells.select("pseudonym", condition=condition).filter(~nw.col("condition").is_null())


def admissions_by_person(
    activity: nw.LazyFrame[Any], as_at: dt.date, *, ended_before: dt.date | None = None
) -> nw.LazyFrame[Any]:
    """(pseudonym, chronic_acsc_365) of everybody with a qualifying spell."""
    return (
        admissions(activity, as_at, ended_before=ended_before).group_by("pseudonym").agg(chronic_acsc_365=nw.len().cast(nw.Int64))
    )


def give(inputs: ScoreInputs) -> GivenColumns:
    """How many, and for what, the most frequent first."""
    there = heard(inputs, "chronic_acsc_365")
    found = Found.of(inputs.features["pseudonym"], inputs.acsc, lambda condition: ((CONDITIONS.index(condition), 0),))
    values = np.bincount(found.people, weights=found.times, minlength=found.count).astype(np.float64)
    order = np.lexsort((found.items, -found.times, found.people))
    said = Found(found.people[order], found.items[order], found.kinds[order], found.times[order], found.count)
    different, labels = np.unique(said.times * len(CONDITIONS) + said.items, return_inverse=True)
    words = [_words(*divmod(int(each), len(CONDITIONS))) for each in different]
    return given(values, None, reasons(said, words, there, nothing=NOTHING, labels=labels.reshape(-1)), there)


def _words(times: int, place: int) -> str:
    return f"{plural(times, ('emergency admission', 'emergency admissions'))} for {CONDITIONS[place]} in 12 months"


ACSC = ScoreRule(
    name="chronic_acsc_admissions",
    version="nhsof-2.3.i-2018.1",
    description=(
        "Emergency admissions in 12 months for chronic conditions that care outside hospital should mostly prevent: asthma, "
        "COPD, heart failure, diabetes, angina, anaemia, hypertension, epilepsy, dementia, atrial fibrillation, hepatitis B."
    ),
    source="CCG Outcomes Indicator Set 2.6 specification v1.15 (the codes of NHS Outcomes Framework 2.3.i), 2018",
    feeds=("sus_apc",),
    give=give,
)
