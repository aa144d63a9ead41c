"""*My list*: a professional's own people, what has changed, and as many names as the door opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import Listed, is_own, team_rows
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.desk.since import Since, since_looked
from caseload.entries.states import REVIEW_DUE, STATES
from caseload.told import says_news
from governance.access.identity_file import plain_name
from governance.access.roles import PRACTICE_USER

PAGE_ROWS = 60  # people on one page
SOON = dt.timedelta(days=14)  # a review within so many days is shown as due: our own choice

NEW, RISING, DUE, CHANGED, NEWS = "new", "rising", "due", "changed", "news"
MARKS = {
    NEW: "new on your list since you last looked",
    RISING: "risk has risen since the last list",
    DUE: "a review is due, or within 14 days",
    CHANGED: "something is new in the data since you last looked",
    NEWS: "admitted as an emergency, or seen in A&E, since you last looked",
}


def _rank(each: ListRow) -> Any:
    rank = each.row.get("rank")
    return (rank is None, rank or 0)


def _risk(each: ListRow) -> Any:
    risk = each.row.get("risk")
    return (risk is None, -(risk or 0.0))


def _due(each: ListRow) -> Any:
    return (each.due is None, each.due or dt.date.max)


def _since(each: ListRow) -> Any:
    since = each.row.get("since")
    return (since is None, -since.toordinal() if since else 0)


def _practice(each: ListRow) -> Any:
    return each.row.get("gp_practice_code") or "~"


SORTS: Mapping[str, Callable[[ListRow], Any]] = {
    "need": _rank, "risk": _risk, "review": _due, "newest": _since, "practice": _practice,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see, as codes. Anything that is no code of ours counts as not asked.

    show: a mark of MARKS, or empty. state: a state, or empty. whole_team: not only her own. page: from 1.
    """

    sort: str = "need"
    show: str = ""
    state: str = ""
    practice: str = ""
    whole_team: bool = False
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """From a query of codes."""
        page = query.get("page", "1")
        return cls(
            sort=query["sort"] if query.get("sort") in SORTS else "need",
            show=query["show"] if query.get("show") in MARKS else "",
            state=query["state"] if query.get("state") in STATES else "",
            practice=query.get("practice", "")[:12],
            whole_team=query.get("whose") == "team",
            page=max(1, int(page[:6])) if page.isascii() and page.isdigit() else 1,
        )


@dataclass(frozen=True)
class ListRow:
    """One person as the list shows her. `who`: her identity where the door showed it; `unnamed`: in words, why it did not.

    news: what the data told of her since the reader last looked, the newest first.
    """

    pseudonym: str
    row: Mapping[str, Any]
    state: str
    professional: str
    coordinator: str
    due: dt.date | None
    marks: tuple[str, ...]
    who: Row | None = None
    unnamed: str = ""
    news: Sequence[str] = ()


@dataclass(frozen=True)
class MyList:
    """The page. `counts`: how many rows bear each mark, and `all`; `total`: rows after filters; `names`: what to say of names."""

    rows: Sequence[ListRow]
    asked: Asked
    counts: Mapping[str, int]
    total: int
    pages: int
    names: str
    first_look: bool
    looked_at: dt.datetime | None
    departures: Sequence[Row]
    practices: Sequence[str]
    feeds: Sequence[Row]
    may_see_team: bool = False
    lacks: str = ""
    searched: str = ""


