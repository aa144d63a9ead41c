"""Made-up places: small areas with their deprivation, postcodes, practices, localities, two councils.

The postcode areas ZX, ZY and ZW do not exist; their form is right. LSOA codes E0199nnnn were never issued.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Chance, Floats, Ints

PEOPLE_PER_LSOA = 1600
PEOPLE_PER_PRACTICE = 8000
POSTCODES_PER_LSOA = 40
COUNCILS = (("990", "Northmere Council"), ("991", "Southmere Council"))
LOCALITIES = ("Harbour", "Moorside", "Castle", "Riverbank", "Eastfields", "Westgate")
ICB = "QZ9"
IMD_EDITION = "IMD 2019 (LSOA 2011)"
INWARD = "ABDEFGHJLNPQRSTUWXYZ"  # letters an inward part may have
NO_PRACTICE, NOT_KNOWN_PRACTICE = "V81997", "V81999"
PSEUDO_POSTCODES = ("ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ")


@dataclass(frozen=True)
class Places:
    """`lsoa_*` has one element for each small area, `postcode_lsoa` one for each postcode of the area.

    Postcodes beyond `local_postcodes` lie elsewhere: visitors live there, movers come from there.
    """

    lsoas: int
    practices: int
    localities: int
    lsoa_council: Ints
    lsoa_decile: Ints
    lsoa_practice: Ints
    practice_locality: Ints
    postcodes: tuple[str, ...]
    local_postcodes: int

    @functools.cached_property
    def lsoa_codes(self) -> tuple[str, ...]:
        """E01 and six digits."""
        return tuple(f"E0199{number:04}" for number in range(1, self.lsoas + 1))

    @functools.cached_property
    def practice_codes(self) -> tuple[str, ...]:
        """Six characters."""
        return tuple(f"A99{number:03}" for number in range(1, self.practices + 1))

    def lsoa_of(self, postcode: Ints) -> Ints:
        """The small area of a postcode; -1 outside the area."""
        return np.where((postcode >= 0) & (postcode < self.local_postcodes), postcode // POSTCODES_PER_LSOA, -1)

    def deprivation(self, postcode: Ints) -> Floats:
        """0 in the least deprived tenth to 1 in the most; .5 outside the area."""
        lsoa = self.lsoa_of(postcode)
        return np.where(lsoa >= 0, (10 - self.lsoa_decile[np.maximum(lsoa, 0)]) / 9.0, 0.5)

    def spell(self, postcode: Ints) -> pa.Array:
        """Postcodes as text; null for -1."""
        return pa.array(self.postcodes).take(pa.array(postcode, mask=postcode < 0))

    def spell_lsoa(self, lsoa: Ints) -> pa.Array:
        """LSOA codes as text; null for -1."""
        return pa.array(self.lsoa_codes).take(pa.array(lsoa, mask=lsoa < 0))

    def spell_practice(self, practice: Ints) -> pa.Array:
        """Practice codes as text; the national code for none where -1."""
        return pa.array((*self.practice_codes, NO_PRACTICE)).take(pa.array(np.where(practice < 0, self.practices, practice)))


def make_places(chance: Chance, people: int) -> Places:
    """Places for so many people: deprived areas lie together, and practices draw from neighbouring areas."""
    lsoas = max(8, round(people / PEOPLE_PER_LSOA))
    practices = max(3, round(people / PEOPLE_PER_PRACTICE))
    localities = min(len(LOCALITIES), max(3, practices // 3))
    place = np.arange(lsoas)
    rough = np.cos(2 * np.pi * place / lsoas) + 0.8 * chance.normal("deprivation of an area", place)
    rank = np.argsort(np.argsort(rough, kind="stable"), kind="stable")
    local = lsoas * POSTCODES_PER_LSOA
    return Places(
        lsoas=lsoas,
        practices=practices,
        localities=localities,
        lsoa_council=(place >= lsoas * 0.55).astype(np.int64),
        lsoa_decile=1 + rank * 10 // lsoas,
        lsoa_practice=place * practices // lsoas,
        practice_locality=np.arange(practices) * localities // practices,
        postcodes=tuple(_postcode(number, local, lsoas) for number in range(local + 400)),
        local_postcodes=local,
    )


def _postcode(number: int, local: int, lsoas: int) -> str:
    """One area of letters for each council, one sector for each small area; ZW for everywhere else."""
    if number >= local:
        area, sector, unit = "ZW", (number - local) // 40, (number - local) % 40
    else:
        lsoa = number // POSTCODES_PER_LSOA
        area, sector, unit = ("ZX" if lsoa < lsoas * 0.55 else "ZY"), lsoa, number % POSTCODES_PER_LSOA
    district = 1 + (sector // 9) % 99
    # The sector's digit, and letters spread over the alphabet so that neighbours differ in more than the last letter.
    letters = unit * 7 + 13 * (sector % 29) + 400 * (sector // 891 % 2)
    return f"{area}{district} {1 + sector % 9}{INWARD[letters // 20 % 20]}{INWARD[letters % 20]}"
