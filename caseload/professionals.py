"""Who can be responsible for people: the table that a project's configuration becomes, and who is away when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from schemas.table import Table, date, text, texts, whole
from schemas.zones import Zone

ACCOUNTABLE = "accountable professional"
COORDINATOR = "coordinator"

# An absence of up to so many days needs nobody to cover. Our own choice: a working week and its two weekends.
COVER_AFTER_DAYS = 9


class Professional(Table):
    """One row per accountable professional or coordinator. Known by id only: names are not needed to propose."""

    zone = Zone.PSEUDONYMISED
    key = ("professional_id",)

    professional_id = text("their id in the project's configuration", required=True)
    role = text("what they can be to a person", required=True, codes=frozenset({ACCOUNTABLE, COORDINATOR}))
    team = text("their team", required=True)
    locality = text("locality of their team: nobody outside it is proposed to them", required=True)
    practices = texts("practices they work with; empty or null where with none in particular")
    skills = texts("what they can do that not everybody can; empty or null where nothing")
    capacity = whole("length of their list, in people of ordinary weight", required=True, minimum=0)


class Absence(Table):
    """One row per absence of a professional."""

    zone = Zone.PSEUDONYMISED
    key = ("professional_id", "from_date")

    professional_id = text("who is away", required=True)
    from_date = date("first day away", required=True)
    to_date = date("last day away; null where it is not known")
    cover = text("id of who covers; null: whoever of the team has room")


class _Span(NamedTuple):
    first: dt.date
    last: dt.date | None
    cover: str | None

    def holds(self, day: dt.date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def away_at(absences: pa.Table | None, as_at: dt.date, cover_after_days: int = COVER_AFTER_DAYS) -> dict[str, str | None]:
    """Professional id to who is named to cover (None: nobody is), for all whose people are covered at `as_at`.

    `absences` are Absence rows. One with a last day is covered from its first day if it lasts more than `cover_after_days`; one
    without, once it has lasted so long. Absences of one professional that touch count as one; the one in force names the cover.
    Raises `E-TABLE-KEY` where two begin on one day.
    """
    spans = defaultdict[str, list[_Span]](list)
    for row in Absence.validate(absences).to_pylist() if absences is not None else ():
        spans[row["professional_id"]].append(_Span(row["from_date"], row["to_date"], row["cover"]))
    found = {}
    for who, mine in spans.items():
        now = [span for span in sorted(mine, key=lambda span: span.first) if span.holds(as_at)]
        if now:
            first, last = _stretch(mine, now[-1])
            if ((last or as_at) - first).days + 1 > cover_after_days:
                found[who] = now[-1].cover
    return found


def _stretch(spans: Iterable[_Span], now: _Span) -> tuple[dt.date, dt.date | None]:
    """First and last day of the time away that `now` is part of: absences that overlap, or follow the next day, are one."""
    ordered = sorted(spans, key=lambda span: span.first)
    first, last = ordered[0].first, ordered[0].last
    for span in ordered[1:]:
        if last is not None and span.first > last + dt.timedelta(days=1):
            if first <= now.first <= last:
                break
            first, last = span.first, span.last
        elif last is not None:
            last = None if span.last is None else max(last, span.last)
    return first, last
