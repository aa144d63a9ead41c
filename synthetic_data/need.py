"""Latent need: what nobody records. It grows with age, differs between people, drifts, and worsens of a sudden.

Need never depends on how well a person is identified. It is held on a log scale: one unit more multiplies the rate of
emergency admission by e. It is made of age, frailty (gamma), deprivation, a slow walk, and onsets of deterioration that fade
in part and stay in part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Chance, Floats, Ints
from synthetic_data.days import YEAR
from synthetic_data.people import People
from synthetic_data.places import Places

# Age against log need; the young adult is the zero. Shape after hospital statistics: infants, then rising from fifty.
AGE_POINTS = (0.0, 1.0, 3.0, 10.0, 18.0, 30.0, 45.0, 55.0, 65.0, 75.0, 85.0, 95.0, 105.0)
AGE_LOG_NEED = (1.15, 0.45, -0.1, -0.45, 0.0, 0.0, 0.13, 0.36, 0.68, 1.17, 1.75, 2.1, 2.25)
FRAILTY_SHAPE = 0.75
FRAILTY_WEIGHT = 0.85
DEPRIVATION_WEIGHT = 0.55
WALK_SPREAD, WALK_MEMORY = 0.28, 0.975  # of the slow walk, month to month
ONSET_RATE = 0.0045  # deteriorations a month at need 0
ONSET_LIFT, ONSET_SPREAD = 0.7, 0.8
FADES_TO, STAYS = 0.86, 0.15  # of a deterioration: left after a month; part that never fades
LOWEST, HIGHEST = -4.0, 4.6


@dataclass
class NeedState:
    """Need of every person in the month at hand. `lasting` and `passing` are what deteriorations left."""

    fixed: Floats
    walk: Floats
    lasting: Floats
    passing: Floats

    @classmethod
    def at_start(cls, chance: Chance, people: People, places: Places) -> NeedState:
        """Before the first month."""
        frailty = np.log(np.maximum(chance.gamma("frailty", FRAILTY_SHAPE, people.body), 1e-3))
        fixed = FRAILTY_WEIGHT * frailty + DEPRIVATION_WEIGHT * (places.deprivation(people.home) - 0.5)
        walk = WALK_SPREAD * chance.normal("walk at start", people.body)
        nothing = np.zeros(len(people))
        return cls(np.clip(fixed, -3.0, 2.0), walk, nothing.copy(), nothing.copy())

    def step(self, chance: Chance, rows: Ints, age: Floats, month: int) -> Floats:
        """Move the people at `rows` on by a month; their log need in it."""
        push = np.sqrt(1 - WALK_MEMORY**2) * WALK_SPREAD
        self.walk[rows] = WALK_MEMORY * self.walk[rows] + push * chance.normal("walk", rows, month)
        need = self.log_need(rows, age)
        onset = rows[chance.happens("onset", np.minimum(0.06, ONSET_RATE * np.exp(0.55 * need)), rows, month)]
        size = ONSET_LIFT - ONSET_SPREAD * np.log(chance.uniform("size of onset", onset, month))
        self.passing[rows] *= FADES_TO
        self.passing[onset] += size * (1 - STAYS)
        self.lasting[onset] += size * STAYS
        return self.log_need(rows, age)

    def log_need(self, rows: Ints, age: Floats) -> Floats:
        """Log need of the people at `rows`."""
        whole = self.fixed[rows] + self.walk[rows] + self.lasting[rows] + self.passing[rows] + age_part(age)
        clipped: Floats = np.clip(whole, LOWEST, HIGHEST)
        return clipped


def age_part(age: Floats) -> Floats:
    """What age adds to log need."""
    return np.interp(age, AGE_POINTS, AGE_LOG_NEED)


def ages(people: People, rows: Ints, day: int) -> Floats:
    """Age in years on a day."""
    age: Floats = (day - people.born[rows]) / YEAR
    return age
