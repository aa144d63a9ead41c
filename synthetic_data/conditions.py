"""Long-term conditions: who has which, from age, need and her own liability; their registers and ICD-10 codes.

A person has a condition from the day her liability is under its prevalence at her age and need, so conditions only add up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.days import YEAR
from synthetic_data.people import People


@dataclass(frozen=True)
class Condition:
    """One condition: QOF register, prevalence at fifty (log odds), its rise by decade and by log need, where age stops counting,
    how often a hospital codes it, ICD-10 codes without dot."""

    register: str
    at_fifty: float
    by_decade: float
    by_need: float
    codes: tuple[str, ...]
    until: float = 85.0
    since: float = 0.0
    coded: float = 0.72


# Prevalences near the national registers; slopes by eye. Where `since` is set, nobody younger has it.
CONDITIONS = (
    Condition("AST", -2.75, -0.08, 0.25, ("J459", "J459", "J450"), until=60),
    Condition("AF", -5.1, 0.95, 0.30, ("I489", "I480", "I481"), since=25),
    Condition("CAN", -3.9, 0.55, 0.15, ("C509", "C61X", "C349", "C189", "C787", "C795"), since=18, coded=0.8),
    Condition("CHD", -4.0, 0.75, 0.40, ("I251", "I259", "I252"), since=25),
    Condition("CKD", -4.1, 0.90, 0.35, ("N183", "N184", "N189"), since=18),
    Condition("COPD", -4.2, 0.55, 0.55, ("J449", "J440", "J441"), since=30, until=80),
    Condition("DEM", -7.6, 1.45, 0.45, ("F03X", "F019", "G309"), since=45, until=95, coded=0.85),
    Condition("DEP", -1.75, 0.02, 0.40, ("F329", "F321"), since=14, until=60, coded=0.45),
    Condition("DM", -2.6, 0.48, 0.35, ("E119", "E119", "E114", "E112", "E109"), since=4, until=80, coded=0.85),
    Condition("EP", -4.75, 0.02, 0.30, ("G409", "G403")),
    Condition("HF", -5.5, 0.90, 0.55, ("I500", "I501", "I509"), since=30, until=95, coded=0.85),
    Condition("HYP", -1.85, 0.65, 0.25, ("I10X",), since=18, until=80, coded=0.7),
    Condition("LD", -5.1, -0.05, 0.25, ("F819", "F700"), until=50),
    Condition("NDH", -2.6, 0.35, 0.15, ("R730",), since=18, until=75, coded=0.1),
    Condition("OB", -1.9, 0.08, 0.30, ("E669",), since=18, until=65, coded=0.35),
    Condition("OST", -5.6, 0.95, 0.20, ("M819", "M800"), since=50, coded=0.5),
    Condition("PAD", -5.5, 0.75, 0.35, ("I739", "I702"), since=35),
    Condition("PC", -6.6, 0.80, 0.75, ("Z515",), since=18, until=95, coded=0.5),
    Condition("RA", -4.9, 0.40, 0.20, ("M069", "M059"), since=18, until=80),
    Condition("MH", -4.6, 0.05, 0.45, ("F209", "F319"), since=16, until=60, coded=0.75),
    Condition("STIA", -4.4, 0.80, 0.40, ("I694", "I639", "G459"), since=25),
)
REGISTERS = tuple(item.register for item in CONDITIONS)
POSITION = {name: place for place, name in enumerate(REGISTERS)}


@dataclass(frozen=True)
class Health:
    """Liabilities and lasting need of every person, and the day of birth that age is counted from."""

    liability: Floats  # one row for each person, one column for each condition
    lasting: Floats
    born: Ints

    @classmethod
    def draw(cls, chance: Chance, people: People, fixed: Floats) -> Health:
        """Drawn once for life: need here is what a person brings with her, without what befalls her later."""
        columns = [chance.uniform(f"liability to {name}", people.body) for name in REGISTERS]
        return cls(np.column_stack(columns), fixed + 0.4, people.born)

    def conditions(self, person: Ints, day: Ints | int) -> Flags:
        """One row for each of `person`, one column for each condition: whether she has it on that day."""
        age, need = (day - self.born[person]) / YEAR, self.lasting[person]
        has = np.empty((len(person), len(CONDITIONS)), bool)
        for place, item in enumerate(CONDITIONS):
            odds = item.at_fifty + item.by_decade * (np.minimum(age, item.until) - 50) / 10 + item.by_need * need
            has[:, place] = (self.liability[person, place] < 1 / (1 + np.exp(-odds))) & (age >= item.since)
        return has


def registers(has: Flags) -> pa.Array:
    """Register codes joined by `;`, null where there are none."""
    mask = has @ (1 << np.arange(has.shape[1]))
    distinct, place = np.unique(mask, return_inverse=True)
    texts = [";".join(name for bit, name in enumerate(REGISTERS) if value >> bit & 1) or None for value in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(place))
