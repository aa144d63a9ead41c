"""One file of `inbox/referrals`: which of its columns may be read, which of its rows may be used, and what each other one breaks.

    nhs_number,referral_date,decision,reason,team
    9000000017,2026-09-21,refer,carer strain,north

A column that no layout knows, or that `fields.csv` lets nobody use, is not read. A row that cannot be used is counted by rule.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.extracts.border import Border
from pipelines.extracts.layout import fold
from pipelines.governed import REFERRAL
from pipelines.night import Night
from schemas.errors import CaselinkError
from schemas.nhs_number import is_usable, read_nhs_number
from schemas.pseudonymised import REFERRAL_DECISIONS, REFERRAL_REASONS

COLUMNS = tuple(item.name for item in REFERRAL.fields)
MOST_BYTES = 10_000_000


class Read(NamedTuple):
    """Rows that may be used, as columns of `GivenReferral` but `file`; how many rows each rule refused; columns not read."""

    rows: list[dict[str, Any]]
    refused: Counter[str]
    unread: int


def read_referrals(path: Path, night: Night, border: Border, *, name: str) -> Read:
    """One file. Raises `CaselinkError` `E-REFERRAL-FILE` where it is no such file; a row that cannot be used is counted."""
    lines = _lines(path)
    at = _columns(lines[0][1]) if lines else {}
    if any(item.required and item.name not in at for item in REFERRAL.fields):
        raise CaselinkError(
            "E-REFERRAL-FILE", f"{name} is no file of referrals.", cure=f"a CSV file in UTF-8, headed {','.join(COLUMNS)}"
        )
    width, at = len(lines[0][1]), {column: place for column, place in at.items() if border.may_read(column)}
    teams = {team.id for team in night.configuration.team}
    found = Read([], Counter(), width - len(at))
    for line, cells in lines[1:]:
        if not any(cells):
            continue
        row: dict[str, Any] | str = "columns do not match the header"
        if len(cells) == width:
            row = _usable({column: cells[place].strip() for column, place in at.items()}, night, teams)
        if isinstance(row, str):
            found.refused[row] += 1
        else:
            found.rows.append({"line": line, **row})
    return found


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Line and cells of every row; none where the file is too long, no UTF-8 or no CSV. Errors of the readers hold its bytes."""
    if path.stat().st_size > MOST_BYTES:
        return []
    try:
        reader = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        return [(reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error):
        return []


def _columns(header: list[str]) -> dict[str, int]:
    """Column to its place; nothing where one stands there twice."""
    folded = [fold(cell) for cell in header]
    twice = any(folded.count(fold(name)) > 1 for name in COLUMNS)
    return {} if twice else {name: folded.index(fold(name)) for name in COLUMNS if fold(name) in folded}


def _usable(cells: Mapping[str, str], night: Night, teams: set[str]) -> dict[str, Any] | str:
    """The row as it may be used, or the rule it breaks."""
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
    return {
        "nhs_number": number.number.ten_digits(),
        "referral_date": day,
        "decision": cells["decision"],
        "reason": cells["reason"],
        "team": cells["team"] if cells.get("team") in teams else None,
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
