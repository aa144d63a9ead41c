"""What admissions are coded with: a primary diagnosis, the conditions a person has, the marks of frailty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Chance, Floats, Ints
from synthetic_data.conditions import CONDITIONS, POSITION, Health
from synthetic_data.diagnosis_lists import PRIMARIES, SECONDARIES

PLACES = 20  # DIAG_01 to DIAG_20
CODES = tuple(
    dict.fromkeys([*(p.code for p in PRIMARIES), *(c for item in CONDITIONS for c in item.codes), *(c for c, _ in SECONDARIES)])
)
CODE = {code: place for place, code in enumerate(CODES)}


@dataclass(frozen=True)
class Coded:
    """`primary` is a position in PRIMARIES; `others` one row for each spell, positions in CODES, -1 where empty."""

    primary: Ints
    others: Ints

    def column(self, place: int, spells: Ints) -> pa.Array:
        """DIAG_02 onwards, for those spells."""
        codes = self.others[spells, place - 2]
        return pa.array(CODES).take(pa.array(codes, mask=codes < 0))


def primary_diagnoses(chance: Chance, health: Health, person: Ints, day: Ints, *, age: Floats, key: Ints) -> Ints:
    """A position in PRIMARIES for each emergency: by age, and much oftener what the person is known to have."""
    has = health.conditions(person, day)
    points = np.array([[item.child, item.child, item.adult, item.adult, item.old] for item in PRIMARIES])
    weights = np.empty((len(person), len(PRIMARIES)))
    for place, item in enumerate(PRIMARIES):
        weights[:, place] = np.interp(age, (0, 14, 20, 55, 80), points[place])
        if item.condition is not None:
            weights[:, place] *= np.where(has[:, POSITION[item.condition]], item.lift, 1.0)
    steps = np.cumsum(weights, axis=1)
    lot = chance.uniform("primary diagnosis", key) * steps[:, -1]
    chosen: Ints = np.minimum((lot[:, None] >= steps).sum(axis=1), len(PRIMARIES) - 1)
    return chosen


def other_diagnoses(chance: Chance, health: Health, person: Ints, day: Ints, *, age: Floats, need: Floats, key: Ints) -> Ints:
    """Secondary codes of each spell, from the second place on: conditions as far as coded, then what need brings."""
    has = health.conditions(person, day)
    frail = np.minimum(1.0, np.exp(0.75 * (need - 2.0))) * np.interp(age, (0, 18, 60, 75), (0.05, 0.15, 0.4, 1.0))
    number = len(CONDITIONS) + len(SECONDARIES)
    there, code = np.zeros((len(person), number), bool), np.empty((len(person), number), np.int16)
    for place, item in enumerate(CONDITIONS):
        there[:, place] = has[:, place] & chance.happens(f"coded {item.register}", item.coded, key)
        chosen = chance.whole(f"code of {item.register}", 0, len(item.codes) - 1, person)
        code[:, place] = np.array([CODE[name] for name in item.codes])[chosen]
    for place, (name, share) in enumerate(SECONDARIES, len(CONDITIONS)):
        there[:, place] = chance.happens(f"coded {name}", share * frail, key)
        code[:, place] = CODE[name]
    order = np.cumsum(there, axis=1) - 1
    rows, columns = np.nonzero(there & (order < PLACES - 1))
    others = np.full((len(person), PLACES - 1), -1, np.int16)
    others[rows, order[rows, columns]] = code[rows, columns]
    return others
