"""What the review pages ask of the project. `pipelines` fulfils it: nothing here knows how pairs are found or scored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class Pair:
    """Two records as text, field by field, in the order in which they are shown; the right one is the register's.

    No score, no reason why it is asked, and not whose record the left one is: a mental health trust's name says more than a
    reviewer may know. reference: what the pair is called.
    """

    reference: str
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Progress:
    """How far review is. first: pairs that nobody has judged. second: pairs that wait for this reviewer's second look.

    hers: what she has judged. today: of it, on the day asked for. everybody: judgements of all reviewers.
    """

    first: int
    second: int
    hers: int
    today: int
    everybody: int


@dataclass(frozen=True)
class Said:
    """What a reviewer said of a pair. code: of `reasons.REASONS`; text: hers, or empty."""

    reference: str
    decision: str
    code: str
    text: str = ""


@dataclass(frozen=True)
class Reviewer:
    """Who reviews, as the audit log knows her: account, role, moment and the night she is served."""

    account: str
    role: str
    at: dt.datetime
    run_id: str


class ReviewDesk(Protocol):
    """The queue of the night served."""

    def progress(self, who: Reviewer) -> Progress:
        """How far review is; shows nobody."""
        ...

    def next_pair(self, who: Reviewer, look: str) -> Pair | None:
        """The next pair of her first or second look, written down before it is read; None where none waits.

        Never a protected identity's, and for a second look never one that she has judged.
        """
        ...

    def decide(self, who: Reviewer, said: Said) -> None:
        """Keep her judgement, written down first.

        Raises `GovernanceError` `E-REVIEW-PAIR` where she was not shown such a pair, `E-REVIEW-JUDGED` where she has judged it.
        """
        ...
