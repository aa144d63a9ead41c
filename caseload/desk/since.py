"""What became known since a reader last looked at her list: what the night served says, and what the nights said that she missed.

The data's own news goes from night to night; who looks on Monday has not seen what Saturday's and Sunday's nights told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.told import says_news
from schemas.errors import CaselinkError


@dataclass(frozen=True)
class Since:
    """What is new to one reader. looked_at: when she looked at an earlier night's list; None where this is her first.

    words: a person's sentences of nights that the reader missed, the newest first; the night served has its own in its list.
    news: DeskNews rows, the newest first. departures: Departure rows, of the newest night first.
    """

    looked_at: dt.datetime | None
    words: Mapping[str, Sequence[str]]
    news: Sequence[Row]
    departures: Sequence[Row]


def since_looked(visit: Visit, services: Services, night: PublishedNight) -> Since:
    """For the visitor's list. Of nights that she missed it tells of those alone whom the night served still knows: who has opted
    out meanwhile is told of no more. Raises what the entries and the night served raise."""
    team, look = visit.post.team, services.entries.last_look(visit.request())
    missed = services.nights.missed(night, look.run_id) if look else ()
    if not missed:  # nearly every visit
        return Since(look.at if look else None, {}, night.news(team), night.departures(team))
    words: dict[str, list[str]] = {}
    news, departures = list(night.news(team)), list(night.departures(team))
    for listed, happened, gone in (_told(each, team) for each in missed):
        known = night.people(team, {row["pseudonym"] for row in (*listed, *happened)})
        for row in listed:
            if row["pseudonym"] in known:
                words.setdefault(row["pseudonym"], []).append(row["since_last"])
        told, left = {_event(row) for row in news}, {row["pseudonym"] for row in departures}
        news += [row for row in happened if row["pseudonym"] in known and _event(row) not in told]
        departures += [row for row in gone if row["pseudonym"] not in left]
    news.sort(key=lambda row: (-row["start_date"].toordinal(), row["pseudonym"], row["activity_type"]))
    return Since(look.at if look else None, words, news, departures)


def _told(night: PublishedNight, team: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Rows with news, attendances and departures of a night gone by; none where its files are no longer there, or of another
    release: the list of the night served is not kept from anybody for that."""
    try:
        return [row for row in night.listed(team) if says_news(row["since_last"])], night.news(team), night.departures(team)
    except CaselinkError:
        return [], [], []


def _event(row: Row) -> tuple[object, ...]:
    return row["pseudonym"], row["activity_type"], row["start_date"]
