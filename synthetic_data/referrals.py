"""Referrals to community and mental health services: contacts within a block of months belong to one referral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Chance, Flags, Ints
from synthetic_data.days import NEVER, date_of, month_of


@dataclass(frozen=True)
class Referrals:
    """One element for each referral, by the day it was received. `closed` is NEVER while more contacts may follow."""

    key: Ints
    person: Ints
    received: Ints
    closed: Ints

    def during(self, first: int, last: int) -> Ints:
        """Places of the referrals that were open on some day of a period."""
        return np.flatnonzero((self.received <= last) & (self.closed >= first))


def months_of(days: Ints) -> Ints:
    """Month number (from January 1970) of each day."""
    months: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def referrals_of(
    chance: Chance, what: str, *, key: Ints, person: Ints, day: Ints, months: int, until: int
) -> tuple[Referrals, Ints]:
    """The referrals behind contacts, and for each contact the place of its own.

    `key` is the same for contacts of one referral, which lie in one block of `months` months. `until` is the last day known.
    """
    distinct, first, place = np.unique(key, return_index=True, return_inverse=True)
    earliest, latest = np.full(len(distinct), NEVER), np.full(len(distinct), -NEVER)
    np.minimum.at(earliest, place, day)
    np.maximum.at(latest, place, day)
    received = earliest - chance.whole(f"{what}: days to first contact", 1, 21, distinct)
    over: Flags = months_of(latest) // months < month_of(date_of(until + 1)) // months
    closed = np.where(over, latest + chance.whole(f"{what}: days to discharge", 0, 20, distinct), NEVER)
    order = np.lexsort((distinct, received))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return Referrals(distinct[order], person[first][order], received[order], closed[order]), rank[place]
