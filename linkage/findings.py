"""What one step of the cascade finds: links, pairs for a clerk, contradictions, and who goes no further."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from linkage.arrays import Whole
from linkage.engine.joins import CROWD, Joined
from linkage.engine.weigher import Crowd
from linkage.pairs import Pairs, join_pairs

# Why a pair is for a clerk, from the most to the least telling.
REVIEWERS_DIFFER = "reviewers differ"
TWIN = "twin"
NUMBER_OF_ANOTHER = "number of another person"
NUMBER_CONFLICT = "number conflict"
PARENT_AND_CHILD = "parent and child"
SEVERAL_CANDIDATES = "several candidates"
LOW_MARGIN = "margin"
BAND = "band"
NEAR_MISS = "near miss"  # just under the band: for the sample only
REVIEW_REASONS = (
    REVIEWERS_DIFFER,
    TWIN,
    NUMBER_OF_ANOTHER,
    NUMBER_CONFLICT,
    PARENT_AND_CHILD,
    SEVERAL_CANDIDATES,
    LOW_MARGIN,
    BAND,
)

# Contradictions that are rows of their own, whatever the cascade goes on to decide.
ONE_NUMBER_TWO_PEOPLE = "one number, two people"
ONE_PERSON_TWO_NUMBERS = "one person, two numbers"
DEAD_ACTIVE_LATER = "dead, active later"  # the register has her date of death, the source has seen her since
DEAD_HERE_ALIVE_THERE = "dead here, alive there"  # the source has a date of death, the register has none
# Counted by source and not forbidden: an extract that several clinics fill names one person under several ids.
ONE_PERSON_TWICE = "one source, one person twice"


OVER_THE_CAP = "block keys over the cap"


def notes_of(crowds: Iterable[Crowd], cap: int) -> dict[str, int]:
    """How many keys were left out as too many share them; in all, and rule by rule with the size of the largest."""
    notes = {OVER_THE_CAP: 0}
    for each in crowds:
        notes[OVER_THE_CAP] += each.keys
        notes[f"{OVER_THE_CAP} of {cap:,}: {each.rule}, the largest of {each.largest:,} records"] = each.keys
    return notes


def crowd_notes(step: str, joined: Joined) -> dict[str, int]:
    """The same for the keys of one of the sure steps."""
    return notes_of([Crowd(step, joined.keys, joined.largest)], CROWD) if joined.keys else {}


@dataclass(frozen=True)
class Findings:
    """`links` has one pair per record; `reviews` and `conflicts` are pairs under their reason or kind.

    `held` are records that no later step may link: only a clerk can say. `notes` are counts of what was left out.
    """

    links: Pairs = field(default_factory=lambda: join_pairs([]))
    reviews: tuple[tuple[str, Pairs], ...] = ()
    conflicts: tuple[tuple[str, Pairs], ...] = ()
    held: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    notes: dict[str, int] = field(default_factory=dict)
