"""NHS numbers as sources write them: missing, of somebody else, superseded, filled in, damaged; and the status beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data.chance import Flags, Ints
from synthetic_data.identifiers import NO_NUMBER, PLACEHOLDERS, one_digit_wrong, spaced, spell_numbers
from synthetic_data.people import NOBODY
from synthetic_data.scribe import Scribe
from synthetic_data.traps import Trap, marked

NEWBORN_DAYS = 42  # status 08: trace postponed, baby under six weeks
NEWBORN_WITHOUT = 0.3
OF_A_RELATIVE = 0.7
OF_THE_TWIN = 0.015  # of twins' records outside the practices
HASTE_PART, ERRORS_PART, MOST_LACKING = 0.70, 0.25, 0.85  # how haste and hard names raise the share without a number


@dataclass(frozen=True)
class WrittenNumbers:
    """`number` is NO_NUMBER where none can be read; `text` is what stands in the file, null where it is empty."""

    number: Ints
    text: pa.Array
    status: pa.Array
    traps: Ints


def write_numbers(scribe: Scribe) -> WrittenNumbers:
    """A number, its text and its status for each record. Newborns and hard names have fewer."""
    right, newborn = scribe.people.number[scribe.who], _newborn(scribe)
    lacking = (1 - scribe.habits.number) * (HASTE_PART * scribe.haste + ERRORS_PART * scribe.errors)
    lacking = np.minimum(lacking, MOST_LACKING) + np.where(newborn, NEWBORN_WITHOUT, 0.0)
    lot = scribe.uniform("number")
    missing = (lot < lacking) | (right == NO_NUMBER)
    shares = np.cumsum([scribe.habits.of_another, scribe.habits.placeholder, scribe.habits.digit, scribe.habits.spreadsheet])
    past = lot - lacking
    fault = np.where(missing | (past >= shares[-1]), len(shares), np.searchsorted(shares, past, side="right"))
    other, filler, digit, lost = (fault == number for number in range(4))
    sound = (fault == 4) & ~missing
    twin = scribe.people.twin[scribe.who]
    of_twin = sound & (twin >= 0) & (scribe.habits.number < 0.99) & scribe.happens("number of the twin", OF_THE_TWIN)
    other, sound = other | of_twin, sound & ~of_twin
    old = sound & (scribe.people.old_number[scribe.who] != NO_NUMBER) & scribe.happens("old number", scribe.habits.old)
    decimal = sound & scribe.happens("decimal", scribe.habits.decimal)
    number = np.where(other, scribe.people.number[np.where(of_twin, twin, _somebody_else(scribe))], right)
    number = np.where(old, scribe.people.old_number[scribe.who], number)
    number = np.where(missing, NO_NUMBER, np.where(digit, _with_wrong_digit(scribe, number), number))
    traps = (
        marked(Trap.NO_NUMBER, missing) | marked(Trap.SHARED_NUMBER, other) | marked(Trap.SUPERSEDED, old)
        | marked(Trap.PLACEHOLDER_NUMBER, filler) | marked(Trap.WRONG_DIGIT, digit) | marked(Trap.SPREADSHEET_NUMBER, lost)
        | marked(Trap.DECIMAL_NUMBER, decimal)
    )  # fmt: skip
    status = _statuses(scribe, missing, other | old, digit | filler | lost)
    text = _texts(scribe, number, filler=filler, lost=lost, decimal=decimal)
    return WrittenNumbers(np.where(filler | lost, NO_NUMBER, number), text, status, traps)


def _newborn(scribe: Scribe) -> Flags:
    young: Flags = (scribe.now - scribe.people.born[scribe.who] < NEWBORN_DAYS) & (scribe.habits.number < 0.99)
    return young


def _somebody_else(scribe: Scribe) -> Ints:
    """Mostly the next member of the household, else anybody on the register."""
    who, house = scribe.who, scribe.people.household
    after, before = np.minimum(who + 1, len(house) - 1), np.maximum(who - 1, 0)
    residents = int((~scribe.people.visitor).sum())
    anybody = np.floor(scribe.uniform("whose number") * residents).astype(np.int64)
    near = np.where(house[after] == house[who], after, np.where(house[before] == house[who], before, anybody))
    chosen = np.where(scribe.happens("number of a relative", OF_A_RELATIVE) & (house[who] != NOBODY), near, anybody)
    another: Ints = np.where(chosen == who, before, chosen)
    return another


def _with_wrong_digit(scribe: Scribe, number: Ints) -> Ints:
    place, by = 2 + np.floor(7 * scribe.uniform("which digit")), 1 + np.floor(9 * scribe.uniform("what digit"))
    return one_digit_wrong(number, place.astype(np.int64), by.astype(np.int64))


def _texts(scribe: Scribe, number: Ints, *, filler: Flags, lost: Flags, decimal: Flags) -> pa.Array:
    """Plain digits for most; the few others are written one by one."""
    text = spell_numbers(number)
    apart = (number != NO_NUMBER) & ~decimal & ~filler & ~lost & scribe.happens("spaced", scribe.habits.spaced)
    chosen = scribe.chance.pick("placeholder", (6, 5, 3, 1, 1), scribe.key[filler])
    for rows, written in (
        (apart, spaced(text.filter(pa.array(apart)).to_pylist())),
        (decimal, [f"{value:010d}.0" for value in number[decimal].tolist()]),
        (lost, [f"{value:.2E}" for value in number[lost].tolist()]),
        (filler, [PLACEHOLDERS[place] for place in chosen.tolist()]),
    ):
        text = pc.replace_with_mask(text, pa.array(rows), pa.array(written, pa.string()))
    return text


def _statuses(scribe: Scribe, missing: Flags, doubtful: Flags, wrong: Flags) -> pa.Array:
    """NHS NUMBER STATUS INDICATOR CODE: what the source believes, which is not always so."""
    lot, verified = scribe.uniform("status"), scribe.habits.verified
    right = np.where(lot < verified, 1, 2)
    maybe = np.where(lot < 0.45 * verified, 1, np.where(lot < 0.9, 2, 5))
    bad = np.where(lot < 0.5, 2, np.where(lot < 0.8, 5, 3))
    none = np.where(_newborn(scribe), 8, np.where(lot < 0.35, 3, np.where(lot < 0.7, 4, 7)))
    code = np.where(missing, none, np.where(wrong, bad, np.where(doubtful, maybe, right)))
    return pa.array([f"{number:02}" for number in range(9)]).take(pa.array(code))
