"""*Take-away*: one's own list as a workbook or CSV, and a practice's file of codes. Made in memory, and written down before.

Names go into a file only for roles that may ask for many people at once (`bulk`), and only those that the door shows, each with
its audit row. Every file says who took it, of which night, what for, and the number of the audit row that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from caseload.desk.my_list import SORTS, ListRow, named, own_list
from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight
from caseload.desk.posts import CARE, Visit
from caseload.desk.services import Services
from caseload.entries.states import OPEN
from caseload.lists import CaseloadList
from caseload.workbook import Header, csv_text, explain, workbook
from governance.access.roles import PRACTICE_USER, can
from governance.audit import Act
from schemas.errors import GovernanceError

WORKBOOK, CSV, CODES = "xlsx", "csv", "codes"
MEDIA = {
    WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    CSV: "text/csv; charset=utf-8",
    CODES: "text/csv; charset=utf-8",
}
ACTION = "take away"
SHEET = "My list"
WHO = ("nhs_number", "given_name", "family_name", "date_of_birth", "address", "postcode")
LISTED = tuple(name for name in CaseloadList.columns() if name not in ("pseudonym", "reasons_restricted"))
OF_CODES = ("NHS number", "code", "term", "date")


@dataclass(frozen=True)
class Taken:
    """A file to hand over. `name` is neutral: the night and the number of the audit row."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Offer:
    """What may be taken. `most`: people that one file may name. `names`: whether any; `codes`: what a file of codes would say of
    `in_episode` people, None where there is none to take."""

    people: int
    most: int
    names: bool
    codes: Any
    in_episode: int


def offer(visit: Visit, services: Services, night: PublishedNight) -> Offer:
    """What the visitor may take away."""
    rows, _ = own_list(visit, services, night)
    most = services.doors[visit.post.team](night).limits.most_rows
    codes = services.codes if visit.post.role == PRACTICE_USER else None
    return Offer(len(rows), most, can(visit.post.role, "bulk"), codes, len(_in_episode(rows)))


def take(visit: Visit, services: Services, night: PublishedNight, form: str, *, names: bool) -> Taken:
    """The file.

    Raises `GovernanceError` `E-TAKE-AWAY-NAMES` for a role that takes no names, `E-TAKE-AWAY-CODES` where there is no file of
    codes for the visitor, `E-AUDIT-STORE` where it cannot be written down, and what the door raises.
    """
    if form == CODES:
        return _codes(visit, services, night)
    if names and not can(visit.post.role, "bulk"):
        raise GovernanceError("E-TAKE-AWAY-NAMES", "what you work as takes no names away.", cure="take codes")
    rows = _own(visit, services, night)
    number = _write_down(visit, services, f"{form}, {len(rows)} people, {'names' if names else 'codes'}")
    found = names_of(visit, services, night, [each.pseudonym for each in rows]) if names else Names({}, {})
    mark = watermark(visit, night, number)
    table = _table([named(each, found) for each in rows], with_names=names)
    if form == CSV:
        marked = table.append_column("taken_away", pa.array([mark] * table.num_rows, pa.string()))
        return Taken(_name(visit, number, CSV), MEDIA[CSV], csv_text(marked).encode("utf-8-sig"))
    header = Header(
        title=f"My list: {services.teams[visit.post.team].name}",
        as_at=night.as_at,
        lines=(("Names", found.line or ("all of them" if names else "none: codes alone")), ("Destroy", DESTROY)),
        columns=explain(CaseloadList),
        synthetic=services.synthetic,
        watermark=mark,
    )
    return Taken(_name(visit, number, WORKBOOK), MEDIA[WORKBOOK], workbook({SHEET: table}, header))


DESTROY = "This file is a copy for one day's work. The list changes every night: destroy it when the work is done."


def watermark(visit: Visit, night: PublishedNight, number: int) -> str:
    """Who took it, of which night, what for, and where that is written down."""
    day = f"{night.as_at.day} {night.as_at:%B %Y}"
    return f"{visit.account}; night of {day} ({visit.run_id}); {CARE}; audit row {number}"


def _codes(visit: Visit, services: Services, night: PublishedNight) -> Taken:
    """NHS number, code, term and the day on which the episode began, of the practice's own people whose episode runs.

    A proposal is nobody's record yet. The same file tomorrow says the same of the same people.
    """
    if visit.post.role != PRACTICE_USER or services.codes is None:
        raise GovernanceError("E-TAKE-AWAY-CODES", "there is no file of codes here.", cure="set [take_away] code and term")
    people = [each.pseudonym for each in _in_episode(_own(visit, services, night))]
    number = _write_down(visit, services, f"{CODES}, {len(people)} people, names")
    found = names_of(visit, services, night, people)
    current = services.entries.current(visit.post.team, visit.request().day, people)
    began = {row["pseudonym"]: row["since"] for row in current.to_pylist()}
    said = services.codes
    rows = [
        (found.shown[each]["nhs_number"], said.code, said.term, began[each].isoformat() if began.get(each) else None)
        for each in people
        if each in found.shown and found.shown[each]["nhs_number"]
    ]
    table = pa.table([_texts(column) for column in zip(*rows, strict=True)] if rows else [_texts([])] * 4, names=list(OF_CODES))
    return Taken(_name(visit, number, CODES), MEDIA[CODES], csv_text(table).encode("utf-8"))


def _own(visit: Visit, services: Services, night: PublishedNight) -> list[ListRow]:
    rows, _ = own_list(visit, services, night)
    return sorted(rows, key=lambda each: (SORTS["need"](each), each.pseudonym))


def _in_episode(rows: Sequence[ListRow]) -> list[ListRow]:
    return [each for each in rows if each.state in OPEN]


def _table(rows: Sequence[ListRow], *, with_names: bool) -> pa.Table:
    """One row for each person: who she is where the file may say it, how things stand, and the list's own columns."""
    columns: dict[str, pa.Array] = {}
    if with_names:
        for name in WHO:
            columns[name] = _texts([(each.who or {}).get(name) for each in rows])
        columns["no_name_because"] = _texts([each.unnamed or None for each in rows])
    columns["person"] = _texts([each.pseudonym for each in rows])
    for name in ("state", "professional", "coordinator"):
        columns[name] = _texts([getattr(each, name) or None for each in rows])
    columns["next_review"] = _texts([each.due for each in rows])
    for name in LISTED:
        columns[name] = pa.array([each.row.get(name) for each in rows], CaseloadList.columns()[name].type)
    return pa.table(columns)


def _texts(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _write_down(visit: Visit, services: Services, what: str) -> int:
    """One row of the take-away itself, before anything is made of it; its number."""
    act = Act(visit.at, visit.account, ACTION, f"{CARE}: {what}", run_id=visit.run_id, role=visit.post.role)
    return services.audit.append(act)


def _name(visit: Visit, number: int, form: str) -> str:
    return f"{'codes' if form == CODES else 'list'}-{visit.run_id}-{number}.{WORKBOOK if form == WORKBOOK else CSV}"
