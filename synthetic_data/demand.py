"""How need becomes use: the yearly rate of each service, by need, age and each person's own habit of using it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Chance, Floats, Ints, poisson_quantile
from synthetic_data.need import age_part
from synthetic_data.people import People


@dataclass(frozen=True)
class Demand:
    """One service: `level` sets the mean; `slope` is how much log need counts; `own` the gamma shape of habit (none where 0).

    `by_age` are extra log multipliers beside what age does through need, at `AGES`. `season` is the winter excess.
    """

    name: str
    level: float
    slope: float
    own: float
    by_age: tuple[float, ...] = ()
    season: float = 0.0
    most: float = 3.0  # events a month, at most, on average


AGES = (0.0, 2.0, 5.0, 12.0, 18.0, 30.0, 50.0, 65.0, 80.0, 95.0)

# Levels were set by measuring: events per person and year at 20,000 people come out near the figures on the right. Slope and
# habit of emergencies, and AFTER_ADMISSION, are set so that admissions of the last year alone tell next year's (AUROC) about
# .70, and a logistic model of some forty features about .80.
DEMANDS = (
    Demand("emergency", 0.046, 1.0, 0.17, season=0.12, most=1.0),                                         # .11
    Demand("planned", 0.135, 0.41, 0.7, (-1.2, -1.0, -0.9, -0.7, -0.3, 0.0, 0.3, 0.45, 0.1, -0.6)),       # .15
    Demand("accident", 0.275, 0.39, 0.9, (0.7, 0.75, 0.3, 0.15, 0.3, 0.15, -0.15, -0.4, -0.2, 0.0), 0.03),  # .30
    Demand("outpatient", 1.22, 0.39, 0.8, (-0.3, -0.4, -0.4, -0.4, -0.2, 0.1, 0.25, 0.35, 0.1, -0.4)),    # 1.4
    Demand("gp", 5.33, 0.28, 1.8, (0.5, 0.2, -0.2, -0.4, -0.1, 0.05, 0.05, 0.1, 0.1, 0.1), 0.05),          # 5.6
    Demand("community", 0.66, 0.87, 0.45, (1.6, 0.6, -0.8, -1.2, -1.4, -1.2, -0.6, 0.1, 0.7, 0.9), most=12.0),  # 1.1
    Demand("asked", 0.0214, 0.74, 0.8, (-20.0, -20.0, -20.0, -20.0, -0.4, -0.3, 0.0, 0.3, 0.6, 0.7)),       # .03
)  # fmt: skip
# Mental health is for the few: a person is known to services or not, by a liability of her own with a little of need in it.
MENTAL_HEALTH_CONTACTS, MENTAL_HEALTH_ADMISSIONS = 12.5, 0.12
AFTER_ADMISSION = 0.6  # log multiplier of emergencies for each admission of the last weeks
DEATH_LEVEL, DEATH_SLOPE = 0.000_62, 0.093


@dataclass(frozen=True)
class Habits:
    """How much each person uses each service beside what need asks: gamma numbers of mean 1, one array for each demand."""

    own: dict[str, Floats]
    troubled: Floats

    @classmethod
    def draw(cls, chance: Chance, people: People) -> Habits:
        """Drawn once for life."""
        own = {item.name: chance.gamma(f"habit of {item.name}", item.own, people.body) for item in DEMANDS}
        return cls(own, chance.normal("liability to mental illness", people.body))


def counts(chance: Chance, demand: Demand, rate: Floats, rows: Ints, month: int) -> Ints:
    """How many events of the service each person has in the month."""
    return poisson_quantile(chance.uniform(demand.name, rows, month), np.minimum(rate / 12.0, demand.most))


def yearly_rate(demand: Demand, need: Floats, age: Floats, own: Floats, month: int) -> Floats:
    """Expected events a year at this need."""
    extra = np.interp(age, AGES, demand.by_age) if demand.by_age else 0.0
    season = 1.0 + demand.season * np.cos(2 * np.pi * (month % 12) / 12)
    rate: Floats = demand.level * own * season * np.exp(demand.slope * need + extra)
    return rate


def in_contact(habits: Habits, need: Floats, age: Floats, rows: Ints) -> Floats:
    """Whether mental health services know the person this month."""
    by_age = np.interp(age, (0, 8, 16, 25, 45, 65, 80, 95), (-3.0, -0.6, 0.15, 0.2, 0.1, -0.25, 0.15, 0.1))
    liability = habits.troubled[rows] + 0.32 * (need - age_part(age)) + by_age
    known: Floats = liability > 1.88
    return known


def monthly_death_hazard(need: Floats, age: Floats, recent: Floats) -> Floats:
    """Gompertz in age, times what need beyond age adds, times recent admissions."""
    beyond = need - age_part(age)
    yearly = DEATH_LEVEL * np.exp(DEATH_SLOPE * (np.maximum(age, 15.0) - 35.0) + 0.55 * beyond) * (1.0 + 1.6 * recent)
    hazard: Floats = np.minimum(0.25, (yearly + np.where(age < 1, 0.003, 0.0)) / 12.0)
    return hazard
