"""How a clerk writes people down: nicknames, slips in names, dates and postcodes, and fields left empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.uk_names import Names
from synthetic_data.chance import Flags, Ints

# Neighbours on a British keyboard.
KEYS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
# Areas that the post does not use: of Z only ZE is real (and ZZ means no place), of Y only YO.
AREAS = tuple(first + second for first in "ZY" for second in "ABCDFGHKLMNPQRSTUVWXY")
DISTRICTS_PER_AREA = 19
SECTORS = 10
# Letters of the inward part of a postcode: never C I K M O V.
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
UNITS = len(UNIT_LETTERS) ** 2
LAST_DAY = 28  # of a day written wrongly, so that it is a date in every month


@dataclass(frozen=True)
class Habits:
    """Shares of records: with a slip or nothing in a field, with a nickname, with names swapped, with the wrong sex."""

    name_slip: float
    nickname: float
    names_swapped: float
    date_slip: float
    day_month_swapped: float
    wrong_gender: float
    postcode_slip: float
    empty: dict[str, float]


CAREFUL = Habits(
    0.010, 0.01, 0.001, 0.006, 0.002, 0.001, 0.004,
    {"given_name": 0.008, "family_name": 0.005, "date_of_birth": 0.005, "gender": 0.010, "postcode": 0.012},
)  # fmt: skip
HURRIED = Habits(
    0.025, 0.08, 0.004, 0.020, 0.006, 0.004, 0.015,
    {"given_name": 0.020, "family_name": 0.008, "date_of_birth": 0.020, "gender": 0.030, "postcode": 0.050},
)  # fmt: skip


@dataclass(frozen=True)
class Details:
    """What there is to write down, one element a record: codes of names, days since 1970, place and number of the postcode."""

    given: Ints
    family: Ints
    born: Ints
    woman: Flags
    outcode: Ints
    number: Ints


def written(rng: np.random.Generator, names: Names, habits: Habits, details: Details) -> dict[str, pa.Array]:
    """The columns of a file: `given_name`, `family_name`, `date_of_birth`, `gender` (1 or 2) and `postcode`."""
    people = len(details.given)
    short = names.nicknames[details.given]
    given = np.where((short >= 0) & (rng.random(people) < habits.nickname), short, details.given)
    swapped = rng.random(people) < habits.names_swapped
    given, family = np.where(swapped, details.family, given), np.where(swapped, given, details.family)
    woman = details.woman ^ (rng.random(people) < habits.wrong_gender)
    columns = {
        "given_name": slipped_names(rng, names.texts, given, habits.name_slip),
        "family_name": slipped_names(rng, names.texts, family, habits.name_slip),
        "date_of_birth": pa.array(slipped_dates(rng, details.born, habits)),
        "gender": pa.array(["1", "2"]).take(pa.array(woman.astype(np.int32))),
        "postcode": postcodes(rng, details.outcode, details.number, habits.postcode_slip),
    }
    return {name: _with_gaps(rng, column, habits.empty[name]) for name, column in columns.items()}


def slipped_names(rng: np.random.Generator, texts: list[str], codes: Ints, share: float) -> pa.Array:
    """The names of `codes`, that share of them with one slip: a letter changed, lost, doubled or swapped with the next."""
    rows = np.flatnonzero(rng.random(len(codes)) < share)
    picks = rng.random((len(rows), 3)).tolist()
    slips = [_slip(texts[code], *pick) for code, pick in zip(codes[rows].tolist(), picks, strict=True)]
    codes = codes.astype(np.int32)
    codes[rows] = len(texts) + np.arange(len(rows))
    return pa.array(texts + slips).take(pa.array(codes))


def _slip(name: str, kind: float, where: float, which: float) -> str:
    """One slip in a name; the three numbers, 0 to 1, choose it. The first letter is the least likely to go wrong."""
    place = min(int(len(name) * where**0.6), len(name) - 1)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    if kind < 0.4:
        return before + _neighbour(letter, which) + after
    if kind < 0.6 and len(name) > 2:
        return before + after
    if kind < 0.75 or not after:
        return before + letter + letter + after
    return before + after[0] + letter + after[1:]


def _neighbour(letter: str, which: float) -> str:
    """A letter beside this one on its row of keys, or now and then any letter."""
    row = next(row for row in KEYS if letter in row)
    beside = [row[place] for place in (row.index(letter) - 1, row.index(letter) + 1) if 0 <= place < len(row)]
    others = [*beside, *beside, "AEIOULRSNT"[int(which * 997) % 10]]
    return others[int(which * len(others))]


def slipped_dates(rng: np.random.Generator, born: Ints, habits: Habits) -> Any:
    """Dates (numpy days), some with day and month exchanged, some with one or more wrong digits in one part."""
    dates = born.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months).astype(int) + 1
    year, month = np.divmod(months.astype(int), 12)
    chance = rng.random(len(born))
    swapped = (chance < habits.day_month_swapped) & (day <= 12)
    month, day = np.where(swapped, day - 1, month), np.where(swapped, month + 1, day)
    wrong = np.flatnonzero(chance > 1 - habits.date_slip)
    kind, other = rng.integers(0, 4, len(wrong)), rng.integers(1, 10, len(wrong))
    # The last digit of the year, its decade, the month, or the day.
    year[wrong] -= np.where(kind == 0, other % 3 + 1, np.where(kind == 1, 10, 0))
    month[wrong] = np.where(kind == 2, (month[wrong] + other) % 12, month[wrong])
    day[wrong] = np.where(kind == 3, (day[wrong] + other) % LAST_DAY + 1, np.minimum(day[wrong], LAST_DAY))
    return (year * 12 + month).astype("datetime64[M]").astype("datetime64[D]") + (day - 1)


def postcodes(rng: np.random.Generator, outcode: Ints, number: Ints, share: float) -> Any:
    """Postcodes from the numbers of outcodes and of postcodes within them, that share with another sector or unit."""
    sector, unit = number % SECTORS, number // SECTORS % UNITS
    kind = np.where(rng.random(len(number)) < share, rng.integers(0, 3, len(number)), -1)
    other = rng.integers(1, len(UNIT_LETTERS), len(number))
    sector = np.where(kind == 0, (sector + other) % SECTORS, sector)
    unit = np.where(kind == 1, unit // len(UNIT_LETTERS) * len(UNIT_LETTERS) + other, unit)
    unit = np.where(kind == 2, (unit + other * len(UNIT_LETTERS)) % UNITS, unit)
    areas = [f"{area}{district + 1}" for area in AREAS for district in range(DISTRICTS_PER_AREA)]
    inward = [f"{place}{a}{b}" for place in range(SECTORS) for a in UNIT_LETTERS for b in UNIT_LETTERS]
    outward_texts = pa.array(areas).take(pa.array(outcode % len(areas)))
    inward_texts = pa.array(inward).take(pa.array(sector * UNITS + unit))
    return pc.binary_join_element_wise(outward_texts, inward_texts, " ")


def _with_gaps(rng: np.random.Generator, values: Any, share: float) -> Any:
    return pc.if_else(pa.array(rng.random(len(values)) < share), pa.scalar(None, values.type), values)
