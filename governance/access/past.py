"""What one user did at the door lately, in the form in which limits ask for it: few look-ups, however long the history is.

A `Past` is never changed: adding to it makes another, which shares with it what stayed the same. So a request computes on one
past while others of the same user go on. `Pasts` keeps each user's between requests and reads what was appended to the audit log
since: rows of the log are never changed, so what was read of them holds.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from governance.audit import ALLOWED, Audit

LOOK_BACK = dt.timedelta(days=32)  # a month and its first day whole
MOST_USERS = 1_000  # whose past is kept; the first to come are the first to go, and are read again


@dataclass(frozen=True)
class Seen:
    """One audit row of a user's: when, about whom (empty: nobody), and whether it was allowed."""

    at: dt.datetime
    subject: str
    allowed: bool


@dataclass(frozen=True)
class Past:
    """`asked`: the moments of requests, in order. `seen`: subject to the moments at which she was shown, in order."""

    asked: tuple[dt.datetime, ...] = ()
    seen: Mapping[str, tuple[dt.datetime, ...]] = field(default_factory=dict)

    def with_rows(self, rows: Iterable[Seen]) -> Past:
        """This past and these rows: a request bears one moment, and shows a person once."""
        asked, fresh = set[dt.datetime](), dict[str, set[dt.datetime]]()
        for row in rows:
            at = row.at.astimezone(dt.UTC)
            asked.add(at)
            if row.allowed and row.subject:
                fresh.setdefault(row.subject, set()).add(at)
        more = {subject: _merged(self.seen.get(subject, ()), moments) for subject, moments in fresh.items()}
        return Past(_merged(self.asked, asked), {**self.seen, **more})

    def since(self, moment: dt.datetime) -> Past:
        """This past without what lies before a moment."""
        kept = {subject: times[bisect_left(times, moment) :] for subject, times in self.seen.items() if times[-1] >= moment}
        return Past(self.asked[bisect_left(self.asked, moment) :], kept)

    def requests(self, first: dt.datetime, end: dt.datetime, now: dt.datetime) -> int:
        """Requests from a moment up to, not at, another, and up to now."""
        return max(0, min(bisect_left(self.asked, end), bisect_right(self.asked, now)) - bisect_left(self.asked, first))

    def people(self, after: dt.datetime, now: dt.datetime) -> set[str]:
        """Subjects shown after a moment, up to now."""
        return {subject for subject, _ in self.often(after, now)}

    def often(self, after: dt.datetime, now: dt.datetime) -> Iterator[tuple[str, int]]:
        """Subjects shown after a moment, up to now, and how many times."""
        for subject, times in self.seen.items():
            count = bisect_right(times, now) - bisect_right(times, after) if times[-1] > after else 0
            if count > 0:
                yield subject, count


@dataclass(frozen=True)
class _Read:
    """How far the log was read for a user: from which day on, up to which line, and what it said."""

    since: dt.date
    last: int = 0
    past: Past = Past()


@dataclass
class Pasts:
    """The pasts of users, as far as one audit log was read."""

    _kept: dict[str, _Read] = field(default_factory=dict)

    def of(self, audit: Audit, actor: str, action: str, at: dt.datetime) -> Past:
        """What the user did, with everything that the log has of it. Reads only what is new since the last time; where the clock
        went back, all of it again."""
        since = (at - LOOK_BACK).astimezone(dt.UTC).date()
        kept = self._kept.get(actor)
        read = kept if kept is not None and kept.since <= since else _Read(since)
        rows = audit.of_actor(actor, action, since, after=read.last)
        past, last = read.past, rows[-1][0] if rows else read.last
        if rows:
            moments = {text: dt.datetime.fromisoformat(text) for text in {text for _, text, _, _ in rows}}
            past = past.with_rows(Seen(moments[text], subject, decision == ALLOWED) for _, text, subject, decision in rows)
        if since > read.since:
            past = past.since(dt.datetime.combine(since, dt.time(), dt.UTC))
        while len(self._kept) >= MOST_USERS and actor not in self._kept:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[actor] = _Read(since, last, past)
        return past


def _merged(times: tuple[dt.datetime, ...], fresh: set[dt.datetime]) -> tuple[dt.datetime, ...]:
    if not times or (fresh and min(fresh) > times[-1]):
        return (*times, *sorted(fresh))
    return tuple(sorted({*times, *fresh}))
