"""How much one user may open before somebody asks why: windows over the audit log against configured bounds.

The five triggers are those on which NHS England's re-identification service reports a breach (as its published code states
them). Within one's own active caseload a trigger is an alarm to the Guardian; outside it the rows are refused.

Asked counts: every request, shown or refused, is one (all its audit rows bear one moment). Seen counts: people whose rows were
allowed. The request at hand is always counted in.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from governance.access.past import Past

LONDON = ZoneInfo("Europe/London")
LIMIT = "E-ACCESS-LIMIT"

REQUESTS, PEOPLE, PRACTICE, SAME_PERSON, NIGHT = (
    "requests a day", "people in 24 hours", "share of a practice in a week", "same person in a month", "requests at night",
)  # fmt: skip
TRIGGERS = {
    REQUESTS: "more requests than this on one day in London",
    PEOPLE: "so many different people in the last 24 hours",
    PRACTICE: "more than this share of one practice's list in the last 7 days",
    SAME_PERSON: "the same person so many times in the last 30 days",
    NIGHT: "more requests than this in one night, by London's clock",
}
BOUND_OF = {
    REQUESTS: "requests_a_day",
    PEOPLE: "people_in_24_hours",
    PRACTICE: "practice_share_in_a_week",
    SAME_PERSON: "same_person_in_a_month",
    NIGHT: "night_requests",
}
DAY, WEEK, MONTH = dt.timedelta(hours=24), dt.timedelta(days=7), dt.timedelta(days=30)


@dataclass(frozen=True)
class Limits:
    """Bounds, all from the configuration. `most_rows`: people in one request without an approved bulk request.

    `register_days`: days after the served night's date on which its register still says whose patient somebody is.
    """

    requests_a_day: int
    people_in_24_hours: int
    practice_share_in_a_week: float
    same_person_in_a_month: int
    night_requests: int
    night_from: dt.time
    night_to: dt.time
    most_rows: int
    register_days: int


@dataclass(frozen=True)
class BreakGlassRules:
    """How long an opening lasts, how long its review may take, and how many one user may make. From the configuration.

    `in_a_week`: openings in 7 days. `same_person_in_a_month`: openings of one person in 30 days.
    """

    minutes: int
    review_days: int
    in_a_week: int
    same_person_in_a_month: int


@dataclass(frozen=True)
class BulkRules:
    """People that one request may name, and hours in which it is approved, and then used. From the configuration."""

    rows: int
    hours: int


@dataclass(frozen=True)
class Breach:
    """A trigger that went off, with its figure and bound; `subjects`: the people it is about, None for the whole request."""

    trigger: str
    figure: float
    bound: float
    subjects: frozenset[str] | None = None


def breaches(
    past: Past, now: dt.datetime, *, limits: Limits, practice_of: Mapping[str, str], list_sizes: Mapping[str, int]
) -> list[Breach]:
    """What the user's past, which holds the request of `now`, sets off. What is later than `now` does not count.

    `practice_of`: subject to practice, of those seen in the last week (`Past.people`) and of those at hand.
    """
    found = [
        _over(REQUESTS, past.requests(*_day(now), now), limits.requests_a_day),
        _reached(PEOPLE, len(past.people(now - DAY, now)), limits.people_in_24_hours),
        _over(NIGHT, _at_night(past, now, limits), limits.night_requests),
        *_by_practice(past.people(now - WEEK, now), limits, practice_of, list_sizes),
        *_same_person(past, now, limits),
    ]
    return [each for each in found if each is not None]


def night_of(moment: dt.datetime, limits: Limits) -> tuple[dt.datetime, dt.datetime] | None:
    """Beginning and end of the night that a moment lies in, by London's clock; None by day. The end is no longer night."""
    local = moment.astimezone(LONDON)
    for evening in (local.date() - dt.timedelta(days=1), local.date()):
        morning = evening + dt.timedelta(days=1 if limits.night_to <= limits.night_from else 0)
        begins, ends = (
            dt.datetime.combine(evening, limits.night_from, LONDON).astimezone(dt.UTC),
            dt.datetime.combine(morning, limits.night_to, LONDON).astimezone(dt.UTC),
        )
        if begins <= moment < ends:
            return begins, ends
    return None


def _at_night(past: Past, now: dt.datetime, limits: Limits) -> int:
    night = night_of(now, limits)
    return past.requests(*night, now) if night else 0


def _by_practice(
    people: set[str], limits: Limits, practice_of: Mapping[str, str], list_sizes: Mapping[str, int]
) -> Iterable[Breach | None]:
    counts = Counter(practice_of[each] for each in people if practice_of.get(each))
    for practice, count in sorted(counts.items()):
        share = count / list_sizes[practice] if list_sizes.get(practice) else 1.0
        theirs = frozenset(subject for subject, each in practice_of.items() if each == practice)
        yield _over(PRACTICE, share, limits.practice_share_in_a_week, theirs)


def _same_person(past: Past, now: dt.datetime, limits: Limits) -> Iterable[Breach | None]:
    reached = {person: times for person, times in past.often(now - MONTH, now) if times >= limits.same_person_in_a_month}
    if reached:
        yield _reached(SAME_PERSON, max(reached.values()), limits.same_person_in_a_month, frozenset(reached))


def _day(moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """When the day in London that a moment lies in begins and ends."""
    day = moment.astimezone(LONDON).date()
    begins, ends = (dt.datetime.combine(each, dt.time(), LONDON) for each in (day, day + dt.timedelta(days=1)))
    return begins.astimezone(dt.UTC), ends.astimezone(dt.UTC)


def _over(trigger: str, figure: float, bound: float, subjects: frozenset[str] | None = None) -> Breach | None:
    return Breach(trigger, figure, bound, subjects) if figure > bound else None


def _reached(trigger: str, figure: float, bound: float, subjects: frozenset[str] | None = None) -> Breach | None:
    return Breach(trigger, figure, bound, subjects) if figure >= bound else None
