"""Cambridge Multimorbidity Score (Payne et al., CMAJ 2020): 20 conditions, weights of the general outcome.

Conditions are those that the practice's registers and two years of hospital diagnoses show (`reference/cambridge_evidence.csv`).
Some are published by repeat prescriptions that no feed of ours carries, or have no register: the value is a lower bound, save
that the register of cancer looks back further than the score does. The weights of the outcome mortality have one source and are
not offered. Weights are kept in hundredths, so that sums are exact.
"""

from __future__ import annotations

from stratify.evidence import WORDS_OF_KINDS, beginnings, shown_by
from stratify.found import Found
from stratify.published import rows
from stratify.scores.columns import BY_HOSPITAL, BY_PRACTICE, given, heard, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule

HUNDREDTHS: dict[str, int] = {
    row["condition"]: round(float(row["weight_general_outcome"]) * 100) for row in rows("cambridge_multimorbidity")
}
# Conditions by falling weight, as reasons tell them, and the signs that show each.
_SHOWN = beginnings("cambridge_evidence")
CONDITIONS = {name: _SHOWN[name] for name in sorted(HUNDREDTHS, key=lambda name: (-HUNDREDTHS[name], name))}

NOTHING = "none of the 20 conditions on the practice's registers or in two years of hospital spells"
KINDS = len(WORDS_OF_KINDS)


def hundredths(signs: list[str]) -> int:
    """One person's score in hundredths, from the text of her signs: the plain way, beside which the fast one is tested."""
    return sum(HUNDREDTHS[name] for name, start in CONDITIONS.items() if any(sign.startswith(start) for sign in signs))


def give(inputs: ScoreInputs) -> GivenColumns:
    """The score, and the conditions by falling weight, with what shows them."""
    there = heard(inputs, BY_PRACTICE, BY_HOSPITAL)
    found = Found.of(inputs.features["pseudonym"], inputs.signs, shown_by(CONDITIONS))
    words = [f"{name} (weight {HUNDREDTHS[name] / 100:.2f}), {how}" for name in CONDITIONS for how in WORDS_OF_KINDS.values()]
    labels = found.items * KINDS + found.kinds - 1
    values = found.totals([HUNDREDTHS[name] for name in CONDITIONS]) / 100
    return given(values, None, reasons(found, words, there, nothing=NOTHING, labels=labels), there)


CAMBRIDGE = ScoreRule(
    name="cambridge_multimorbidity",
    version="cambridge-general-2020.1",
    description=(
        "Cambridge Multimorbidity Score, weights of the general outcome: 20 conditions from the practice's registers and ICD-10 "
        "codes of two years of hospital spells. A lower bound: hearing loss, irritable bowel syndrome, constipation, painful "
        "condition and alcohol problems have no register, and anxiety none of its own. Null without a practice snapshot of the "
        "person or without hospital data."
    ),
    source="Payne et al., CMAJ 2020;192:E107-E114",
    feeds=("gp", "sus_apc"),
    give=give,
)
