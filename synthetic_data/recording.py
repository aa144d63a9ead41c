"""What a source holds of its people: one record for each key, with that source's errors, and the traps in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data import names
from synthetic_data.chance import Chance, Ints
from synthetic_data.habits import Habits
from synthetic_data.people import People
from synthetic_data.places import Places
from synthetic_data.scribe import COPIES, Scribe
from synthetic_data.traps import Trap, marked
from synthetic_data.written_details import WrittenHomes, write_births, write_homes
from synthetic_data.written_names import WrittenNames, write_names
from synthetic_data.written_numbers import WrittenNumbers, write_numbers

HASTE = 0.8  # spread (log) of how carelessly single records are written
ID_MODULUS = 99_999_989  # prime, so that multiplying by anything spreads record keys over eight digits without collision


@dataclass(frozen=True)
class Known:
    """One element for each record of a source. `key` is person * COPIES + unit (provider and copy).

    A row of a day before the person moved or was renamed shows the earlier value: `home_at`, `family_at`.
    """

    source: str
    person: Ints
    key: Ints
    numbers: WrittenNumbers
    names: WrittenNames
    born: Ints
    gender: pa.Array
    homes: WrittenHomes
    traps: Ints

    def __len__(self) -> int:
        return len(self.person)

    def home_at(self, record: Ints, day: int | Ints) -> pa.Array:
        """The postcode written on a row of that record and day."""
        both = pa.concat_arrays([self.homes.text, self.homes.before_text])
        return both.take(pa.array(record + len(self) * (self.homes.moved[record] > day)))

    def lsoa_at(self, places: Places, record: Ints, day: int | Ints) -> pa.Array:
        """The LSOA that the source derives from the postcode of that record and day."""
        home = np.where(self.homes.moved[record] > day, self.homes.home_before[record], self.homes.home[record])
        return places.spell_lsoa(places.lsoa_of(home))

    def family_at(self, record: Ints, day: int | Ints) -> pa.Array:
        """The family name written on a row of that record and day."""
        both = pa.concat_arrays([self.names.family_text, self.names.family_before_text])
        return both.take(pa.array(record + len(self) * (self.names.renamed[record] > day)))


def write_down(chance: Chance, people: People, places: Places, habits: Habits, key: Ints, *, now: int) -> Known:
    """The records with those keys as the source holds them at `now`."""
    who = key // COPIES
    haste = np.exp(HASTE * chance.normal(f"{habits.source}: haste", key) - HASTE**2 / 2)
    errors = names.traits("errors")[people.tradition[who]] * haste
    scribe = Scribe(chance, people, habits, key, who, errors, haste, now)
    numbers, written, homes = write_numbers(scribe), write_names(scribe), write_homes(scribe, places)
    born, date_traps = write_births(scribe)
    wrong = scribe.happens("gender", habits.gender)
    gender = np.where(people.male[who] ^ wrong, "1", "2")
    gender = np.where(scribe.happens("gender not known", habits.gender), "9", gender)
    traps = numbers.traps | written.traps | homes.traps | date_traps | _of_person(people, who)
    traps |= marked(Trap.WRONG_GENDER, wrong) | marked(Trap.DUPLICATE, key % 2 == 1)
    return Known(habits.source, who, key, numbers, written, born, pa.array(gender), homes, traps)


def _of_person(people: People, who: Ints) -> Ints:
    """Traps that lie in the person, whatever is written."""
    father = np.zeros(len(people), bool)
    father[people.namesake[people.namesake >= 0]] = True
    changed = people.former >= 0
    changed[people.former[changed]] = True
    first = people.number[who] // 10**8
    return (
        marked(Trap.TWIN, people.twin[who] >= 0)
        | marked(Trap.PARENT_CHILD_SAME_NAME, (people.namesake[who] >= 0) | father[who])
        | marked(Trap.PROTECTED, people.protected[who])
        | marked(Trap.CHANGED_IDENTITY, changed[who])
        | marked(Trap.VISITOR, people.visitor[who])
        | marked(Trap.SCOTTISH, (first > 0) & (first < 32))
        | marked(Trap.SINGLE_NAME, people.given[who] == names.NO_NAME)
    )


def records_of(key: Ints) -> tuple[Ints, Ints]:
    """Distinct record keys in order, and for each row the place of its key among them."""
    seen = np.zeros(int(key.max(initial=-1)) + 1, bool)
    seen[key] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[key]


def local_ids(chance: Chance, system: str, key: Ints, letter: str) -> pa.Array:
    """A letter and eight digits, different for every record of a system, and the same on every night."""
    factor, shift = (int(chance.whole(f"{what} of {system}", 10**6, ID_MODULUS - 2, 0)[0]) for what in ("factor", "shift"))
    digits = pa.array((key % ID_MODULUS * factor + shift) % ID_MODULUS).cast(pa.string())
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(digits, width=8, padding="0"), "")
