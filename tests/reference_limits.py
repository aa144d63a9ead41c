"""The limits read off a whole history, row by row: slow and plain. What `governance.access.limits` answers has to be the same."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from governance.access.limits import (
    DAY,
    LONDON,
    MONTH,
    NIGHT,
    PEOPLE,
    PRACTICE,
    REQUESTS,
    SAME_PERSON,
    WEEK,
    Breach,
    Limits,
    night_of,
)
from governance.access.past import Seen


def breaches(
    history: Sequence[Seen], now: dt.datetime, *, limits: Limits, practice_of: Mapping[str, str], list_sizes: Mapping[str, int]
) -> list[Breach]:
    """What `history`, which holds the request of `now`, sets off. `practice_of`: subject to practice, of those that are there."""
    past = [each for each in history if each.at <= now]
    asked = {each.at for each in past}
    seen = [each for each in past if each.allowed and each.subject]
    found = [
        _over(REQUESTS, len({at for at in asked if _day(at) == _day(now)}), limits.requests_a_day),
        _reached(PEOPLE, len(_people(seen, now - DAY)), limits.people_in_24_hours),
        _over(NIGHT, _at_night(asked, now, limits), limits.night_requests),
        *_by_practice(_people(seen, now - WEEK), limits, practice_of, list_sizes),
        *_same_person(seen, now, limits),
    ]
    return [each for each in found if each is not None]


def _at_night(asked: Iterable[dt.datetime], now: dt.datetime, limits: Limits) -> int:
    night = night_of(now, limits)
    return sum(night[0] <= at < night[1] for at in asked) if night else 0


def _by_practice(
    people: set[str], limits: Limits, practice_of: Mapping[str, str], list_sizes: Mapping[str, int]
) -> Iterable[Breach | None]:
    counts = Counter(practice_of[each] for each in people if practice_of.get(each))
    for practice, count in sorted(counts.items()):
        share = count / list_sizes[practice] if list_sizes.get(practice) else 1.0
        theirs = frozenset(subject for subject, each in practice_of.items() if each == practice)
        yield _over(PRACTICE, share, limits.practice_share_in_a_week, theirs)


def _same_person(seen: Iterable[Seen], now: dt.datetime, limits: Limits) -> Iterable[Breach | None]:
    times = Counter(subject for subject, _ in {(each.subject, each.at) for each in seen if each.at > now - MONTH})
    reached = {subject: count for subject, count in times.items() if count >= limits.same_person_in_a_month}
    if reached:
        yield _reached(SAME_PERSON, max(reached.values()), limits.same_person_in_a_month, frozenset(reached))


def _people(seen: Iterable[Seen], after: dt.datetime) -> set[str]:
    return {each.subject for each in seen if each.at > after}


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(LONDON).date()


def _over(trigger: str, figure: float, bound: float, subjects: frozenset[str] | None = None) -> Breach | None:
    return Breach(trigger, figure, bound, subjects) if figure > bound else None


def _reached(trigger: str, figure: float, bound: float, subjects: frozenset[str] | None = None) -> Breach | None:
    return Breach(trigger, figure, bound, subjects) if figure >= bound else None
