"""Dates of birth and addresses as sources write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data.chance import Ints
from synthetic_data.days import NEVER, joined, parts
from synthetic_data.places import PSEUDO_POSTCODES, Places
from synthetic_data.scribe import MISTYPED, Scribe
from synthetic_data.traps import Trap, marked

NINETEEN_HUNDRED = -25_567  # 1900-01-01
NO_HOME = -1


def write_births(scribe: Scribe) -> tuple[Ints, Ints]:
    """Date of birth (day number, NEVER where empty) and the traps in it."""
    right = scribe.people.born[scribe.who]
    year, month, day = parts(right)
    share = np.minimum(0.15, scribe.habits.date * scribe.errors)
    wrong, kind, size = scribe.happens("date", share), scribe.uniform("kind of date"), scribe.uniform("size of date")
    swappable = (day <= 12) & (day != month)
    swap = wrong & (kind < 0.60) & swappable
    first = wrong & ~swap & (kind < 0.30)
    filler = wrong & ~swap & (kind >= 0.30) & (kind < 0.40)
    digit = wrong & ~swap & ~first & ~filler
    by = np.where(size < 0.35, 1, np.where(size < 0.6, -1, 10))
    slipped = np.where(size < 0.6, np.clip(day + by, 1, 28), day)
    slipped = np.where(slipped == day, day - 2, slipped)
    late_year = year + np.where(size < 0.6, 0, np.where(size < 0.8, 1, np.where(year < 1930, 10, -10)))
    born = np.where(swap, joined(year, day, month), right)
    born = np.where(first, joined(year, np.ones_like(year), np.ones_like(year)), born)
    born = np.where(digit, joined(late_year, month, np.where(size < 0.6, slipped, np.minimum(day, 28))), born)
    born = np.where(filler, NINETEEN_HUNDRED, born)
    none = scribe.happens("no date", scribe.habits.no_date * scribe.errors)
    traps = (
        marked(Trap.DAY_MONTH_SWAPPED, swap & ~none) | marked(Trap.WRONG_DATE, digit & ~none & (born != right))
        | marked(Trap.PLACEHOLDER_DATE, (first | filler) & ~none & (born != right)) | marked(Trap.NO_DATE, none)
    )  # fmt: skip
    return np.where(none, NEVER, born), traps


@dataclass(frozen=True)
class WrittenHomes:
    """`home` and `home_before` are numbers of `Places`, MISTYPED or NO_HOME where none can be read.

    `moved` is the day the source learns of a move.
    """

    home: Ints
    home_before: Ints
    text: pa.Array
    before_text: pa.Array
    moved: Ints
    traps: Ints


def write_homes(scribe: Scribe, places: Places) -> WrittenHomes:
    """The postcode now and before, as written."""
    people, habits, who = scribe.people, scribe.habits, scribe.who
    differs = people.former_home[who] != people.home[who]
    stale = differs & scribe.happens("old home", habits.old_home)
    delay = np.floor(90 * scribe.uniform("days until told")).astype(np.int64) * (habits.old_home > 0)
    moved = np.where(stale, NEVER, people.moved[who] + delay)
    home = np.where(moved > scribe.now, people.former_home[who], people.home[who])
    lot = scribe.uniform("home")
    none = lot < habits.no_home
    pseudo = ~none & (lot < habits.no_home + habits.pseudo)
    bad = ~none & ~pseudo & (lot < habits.no_home + habits.pseudo + habits.bad_home)
    kind = np.floor(len(PSEUDO_POSTCODES) * scribe.uniform("kind of home")).astype(np.int64)
    text, before = (
        _written(places.spell(number), none, bad, np.where(pseudo, kind, -1)) for number in (home, people.former_home[who])
    )
    traps = (
        marked(Trap.MOVED, differs & (people.moved[who] <= scribe.now) & (moved > scribe.now) & ~none & ~pseudo & ~bad)
        | marked(Trap.NO_POSTCODE, none) | marked(Trap.PSEUDO_POSTCODE, pseudo) | marked(Trap.BAD_POSTCODE, bad)
    )  # fmt: skip
    readable, before_readable = (
        np.where(none | pseudo, NO_HOME, np.where(bad, MISTYPED, number)) for number in (home, people.former_home[who])
    )
    return WrittenHomes(readable, before_readable, text, before, moved, traps)


def _written(text: pa.Array, none: Ints, bad: Ints, pseudo: Ints) -> pa.Array:
    """Postcodes with a neighbouring letter at the end, of no place, or empty."""
    rows = pa.array(bad)
    slipped = [code[:-1] + ("A" if code[-1] != "A" else "B") for code in text.filter(rows).to_pylist()]
    text = pc.replace_with_mask(text, rows, pa.array(slipped, pa.string()))
    fillers = pa.array(PSEUDO_POSTCODES).take(pa.array(pseudo, mask=pseudo < 0))
    text = pc.coalesce(fillers, text)
    return pc.if_else(pa.array(none), pa.scalar(None, pa.string()), text)
