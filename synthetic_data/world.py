"""The fictional area before anybody writes it down: places, people, what befell them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Chance, Flags, Floats, Ints
from synthetic_data.conditions import Health
from synthetic_data.course import Course, run_course
from synthetic_data.days import YEAR
from synthetic_data.people import People, make_people
from synthetic_data.places import Places, make_places
from synthetic_data.settings import AreaSettings


@dataclass(frozen=True)
class World:
    """Everything true of the area up to the settings' last known day."""

    settings: AreaSettings
    chance: Chance
    places: Places
    people: People
    course: Course
    health: Health

    def age(self, person: Ints, day: Ints | int) -> Floats:
        """Age in years on a day."""
        years: Floats = np.maximum((day - self.people.born[person]) / YEAR, 0.0)
        return years

    def council(self, person: Ints) -> Ints:
        """The council (0 or 1) of each person's home; visitors count to the first."""
        lsoa = self.places.lsoa_of(self.people.home[person])
        return np.where(lsoa >= 0, self.places.lsoa_council[np.maximum(lsoa, 0)], 0)

    def registered(self, day: int) -> Flags:
        """Who is registered and alive on a day."""
        here = (self.people.entered <= day) & (self.people.left > day) & (self.course.died > day)
        residents: Flags = here & ~self.people.visitor
        return residents


def make_world(settings: AreaSettings) -> World:
    """The area those settings describe: the same run after run, and the same people on every night."""
    chance = Chance(settings.seed)
    places = make_places(chance, settings.people)
    people = make_people(chance, places, settings)
    course = run_course(chance, people, places, settings)
    return World(settings, chance, places, people, course, Health.draw(chance, people, course.fixed))
