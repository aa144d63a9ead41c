"""People as columns of whole numbers: equal values have equal codes, -1 is missing, and every comparison is arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from linkage.arrays import Codes, Truth, Whole
from linkage.engine.joins import combine, is_member
from linkage.engine.sheets import Sheet

FLAGS = ("verified", "protected")


@dataclass(frozen=True)
class People:
    """One entry per record in every column.

    `given_number` is a number that may not be used, as delivered; `written_number` the number as it stands, such a one too, where
    another is one slip away; `initial` the first letter of the given name and `lone_initial` the same where there is no more of
    it; `long_...` a name long enough to have a slip in it. `birth` is the date of birth where at least the year is known,
    `full_birth` where all of it is; `year_day` its year and day of the month. `practice` is the general practice; `verified` says
    that the number's status is 01.
    """

    number: Codes
    given_number: Codes
    written_number: Codes
    given: Codes
    given_first: Codes
    long_given_first: Codes
    initial: Codes
    lone_initial: Codes
    other_given: Codes
    alias: Codes
    family: Codes
    long_family: Codes
    family_first: Codes
    family_last: Codes
    previous_family: Codes
    birth: Codes
    full_birth: Codes
    year: Codes
    month: Codes
    day: Codes
    year_day: Codes
    gender: Codes
    postcode: Codes
    previous_postcode: Codes
    outward: Codes
    sector: Codes
    practice: Codes
    verified: Truth
    protected: Truth

    def __len__(self) -> int:
        """How many records."""
        return len(self.number)

    def take(self, rows: Whole | Truth | slice) -> People:
        """The records in `rows`, in that order."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @property
    def has_name(self) -> Truth:
        """Whether the record carries any name."""
        named: Truth = (self.given >= 0) | (self.family >= 0)
        return named

    def sheet(self) -> Sheet:
        """The columns as the kernel takes them."""
        return Sheet({field.name: getattr(self, field.name) for field in fields(self) if field.name not in FLAGS})


def join_people(parts: Sequence[People]) -> People:
    """All the records, one part after the other."""
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(parts[0])}
    return replace(parts[0], **columns)


def share_a_key(people: People, others: People, ours: Sequence[str], theirs: Sequence[str]) -> Truth:
    """Which people have a key, their columns `ours` together, that one of the others has in the columns `theirs`."""
    left, right = [getattr(people, column) for column in ours], [getattr(others, column) for column in theirs]
    return is_member(*combine(left, right))
