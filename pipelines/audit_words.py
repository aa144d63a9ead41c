"""Acts and lines of the audit log in words, for a terminal of any width: what, when, by whom, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

Line = tuple[int, str]  # places to stand in, and the text


def act_lines(act: dict[str, Any]) -> Iterator[Line]:
    """One act (`Audit.acts`): its lines, its time in UTC to the second, and how many people it was about."""
    first, last = act["first"], act["last"]
    numbers = f"line {first:,}" if first == last else f"lines {first:,} to {last:,}"
    people = act["people"]
    about = f", about {people:,} {'person' if people == 1 else 'people'}" if people else ""
    yield from _said(act, f"{numbers}{about}")


def row_lines(row: dict[str, Any]) -> Iterator[Line]:
    """One line of the log as it stands, with the pseudonym it is about."""
    yield from _said(row, f"line {row['seq']:,}{', about ' + row['subject'] if row['subject'] else ''}")


def _said(act: dict[str, Any], numbers: str) -> Iterator[Line]:
    moment = dt.datetime.fromisoformat(act["at"]).astimezone(dt.UTC)
    yield 0, f"{moment:%Y-%m-%d %H:%M:%S} UTC  {act['action']}: {act['decision']} ({numbers})"
    role = f", {act['role']}" if act["role"] else ""
    run = f"; run {act['run_id']}" if act["run_id"] else ""
    yield 4, f"by {act['actor']}{role}{run}"
    if act["purpose"] or act["basis"]:
        yield 4, f"for {act['purpose'] or 'a purpose that is not written down'}{'; on ' + act['basis'] if act['basis'] else ''}"
