"""*Morning changes*: what happened since the visitor last looked at her list, and what is new on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.my_list import CHANGED, DUE, NEW, PAGE_ROWS, RISING, ListRow, left, named, own_list
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.desk.words import ACTIVITY_WORDS
from governance.access.categories import sees


@dataclass(frozen=True)
class Happening:
    """An attendance or an emergency admission. `listed`: whether she is on the visitor's own list."""

    row: Row
    words: str
    listed: bool
    who: Row | None
    unnamed: str


@dataclass(frozen=True)
class MorningPage:
    """The page. `changes`: rows of the list that are new, rising, due or have news, named like the happenings. `more`: how many
    happenings and changes are beyond those that one page names."""

    happened: Sequence[Happening]
    changes: Sequence[ListRow]
    departures: Sequence[Row]
    names: str
    first_look: bool
    more: int


def morning(visit: Visit, services: Services, night: PublishedNight, *, whole_team: bool = False) -> MorningPage:
    """The visitor's own people; of the whole team own first, then the others; not more than one page names.

    Raises what the door raises.
    """
    rows, since = own_list(visit, services, night)
    own = {each.pseudonym for each in rows}
    if whole_team:
        rows, _ = own_list(visit, services, night, whole_team=True)
    news = [row for row in since.news if _may_see(visit, services, row)]
    news = [row for row in news if whole_team or row["pseudonym"] in own]
    news.sort(key=lambda row: row["pseudonym"] not in own)  # stable: newest first among each
    changed = [each for each in rows if {NEW, RISING, DUE, CHANGED} & set(each.marks)]
    wanted = list(dict.fromkeys([*(row["pseudonym"] for row in news), *(each.pseudonym for each in changed)]))[:PAGE_ROWS]
    listed = {each.pseudonym for each in rows}
    names = names_of(visit, services, night, wanted)
    shown = [row for row in news if row["pseudonym"] in set(wanted)]
    return MorningPage(
        happened=[
            Happening(
                row,
                ACTIVITY_WORDS[row["activity_type"]],
                row["pseudonym"] in own,
                names.shown.get(row["pseudonym"]),
                names.why(row["pseudonym"]),
            )
            for row in shown
        ],
        changes=[named(each, names) for each in changed if each.pseudonym in set(wanted)],
        departures=[row for row in since.departures if left(visit, row, listed, whole_team=whole_team)],
        names=names.line,
        first_look=since.looked_at is None,
        more=len(news) - len(shown) + sum(each.pseudonym not in wanted for each in changed),
    )


def _may_see(visit: Visit, services: Services, row: Row) -> bool:
    return all(sees(visit.post.role, each, services.sees) for each in (row["categories"] or "").split("+"))
