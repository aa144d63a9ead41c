"""*Print*: a page of one's own list for paper, and the sheet of reasons that a person may be given; each is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.my_list import PAGE_ROWS, SORTS, Asked, ListRow, is_asked, named, own_list
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight
from caseload.desk.posts import CARE, Visit
from caseload.desk.services import Services
from caseload.desk.take_away import watermark
from governance.audit import ALLOWED, DENIED, Act
from governance.reidentify import decisions

PRINT, SHEET = "print list", "plain sheet"
MARKS = {"# ": "title", "## ": "heading", "### ": "source", "- ": "points"}


@dataclass(frozen=True)
class PrintedList:
    """A page of the list for paper. `mark`: who printed it, of which night, and the number of the audit row."""

    rows: Sequence[ListRow]
    total: int
    page: int
    pages: int
    names: str
    mark: str


def printed_list(visit: Visit, services: Services, night: PublishedNight, asked: Asked) -> PrintedList:
    """The people asked for, as many as a page of the list shows. Raises what the door raises; not a look of the user's."""
    rows, _ = own_list(visit, services, night, whole_team=asked.whole_team)
    chosen = sorted((each for each in rows if is_asked(each, asked)), key=lambda each: (SORTS[asked.sort](each), each.pseudonym))
    pages = max(1, -(-len(chosen) // PAGE_ROWS))
    page = min(asked.page, pages)
    shown = chosen[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    said = f"{CARE}: {len(shown)} people"
    number = services.audit.append(
        Act(visit.at, visit.account, PRINT, said, run_id=visit.run_id, role=visit.post.role)
    )  # fmt: skip
    names = names_of(visit, services, night, [each.pseudonym for each in shown])
    found = [named(each, names) for each in shown]
    return PrintedList(found, len(chosen), page, pages, names.line, watermark(visit, night, number))


@dataclass(frozen=True)
class Sheet:
    """The sheet for a person: (kind, lines) in order; kinds are the values of MARKS, and `text`. No name stands on it."""

    parts: Sequence[tuple[str, Sequence[str]]]


def sheet(visit: Visit, services: Services, night: PublishedNight, pseudonym: str) -> Sheet | None:
    """The sheet of one of one's own people; None for anybody else, and for somebody of whom the night says nothing.

    It shows no name, so limits do not count it; that it was made is written down. Raises `GovernanceError` `E-ACCESS-STORE`,
    `E-AUDIT-STORE`.
    """
    team = visit.post.team
    (decided,) = decisions(visit.request(), [pseudonym], services.doors[team](night)).to_pylist()
    refusal = decided["refusal"]
    services.audit.append(
        Act(
            visit.at,
            visit.account,
            SHEET,
            f"{CARE}: refused {refusal}" if refusal else CARE,
            run_id=visit.run_id,
            role=visit.post.role,
            decision=DENIED if refusal else ALLOWED,
        ),
        [decided["subject"] or ""],
    )
    person = None if refusal else night.person(team, pseudonym)
    if person is None or services.plain_sheet is None:
        return None
    facts = night.facts(team, person["person"])
    return Sheet(parts_of(services.plain_sheet(facts, night.feeds(team), night.as_at))) if facts else None


def parts_of(text: str) -> list[tuple[str, list[str]]]:
    """The blocks of a text of headings, bullets and paragraphs, each with its kind: all the Markdown that a sheet has."""
    found = []
    for block in filter(None, text.strip().split("\n\n")):
        mark, kind = next(((mark, kind) for mark, kind in MARKS.items() if block.startswith(mark)), ("", "text"))
        found.append((kind, [line.removeprefix(mark) for line in block.split("\n")]))
    return found
