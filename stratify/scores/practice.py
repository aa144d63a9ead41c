"""What the practice's snapshot says in a number: long-term conditions, with their names, and repeat medicines."""

from __future__ import annotations

import numpy as np

from stratify.evidence import register_sign
from stratify.features.long_term import REGISTERS
from stratify.found import Found
from stratify.percentiles import numbers
from stratify.phrases import Phrases
from stratify.scores.columns import BY_PRACTICE, banded, given, heard, reasons
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule

MULTIMORBIDITY_FROM = 2
POLYPHARMACY_FROM, HYPERPOLYPHARMACY_FROM = 5, 10

NO_REGISTER = f"on none of {len(REGISTERS)} registers of long-term conditions"

# The sign of each condition, in the order of the names.
SIGNS = {register_sign(REGISTERS[name]): place for place, name in enumerate(sorted(REGISTERS, key=str.casefold))}


def give_conditions(inputs: ScoreInputs) -> GivenColumns:
    """How many registers of long-term conditions list the person, and which."""
    there = heard(inputs, BY_PRACTICE)
    found = Found.of(inputs.features["pseudonym"], inputs.signs, lambda sign: ((SIGNS[sign], 0),) if sign in SIGNS else ())
    values = found.numbers().astype(np.float64)
    bands = banded(values, (MULTIMORBIDITY_FROM,), (None, "multimorbidity"), there)
    why = reasons(found, sorted(REGISTERS, key=str.casefold), there, nothing=NO_REGISTER)
    return given(values, bands, why, there)


def give_medicines(inputs: ScoreInputs) -> GivenColumns:
    """How many medicines are on repeat."""
    said, phrases = numbers(inputs.features["repeat_medicines"]), Phrases()
    there = ~np.isnan(said)
    values = np.where(there, said, 0.0)
    edges, names = (POLYPHARMACY_FROM, HYPERPOLYPHARMACY_FROM), (None, "5 to 9 medicines", "10 or more medicines")
    words = phrases.of(said, lambda number: f"{number:.0f} {'medicine' if number == 1 else 'medicines'} on repeat")
    return given(values, banded(values, edges, names, there), phrases.lists([words]), there)


PRACTICE: list[ScoreRule] = [
    ScoreRule(
        name="long_term_conditions",
        version="registers-18.1",
        description=(
            f"How many of {len(REGISTERS)} registers of long-term conditions list the person in the practice's "
            "latest snapshot, of "
            "400 days at most. Two or more are multimorbidity. Null where there is no snapshot of the person."
        ),
        source="Quality and Outcomes Framework registers; two or more: NICE guideline NG56, 2016",
        feeds=("gp",),
        give=give_conditions,
    ),
    ScoreRule(
        name="polypharmacy",
        version="repeat-medicines.1",
        description=(
            "Medicines on repeat in the practice's latest snapshot, of 400 days at most: five to nine, ten or more. A count, "
            "no judgement of whether each is right. Null where there is no snapshot of the person."
        ),
        source="five: Masnoon et al., BMC Geriatrics 2017;17:230; ten: The King's Fund, Polypharmacy and medicines optimisation, "
        "2013",
        feeds=("gp",),
        give=give_medicines,
    ),
]