def my_list(visit: Visit, services: Services, night: PublishedNight, asked: Asked, *, text: str = "") -> MyList:
    """The page for a visit. Writes one look of the user's at her list, for what is new next time.

    text: part of a name, or digits of an NHS number: only those of the list whom it fits, among as many as one request may name.
    Raises what the door raises (`caseload.desk.names`).
    """
    text = text.strip()
    rows, since = own_list(visit, services, night, whole_team=asked.whole_team)
    chosen = sorted((each for each in rows if is_asked(each, asked)), key=lambda each: (SORTS[asked.sort](each), each.pseudonym))
    pages = 1 if text else max(1, -(-len(chosen) // PAGE_ROWS))
    page = min(asked.page, pages)
    shown = chosen if text else chosen[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    names = names_of(visit, services, night, [each.pseudonym for each in shown])
    shown = [each for each in shown if fits(text, names.shown.get(each.pseudonym))] if text else shown
    services.entries.look(visit.request())
    own = {each.pseudonym for each in rows}
    return MyList(
        rows=[named(each, names) for each in shown],
        asked=asked if asked.page == page else Asked(asked.sort, asked.show, asked.state, asked.practice, asked.whole_team, page),
        counts={"all": len(rows)} | {mark: sum(mark in each.marks for each in rows) for mark in MARKS},
        total=len(shown) if text else len(chosen),
        pages=pages,
        names=names.line,
        first_look=since.looked_at is None,
        looked_at=since.looked_at,
        departures=[row for row in since.departures if left(visit, row, own, whole_team=asked.whole_team)],
        practices=sorted({code for each in rows if (code := each.row.get("gp_practice_code"))}),
        feeds=night.feeds(visit.post.team),
        may_see_team=bool(visit.post.professional),
        lacks=next((each.row["data_lacks"] for each in rows if each.row.get("data_lacks")), ""),
        searched=text,
    )


def fits(text: str, who: Row | None) -> bool:
    """Whether a search text is part of somebody's name, or, where it is digits, of her NHS number; nobody unnamed fits."""
    wanted = plain_name(text)
    if who is None or not wanted:
        return False
    return wanted in (who["nhs_number"] or "") if wanted.isdigit() else wanted in plain_name(who["name"])


def own_list(visit: Visit, services: Services, night: PublishedNight, *, whole_team: bool = False) -> tuple[list[ListRow], Since]:
    """The rows without names, and what became known since the user last looked at the list of another night."""
    since = since_looked(visit, services, night)
    news = {row["pseudonym"] for row in since.news}
    every = whole_team and visit.post.role != PRACTICE_USER  # other practices' people are not hers, not even as codes
    mine = [each for each in team_rows(visit, services, night) if every or is_own(visit.post, each)]
    day = visit.request().day
    return [_list_row(each, day=day, since=since, news=news) for each in mine], since


def named(each: ListRow, names: Names) -> ListRow:
    """The row with who she is, or why that is not shown."""
    who = names.shown.get(each.pseudonym)
    return ListRow(
        each.pseudonym, each.row, each.state, each.professional, each.coordinator, each.due, each.marks, who,
        names.why(each.pseudonym), each.news,
    )  # fmt: skip


def _list_row(each: Listed, *, day: dt.date, since: Since, news: set[str]) -> ListRow:
    due = each.entry.get("due")
    placed, tonight = each.row.get("since"), each.row.get("since_last")
    words = [*([str(tonight)] if says_news(tonight) else []), *since.words.get(each.pseudonym, ())]
    marks = {
        NEW: since.looked_at is not None and placed is not None and placed > since.looked_at.date(),
        RISING: each.row.get("change") == "up",
        DUE: each.state == REVIEW_DUE or (due is not None and due <= day + SOON),
        CHANGED: bool(words),
        NEWS: each.pseudonym in news,
    }
    found = tuple(mark for mark, holds in marks.items() if holds)
    return ListRow(each.pseudonym, each.row, each.state, each.professional, each.coordinator, due, found, news=words)


def is_asked(each: ListRow, asked: Asked) -> bool:
    """Whether a row is one of those asked for."""
    return (
        (not asked.show or asked.show in each.marks)
        and (not asked.state or each.state == asked.state)
        and (not asked.practice or each.row.get("gp_practice_code") == asked.practice)
    )


def left(visit: Visit, row: Row, own: set[str], *, whole_team: bool) -> bool:
    """Whether a departure is from the list shown: somebody whose episode goes on has not left."""
    post = visit.post
    if post.role == PRACTICE_USER:
        return False  # a departure does not say of which practice
    hers = whole_team or not post.professional or row["accountable_professional_id"] == post.professional
    return hers and row["pseudonym"] not in own
