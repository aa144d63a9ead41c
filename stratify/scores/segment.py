"""Bridges to Health segment: the first in the order of precedence of those whose rules a person meets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stratify.evidence import CARE_HOME, LONG_TERM_SUPPORT, signs_of
from stratify.found import Flags, Found, Places, lists
from stratify.percentiles import numbers
from stratify.published import rows
from stratify.scores import frailty, hfrs
from stratify.scores.columns import BY_HOSPITAL, BY_PRACTICE, given, heard, lowest_age
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule
from stratify.segments import HEALTHY, NUMBERS, SEGMENT, check_precedence

# From this age somebody in a care home counts as frail, below it somebody with the council's support as disabled.
OLDER_FROM = 65
INFANT_BAND = 0

RULES = rows("segment_rules")
BEGINNINGS = [signs_of(rule["kind"], rule["codes"]) for rule in RULES]
WORDS = [rule["words"] for rule in RULES]
# Each rule's segment, as its number less one.
SEGMENT_OF_RULE = np.array([NUMBERS[rule["condition"]] - 1 for rule in RULES])

SEVERE = "F:severe by the electronic frailty index"
HIGH = "F:high by the Hospital Frailty Risk Score"
EMERGENCY = "A:emergency admission"
COPD = "A:COPD"
NEWBORN = "N:P"

NOTHING = "nothing known that puts the person in another segment"
ALSO = [f"also meets: {name}" for name in NUMBERS]


def give(inputs: ScoreInputs) -> GivenColumns:
    """The segment's number, its name, what put the person there, and which others she would be in."""
    check_precedence(inputs.precedence)
    there = heard(inputs, BY_PRACTICE, BY_HOSPITAL)
    found = met(inputs)
    segments = np.zeros((found.count, len(NUMBERS)), bool)
    segments[found.people, SEGMENT_OF_RULE[found.items]] = True
    segments[:, NUMBERS[HEALTHY] - 1] = True
    order = np.array([NUMBERS[name] - 1 for name in inputs.precedence])
    chosen = order[np.argmax(segments[:, order], axis=1)]
    bands = pa.array(list(NUMBERS), pa.string()).take(pa.array(chosen, pa.int64(), mask=~there))
    return given(chosen + 1.0, bands, _reasons(found, segments, chosen, there), there)


def met(inputs: ScoreInputs) -> Found:
    """Which rules each person meets."""
    found = Found.of(inputs.features["pseudonym"], inputs.signs, _rules_of)
    age = lowest_age(inputs)[found.people]
    older, infant = age >= OLDER_FROM, age == INFANT_BAND
    newborn, home, support = (found.items == rule_of(sign) for sign in (NEWBORN, CARE_HOME, LONG_TERM_SUPPORT))
    kept = found.where(~(newborn & ~infant) & ~(home & ~older) & ~(support & (older | (age < INFANT_BAND))))
    return kept.with_more((np.flatnonzero(flags), rule_of(sign), 0) for sign, flags in _of_scores(inputs).items())


def _of_scores(inputs: ScoreInputs) -> dict[str, Flags]:
    """Signs that other indices and the features give."""
    age, features = lowest_age(inputs), inputs.features
    copd = inputs.acsc.filter(pc.equal(inputs.acsc["condition"], "COPD"))["pseudonym"]
    return {
        SEVERE: (numbers(features["efi_score"]) >= frailty.SEVERE_FROM) & (age >= frailty.VALIDATED_FROM_AGE),
        HIGH: (numbers(features["hospital_frailty_risk"]) > hfrs.HIGH_ABOVE) & (age >= hfrs.VALIDATED_FROM_AGE),
        COPD: pc.is_in(features["pseudonym"], value_set=copd.combine_chunks()).to_numpy(),
        EMERGENCY: numbers(features["emergency_inpatient_90"]) > 0,
    }


def rule_of(sign: str) -> int:
    """The place of the rule that a sign meets, of those with one sign of their own."""
    return next(place for place, start in enumerate(BEGINNINGS) if start == (sign,))


def _rules_of(sign: str) -> tuple[tuple[int, int], ...]:
    return tuple((place, 0) for place, start in enumerate(BEGINNINGS) if sign.startswith(start))


def _reasons(found: Found, segments: np.ndarray, chosen: Places, there: Flags) -> pa.ListArray:
    own = there[found.people] & (SEGMENT_OF_RULE[found.items] == chosen[found.people])
    healthy = np.flatnonzero(there & (chosen == NUMBERS[HEALTHY] - 1))
    others = segments & there[:, None]
    others[np.arange(found.count), chosen] = False
    others[:, NUMBERS[HEALTHY] - 1] = False
    who, which = np.nonzero(others)
    parts = [
        (found.people[own], found.items[own]),
        (healthy, np.full(len(healthy), len(WORDS))),
        (who, which + len(WORDS) + 1),
    ]
    return lists(parts, [*WORDS, NOTHING, *ALSO], found.count)


SEGMENTS = ScoreRule(
    name=SEGMENT,
    version="bridges-to-health-own-rules.1",
    description=(
        "One of eight segments by number, 1 to 8, its name as the band: "
        + ", ".join(f"{number} {name}" for name, number in NUMBERS.items())
        + ". Where the rules of several are met, the first in `[segments] precedence` holds. The number is a name and no "
        "measure. Null without a practice snapshot of the person or without hospital data."
    ),
    source=(
        "segments: Lynn et al., Milbank Quarterly 2007;85:185; the rules and the default precedence are our own, those of NHS "
        "England's segmentation data set were not read"
    ),
    feeds=("cld", "gp", "sus_apc"),
    give=give,
)
