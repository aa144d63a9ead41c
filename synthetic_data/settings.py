"""What a caller chooses: how many people, which seed, which day, how many years, which night."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from schemas.errors import ConfigurationError
from synthetic_data.days import day, month_of, month_start

MINIMUM_PEOPLE = 200
LAST_NIGHT = 365


@dataclass(frozen=True)
class AreaSettings:
    """One fictional care area. `night` 0 is the base area as at `as_at`; night N what the Nth night after brings.

    `people`: how many are registered and alive at `as_at`, to within a few in a hundred. Raises `ConfigurationError` where a
    number is out of range.
    """

    people: int
    seed: int
    as_at: dt.date
    years: int = 5
    night: int = 0

    def __post_init__(self) -> None:
        """Refuse sizes the area cannot be made in."""
        if self.people < MINIMUM_PEOPLE:
            raise ConfigurationError("E-SYNTH-PEOPLE", f"an area needs at least {MINIMUM_PEOPLE} people.", cure="raise --people")
        if not 2 <= self.years <= 10:
            raise ConfigurationError("E-SYNTH-YEARS", "years must lie between 2 and 10.", cure="change --years")
        if not 0 <= self.night <= LAST_NIGHT:
            raise ConfigurationError("E-SYNTH-NIGHT", f"night must lie between 0 and {LAST_NIGHT}.", cure="change --night")

    @functools.cached_property
    def today(self) -> int:
        """Day number of `as_at`: the base area's last day."""
        return day(self.as_at)

    @functools.cached_property
    def now(self) -> int:
        """Day number up to which things are known: `as_at`, moved on by the nights."""
        return self.today + self.night

    @functools.cached_property
    def first_month(self) -> int:
        """The month in which activity begins."""
        return month_of(self.as_at) - 12 * self.years

    @functools.cached_property
    def start(self) -> int:
        """The day on which activity begins."""
        return month_start(self.first_month)

    @functools.cached_property
    def horizon(self) -> int:
        """The day up to which moves and births are laid down, whatever the night."""
        return self.today + LAST_NIGHT + 35
