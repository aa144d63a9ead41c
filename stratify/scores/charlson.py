"""Charlson comorbidity index: Quan's ICD-10 prefixes (2005) with his weights of 2011, or Charlson's of 1987.

Where a graver form of a condition is present, its milder form does not count: liver disease, diabetes, cancer. The
weights of SHMI belong to SHMI's own mapping of codes and are not offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

import narwhals as nw

from stratify.diagnoses import starts_with_any
from stratify.found import Found
from stratify.published import rows
from stratify.scores.columns import given, heard, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule

Weights = Literal["quan_2011", "charlson_1987"]

PREFIXES: dict[str, tuple[str, ...]] = {
    row["condition"]: tuple(code["icd10_prefix"] for code in rows("charlson_icd10") if code["condition"] == row["condition"])
    for row in rows("charlson_weights")
}
NAMES: dict[str, str] = {row["condition"]: row["name"] for row in rows("charlson_weights")}
WEIGHTS: dict[Weights, dict[str, int]] = {
    "quan_2011": {row["condition"]: int(row["weight_quan_2011"]) for row in rows("charlson_weights")},
    "charlson_1987": {row["condition"]: int(row["weight_charlson_1987"]) for row in rows("charlson_weights")},
}
# Milder condition: the graver one that replaces it.
REPLACED_BY: dict[str, str] = {
    row["condition"]: row["drop_when_present"] for row in rows("charlson_weights") if row["drop_when_present"]
}

# The groups by falling weight, as reasons tell them.
ORDER = sorted(PREFIXES, key=lambda name: (-WEIGHTS["quan_2011"][name], name))
PLACES = {name: place for place, name in enumerate(ORDER)}

NOTHING = "none of the 17 groups of conditions in two years of hospital spells"


def weight_by_person(codes: nw.LazyFrame[Any], weights: Weights = "quan_2011") -> nw.LazyFrame[Any]:
    """(pseudonym, charlson_index) of everybody with a code; `codes` as `diagnoses` gives them."""
    tests = {name: starts_with_any(nw.col("code"), prefixes).any() for name, prefixes in PREFIXES.items()}
    flags = codes.group_by("pseudonym").agg(**tests)
    terms = [_counts(name).cast(nw.Int64) * weight for name, weight in WEIGHTS[weights].items()]
    return flags.select("pseudonym", charlson_index=nw.sum_horizontal(*terms))


def _counts(condition: str) -> nw.Expr:
    graver = REPLACED_BY.get(condition)
    return nw.col(condition) & ~nw.col(graver) if graver else nw.col(condition)


def conditions(codes: Iterable[str]) -> list[str]:
    """The groups a person's codes fall in, after the graver form has replaced the milder."""
    found = {name for code in codes for name in groups_of(code)}
    return [name for name in PREFIXES if name in found and REPLACED_BY.get(name) not in found]


@cache
def groups_of(code: str) -> tuple[str, ...]:
    """The groups with a prefix that the code begins with."""
    return tuple(name for name, prefixes in PREFIXES.items() if code.startswith(prefixes))


def weight(codes: Iterable[str], weights: Weights = "quan_2011") -> int:
    """The index of one person's codes."""
    return sum(WEIGHTS[weights][name] for name in conditions(codes))


def give(inputs: ScoreInputs) -> GivenColumns:
    """The index, and the conditions by falling weight."""
    table, there = WEIGHTS["quan_2011"], heard(inputs, "charlson_index")
    found = Found.of(inputs.features["pseudonym"], inputs.diagnoses, _places)
    for milder, graver in REPLACED_BY.items():
        replaced = found.has(PLACES[graver])[found.people] & (found.items == PLACES[milder])
        found = found.where(~replaced)
    words = [f"{NAMES[name]} (weight {table[name]})" for name in ORDER]
    return given(found.totals([table[name] for name in ORDER]), None, reasons(found, words, there, nothing=NOTHING), there)


def _places(code: str) -> tuple[tuple[int, int], ...]:
    return tuple((PLACES[name], 0) for name in groups_of(code))


CHARLSON = ScoreRule(
    name="charlson_index",
    version="charlson-quan-2011.1",
    description=(
        "Charlson comorbidity index of two years of hospital spells: 17 groups of conditions by 289 ICD-10 prefixes (Quan "
        "2005), weights of Quan 2011. A graver form replaces the milder one."
    ),
    source="Quan et al., Med Care 2005;43:1130 and Am J Epidemiol 2011;173:676, through ellessenne/comorbidity",
    feeds=("sus_apc",),
    give=give,
)
