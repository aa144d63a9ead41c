"""Referrals of `inbox/referrals`: whom a clinician puts on the list, or takes off it, irrespective of rank.

    nhs_number,referral_date,decision,reason,team
    9000000017,2026-09-21,refer,carer strain,north

They are read only where `selection.referrals` names the agreement under which teams send them. On this side of the wall a
number becomes a person; across it goes a pseudonym with a date, a decision and coded words, and nothing else. A row that
cannot be used is counted by its rule; so is one about somebody who is not known or may not be selected: which, is not said.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from governance.crosswalk import keys
from governance.person_ids import look_up
from governance.referred import person_by_number
from pipelines.night import Night
from pipelines.plan import check_planned
from pipelines.shelf import digest
from schemas.errors import CaselinkError
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.nhs_number import NhsNumber, is_usable, read_nhs_number
from schemas.pseudonymised import REFERRAL_DECISIONS, REFERRAL_REASONS, Referral
from schemas.table import Rows

COLUMNS = ("nhs_number", "referral_date", "decision", "reason", "team")
MOST_BYTES = 10_000_000

NOT_READ = "referrals: files lie in inbox/referrals, and selection.referrals names no agreement; they are not read."
UNKNOWN = "about nobody whom the night may select"


class Given(NamedTuple):
    """One row as it may be used."""

    number: NhsNumber
    referral_date: dt.date
    decision: str
    reason: str
    team: str | None


class Read(NamedTuple):
    """Rows that may be used, and how many rows each rule refused."""

    rows: list[Given]
    refused: Counter[str]


def referrals_folder(night: Night) -> Path:
    """Where the files lie."""
    return night.project.inbox / "referrals"


def referral_rows(
    night: Night, records: Rows[PersonRecord], links: Rows[Link], mergers: Rows[RegisterMerger], tokens: pa.Table
) -> tuple[Rows[Referral], list[str], list[str]]:
    """The referrals as they cross the wall, warnings and notes. `tokens`: pseudonyms of everybody who may.

    Raises `CaselinkError` `E-INBOX-CHANGED` where a file came, or changed, after the night was planned.
    """
    folder = referrals_folder(night)
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not files:
        return Referral.empty(), [], []
    if not night.configuration.selection.referrals:
        return Referral.empty(), [NOT_READ], []
    check_planned(night, (digest(path) for path in files))
    given, refused, warnings = list[Given](), Counter[str](), list[str]()
    for place, path in enumerate(files, 1):
        try:
            read = read_referrals(path, night, name=f"file {place} of inbox/referrals")
        except CaselinkError as refusal:
            warnings.append(f"{refusal}; nobody is referred by it.")
            continue
        given += read.rows
        refused.update(read.refused)
    table, unknown = cross(
        given, person_by_number({row.number.ten_digits() for row in given}, records, links, mergers), links, tokens
    )
    refused[UNKNOWN] += unknown
    notes = [f"referrals that are taken: {table.num_rows}."]
    return table, warnings, notes + [f"referrals not taken, {rule}: {count}." for rule, count in sorted(refused.items()) if count]


def read_referrals(path: Path, night: Night, *, name: str) -> Read:
    """One file. Raises `CaselinkError` `E-REFERRAL-FILE` where it is no such file; a row that cannot be used is counted."""
    content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b"\xff"
    text, readable = "", True
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        readable = False  # raised below, outside the except block: the decoder's error holds the bytes
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = tuple(cell.strip().lower() for cell in reader.fieldnames or ())
    if not readable or set(header) != set(COLUMNS) or len(header) != len(COLUMNS):
        raise CaselinkError(
            "E-REFERRAL-FILE", f"{name} is no file of referrals.", cure=f"a CSV file in UTF-8, headed {','.join(COLUMNS)}"
        )
    reader.fieldnames = list(header)
    teams = {team.id for team in night.configuration.team}
    rows, refused = [], Counter[str]()
    for row in reader:
        if not any(value for key, value in row.items() if key):
            continue
        found = _usable(row, night, teams)
        if isinstance(found, Given):
            rows.append(found)
        else:
            refused[found] += 1
    return Read(rows, refused)


def _usable(row: Mapping[str | None, Any], night: Night, teams: set[str]) -> Given | str:
    """The row, or the rule it breaks."""
    if None in row or any(value is None for value in row.values()):
        return "columns do not match the header"
    cells = {str(name): str(value).strip() for name, value in row.items()}
    number = read_nhs_number(cells["nhs_number"])
    if number.number is None or not is_usable(number.kind, synthetic=night.configuration.area.synthetic):
        return "no usable NHS number"
    day = _day(cells["referral_date"])
    if day is None:
        return "bad date"
    if day > night.as_at:
        return "of a day after the night's"
    if cells["decision"] not in REFERRAL_DECISIONS or cells["reason"] not in REFERRAL_REASONS:
        return "code not in list"
    return Given(number.number, day, cells["decision"], cells["reason"], cells["team"] if cells["team"] in teams else None)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def cross(given: list[Given], people: Mapping[str, str], links: Rows[Link], tokens: pa.Table) -> tuple[Rows[Referral], int]:
    """One row per person, the latest referral; and how many rows are about nobody who has a pseudonym.

    Of two of one day, to refer counts: a person then looks at her.
    """
    person_ids = look_up(keys(tokens), keys(links), links["person_id"]).to_pylist()
    pseudonyms = dict(zip(person_ids, tokens["pseudonym"].to_pylist(), strict=True))
    named = [(pseudonyms.get(people.get(row.number.ten_digits(), "")), row) for row in given]
    latest = dict(sorted(((who, row) for who, row in named if who), key=_order))
    return _table(latest.items()), sum(who is None for who, _ in named)


def _order(named: tuple[str, Given]) -> tuple[Any, ...]:
    who, row = named
    return who, row.referral_date, row.decision == "refer", row.reason, row.team or ""


def _table(latest: Any) -> Rows[Referral]:
    rows: Iterator[dict[str, Any]] = (
        {"pseudonym": who, "decision": r.decision, "referral_date": r.referral_date, "reason": r.reason, "team": r.team}
        for who, r in latest
    )
    return Referral.sort(Referral.validate(pa.Table.from_pylist(list(rows), schema=Referral.arrow_schema())))
