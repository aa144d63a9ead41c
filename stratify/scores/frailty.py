"""Electronic frailty index: as the GP system gives it, and, apart from it, counted from the deficits that our feeds show.

The index is the share of 36 deficits, each of the same weight (Clegg et al. 2016), validated at 65 to 95: a band is given from
65. The two are different scores and are never mixed: a count over hospital codes and registers sees less than a practice's
own record, so that it is a lower bound, and its bands say "at least". GP systems that give eFI2 have other cut-offs.
"""

from __future__ import annotations

import numpy as np

from stratify.evidence import beginnings, shown_by
from stratify.found import Found
from stratify.percentiles import numbers
from stratify.phrases import Phrases
from stratify.published import rows
from stratify.scores.columns import BY_HOSPITAL, BY_PRACTICE, banded, given, heard, lowest_age, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule

VALIDATED_FROM_AGE = 65

DEFICITS = [row["deficit"] for row in rows("efi_deficits")]
# Deficits that a feed can show, by name, and the signs that show each.
SHOWN = dict(sorted(beginnings("efi_evidence").items()))
NOT_SHOWN = [name for name in DEFICITS if name not in SHOWN]

CUT_OFFS = [row for row in rows("efi_cutoffs") if row["index"] == "eFI"]
BANDS = tuple(row["category"] for row in CUT_OFFS)
EDGES = tuple(float(row["lower_inclusive"]) for row in CUT_OFFS[1:])
SEVERE_FROM = EDGES[-1]

NOT_AN_INDEX = "the practice's figure is not between 0 and 1"


def count(signs: list[str]) -> int:
    """How many of the 36 deficits one person's signs show: the plain way, beside which the fast one is tested."""
    return sum(any(sign.startswith(start) for sign in signs) for start in SHOWN.values())


def give_as_given(inputs: ScoreInputs) -> GivenColumns:
    """The GP system's own figure, with a band from 65."""
    said = numbers(inputs.features["efi_score"])
    there = (said >= 0) & (said <= 1)
    old_enough = there & (lowest_age(inputs) >= VALIDATED_FROM_AGE)
    phrases, values = Phrases(), np.where(there, said, 0.0)
    columns = [
        phrases.of(np.where(there, np.round(said, 2), np.nan), lambda value: f"{value:.2f} as the GP system gives it"),
        phrases.of(np.where(~there & ~np.isnan(said), 0.0, np.nan), lambda _: NOT_AN_INDEX),
    ]
    return given(values, banded(values, EDGES, BANDS, old_enough), phrases.lists(columns), there)


def give_counted(inputs: ScoreInputs) -> GivenColumns:
    """Deficits that signs show over 36, from 65 on, and which they are."""
    there = heard(inputs, BY_PRACTICE, BY_HOSPITAL) & (lowest_age(inputs) >= VALIDATED_FROM_AGE)
    found = Found.of(inputs.features["pseudonym"], inputs.signs, shown_by(SHOWN))
    values = found.numbers() / len(DEFICITS)
    openings = [f"counted from deficits: {number} of {len(DEFICITS)}, a lower bound" for number in range(len(DEFICITS) + 1)]
    words = [*SHOWN, *openings]
    why = reasons(found, words, there, opening=found.numbers() + len(SHOWN))
    bands = (None, *(f"at least {band}" for band in BANDS[1:-1]), BANDS[-1])
    return given(values, banded(values, EDGES, bands, there), why, there)


SOURCE = "Clegg et al., Age and Ageing 2016;45:353; cut-offs through ncl-icb-analytics"

FRAILTY: list[ScoreRule] = [
    ScoreRule(
        name="electronic_frailty_index",
        version="efi-as-given.1",
        description=(
            "Electronic frailty index as the GP system gives it, 0 to 1. Fit below 0.12, mild below 0.24, moderate below 0.36, "
            f"severe from 0.36; a band is given only from age {VALIDATED_FROM_AGE}. Null where the practice gives none."
        ),
        source=SOURCE,
        feeds=("gp",),
        give=give_as_given,
    ),
    ScoreRule(
        name="frailty_counted_from_deficits",
        version="efi-counted.1",
        description=(
            f"Share of the 36 deficits that our feeds show: registers, two years of hospital diagnoses, five or more repeat "
            f"medicines, open long-term support. Only from age {VALIDATED_FROM_AGE}; not the GP system's index, "
            "and a lower bound "
            "of it. Below 0.12 no band is given: a low count does not show that somebody is fit. Null without a "
            "practice snapshot of "
            "the person or without hospital data."
        ),
        source=f"{SOURCE}; which code shows which deficit is our own reading",
        feeds=("cld", "gp", "sus_apc"),
        give=give_counted,
    ),
]
