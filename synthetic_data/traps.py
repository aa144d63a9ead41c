"""The traps that life lays for linkage, by name: what the truth files say of a record."""

from __future__ import annotations

import enum

import numpy as np
import pyarrow as pa

from synthetic_data.chance import Flags, Ints


class Trap(enum.IntFlag):
    """What is hard about a record. Several may hold at once."""

    TWIN = enum.auto()
    PARENT_CHILD_SAME_NAME = enum.auto()
    NO_NUMBER = enum.auto()
    SHARED_NUMBER = enum.auto()  # somebody else's
    SUPERSEDED = enum.auto()  # an earlier number of her own
    PLACEHOLDER_NUMBER = enum.auto()
    WRONG_DIGIT = enum.auto()
    SPREADSHEET_NUMBER = enum.auto()  # digits lost
    DECIMAL_NUMBER = enum.auto()  # `.0` appended, nothing lost
    MOVED = enum.auto()  # the record has an earlier address
    CHANGED_SURNAME = enum.auto()  # the record has an earlier family name
    NICKNAME = enum.auto()
    TYPO = enum.auto()
    NAMES_SWAPPED = enum.auto()
    SINGLE_NAME = enum.auto()
    NO_GIVEN_NAME = enum.auto()
    BABY_NAME = enum.auto()
    DAY_MONTH_SWAPPED = enum.auto()
    WRONG_DATE = enum.auto()
    PLACEHOLDER_DATE = enum.auto()
    NO_DATE = enum.auto()
    WRONG_GENDER = enum.auto()
    BAD_POSTCODE = enum.auto()
    PSEUDO_POSTCODE = enum.auto()
    NO_POSTCODE = enum.auto()
    DUPLICATE = enum.auto()  # the source holds the person twice
    PROTECTED = enum.auto()
    CHANGED_IDENTITY = enum.auto()  # one of two identities that must stay apart
    VISITOR = enum.auto()  # not on the register
    SCOTTISH = enum.auto()


def marked(trap: Trap, flags: Flags) -> Ints:
    """The trap's bit where `flags` is true."""
    return np.where(flags, int(trap), 0)


def spell(traps: Ints) -> pa.Array:
    """Lists of trap names, lower case, one for each record."""
    distinct, place = np.unique(traps, return_inverse=True)
    lists = [[item.name.lower() for item in Trap if item.name and value & item] for value in distinct.tolist()]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(place))
