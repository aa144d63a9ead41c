"""A made-up population: households at postcodes, who lives in them, what they are called, and who moved or married since."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.uk_names import Names
from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.name_lists import TRADITIONS

# (share of households, partners, children, others sharing). Rounded from England and Wales, 2021: one person 30 %, mean 2.3.
HOUSEHOLDS = (
    (0.300, 1, 0, 0), (0.290, 2, 0, 0), (0.090, 2, 1, 0), (0.110, 2, 2, 0), (0.040, 2, 3, 0), (0.012, 2, 4, 0),
    (0.045, 1, 1, 0), (0.033, 1, 2, 0), (0.013, 1, 3, 0), (0.037, 1, 0, 1), (0.020, 1, 0, 2), (0.010, 1, 0, 3),
)  # fmt: skip
HOUSEHOLDS_PER_POSTCODE = 6.6
OUTCODE_UNEVENNESS = 6.0  # shape of a gamma: outcodes differ in size by about 40 %
TODAY = int(np.datetime64("2026-01-01").astype(int))
YEAR = 365.25
ADULT, OLDEST = 18.0, 98.0
OLDEST_PARENT_OF_FIRST_CHILD = 42.0
BETWEEN_SIBLINGS = 2.2
GROWN_CHILDREN = 0.2  # share of households with children whose children are grown up
OTHER_FAMILY_NAME_OF_PARTNER, OTHER_FAMILY_NAME_OF_CHILD = 0.22, 0.08
TWINS, NAMED_AFTER_PARENT = 0.02, 0.03
PARTNER_OF_OTHER_SEX = 0.97
MOVED_HOUSEHOLDS, MOVED_ALONE, MOVED_NEARBY = 0.06, 0.03, 0.6
# Women who married between the two files, and carry the name they had in the first.
MARRIED, MARRYING_AGES = 0.05, (20, 50)


@dataclass(frozen=True)
class People:
    """One element a person in every array: codes of names and postcode, day of birth since 1970, whether a woman."""

    household: Ints
    given: Ints
    family: Ints
    born: Ints
    woman: Flags
    postcode: Ints


@dataclass(frozen=True)
class Places:
    """The outcode of every postcode, and its number within the outcode; postcodes of an outcode stand together."""

    outcode: Ints
    number: Ints

    @property
    def count(self) -> int:
        """How many postcodes there are."""
        return len(self.outcode)


@dataclass(frozen=True)
class Roles:
    """Who is what in a household: `place` counts its people from 0, `head` is the row of the first of them."""

    household: Ints
    place: Ints
    partners: Ints  # by household
    children: Ints  # by household

    @property
    def head(self) -> Ints:
        """Row of the first person of the household."""
        return np.arange(len(self.place)) - self.place

    @property
    def partner(self) -> Flags:
        """Whether one of the couple, or the one who lives alone."""
        return self.place < self.partners[self.household]

    @property
    def birth_order(self) -> Ints:
        """0 for the eldest child; for adults negative or beyond the children."""
        return self.place - self.partners[self.household]

    @property
    def child(self) -> Flags:
        """Whether a child of the couple, of whatever age."""
        return (self.birth_order >= 0) & (self.birth_order < self.children[self.household])


def make_places(rng: np.random.Generator, people: int, outcode_people: float) -> Places:
    """Postcodes for a population, spread unevenly over outcodes of `outcode_people` people on average."""
    mean_household = sum(share * (partners + children + others) for share, partners, children, others in HOUSEHOLDS)
    postcodes = max(1, round(people / mean_household / HOUSEHOLDS_PER_POSTCODE))
    sizes = rng.gamma(OUTCODE_UNEVENNESS, size=max(1, round(people / outcode_people)))
    outcode = np.sort(np.searchsorted(np.cumsum(sizes / sizes.sum())[:-1], rng.random(postcodes))).astype(np.int32)
    return Places(outcode, np.arange(postcodes, dtype=np.int32) - np.searchsorted(outcode, outcode).astype(np.int32))


def make_people(rng: np.random.Generator, names: Names, places: Places, count: int) -> People:
    """That many people, household after household: first who lives together, then what they are called and where."""
    roles = _roles(rng, count)
    woman = _sexes(rng, roles)
    born = _births(rng, roles)
    households = len(roles.partners)
    tradition = rng.choice(len(TRADITIONS), size=households, p=_shares_of_traditions())[roles.household]
    given = names.given(rng, tradition, woman, 1970 + born / YEAR)
    namesake = roles.child & (woman == woman[roles.head]) & (rng.random(count) < NAMED_AFTER_PARENT)
    given[namesake] = given[roles.head[namesake]]
    own = names.family(rng, tradition)
    own_share = np.where(roles.child, OTHER_FAMILY_NAME_OF_CHILD, np.where(roles.partner, OTHER_FAMILY_NAME_OF_PARTNER, 1.0))
    family = np.where(rng.random(count) < own_share, own, own[roles.head])
    postcode = rng.integers(0, places.count, households, dtype=np.int32)[roles.household]
    return People(roles.household, given, family, born, woman, postcode)


def _roles(rng: np.random.Generator, count: int) -> Roles:
    shares, partners, children, others = (np.array(column) for column in zip(*HOUSEHOLDS, strict=True))
    sizes = partners + children + others
    # A few more households than needed on average; the last one may be cut short.
    kind = rng.choice(len(shares), size=round(count / (shares @ sizes) * 1.02) + 20, p=shares / shares.sum())
    ends = np.cumsum(sizes[kind])
    needed = int(np.searchsorted(ends, count)) + 1
    kind, ends = kind[:needed], ends[:needed]
    household = np.repeat(np.arange(needed, dtype=np.int32), sizes[kind])[:count]
    return Roles(household, np.arange(count) - (ends - sizes[kind])[household], partners[kind], children[kind])


def _shares_of_traditions() -> Floats:
    total = sum(tradition.share for tradition in TRADITIONS)
    return np.array([tradition.share / total for tradition in TRADITIONS])


def _sexes(rng: np.random.Generator, roles: Roles) -> Flags:
    count = len(roles.place)
    woman = rng.random(count) < 0.5
    second = roles.partner & (roles.place == 1) & (rng.random(count) < PARTNER_OF_OTHER_SEX)
    return np.where(second, ~woman[roles.head], woman)


def _births(rng: np.random.Generator, roles: Roles) -> Ints:
    """Days since 1970; of twins the same."""
    born = (TODAY - np.ceil(_ages(rng, roles) * YEAR)).astype(np.int32)
    twin = np.flatnonzero(roles.child & (roles.birth_order > 0) & (rng.random(len(born)) < TWINS))
    born[twin] = born[twin - 1]
    return born


def _ages(rng: np.random.Generator, roles: Roles) -> Floats:
    """Ages in years. Adults without children 18 to 98; parents were 18 to 42 when their first child was born."""
    households, household = len(roles.children), roles.household
    alone = ADULT + (OLDEST - ADULT) * rng.beta(1.6, 1.3, households)
    grown_up = rng.random(households) < GROWN_CHILDREN
    youngest = np.where(grown_up, rng.uniform(18, 35, households), rng.uniform(0, 16, households))
    eldest = youngest + BETWEEN_SIBLINGS * (roles.children - 1)
    parent = eldest + ADULT + (OLDEST_PARENT_OF_FIRST_CHILD - ADULT) * rng.beta(2, 2, households)
    middle = np.where(roles.children > 0, parent, alone)[household]
    spread = np.where(roles.children > 0, 1.5, 4.0)[household]
    adult = np.clip(middle + spread * rng.standard_normal(len(household)), ADULT, OLDEST + 6)
    child = eldest[household] - BETWEEN_SIBLINGS * roles.birth_order + rng.uniform(0, 1, len(household))
    return np.where(roles.child, child, adult)


def years_later(rng: np.random.Generator, names: Names, places: Places, people: People) -> People:
    """The same people at the time of the second file: some moved, some women took another family name."""
    moved_together = (rng.random(people.household[-1] + 1) < MOVED_HOUSEHOLDS)[people.household]
    postcode = _moved(rng, places, people.postcode, np.flatnonzero(moved_together), people.household)
    alone = np.flatnonzero(rng.random(len(postcode)) < MOVED_ALONE)
    postcode = _moved(rng, places, postcode, alone, np.arange(len(postcode)))
    age = (TODAY - people.born) / YEAR
    bride = people.woman & (age > MARRYING_AGES[0]) & (age < MARRYING_AGES[1]) & (rng.random(len(age)) < MARRIED)
    family = people.family.copy()
    family[bride] = names.family(rng, np.zeros(int(bride.sum()), int))
    return replace(people, family=family, postcode=postcode)


def _moved(rng: np.random.Generator, places: Places, postcode: Ints, rows: Ints, together: Ints) -> Ints:
    """Postcodes after the people of `rows` moved, mostly within their outcode; equal `together` means moved together."""
    groups = int(together[-1]) + 1
    anywhere = rng.integers(0, places.count, groups, dtype=np.int32)[together[rows]]
    nearby = (rng.random(groups) < MOVED_NEARBY)[together[rows]]
    outcode = places.outcode[postcode[rows]]
    first, last = np.searchsorted(places.outcode, outcode), np.searchsorted(places.outcode, outcode, "right")
    moved = postcode.copy()
    moved[rows] = np.where(nearby, first + anywhere % (last - first), anywhere)
    return moved
