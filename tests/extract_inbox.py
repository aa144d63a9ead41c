"""Small deliveries for tests of extracts: text in, people, activity and rejects out."""

from __future__ import annotations

import datetime as dt
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.assemble import assemble
from pipelines.extracts.landing import LandedSource, LandSettings, land
from pipelines.extracts.layout import Extract
from pipelines.extracts.mappings import Mappings, load_mappings

AS_AT = dt.date(2026, 10, 31)

# Numbers of the test range with right check digits.
ANN, BEN, CAT = "9000000017", "9000000025", "9000000033"


def source(name: str) -> Extract:
    """The extract of that name."""
    return next(extract for extract in EXTRACTS if extract.source == name)


def drawn(picture: str) -> str:
    """A table drawn with `|` as CSV text: cells are trimmed, a line of dashes is left out."""
    lines = [line for line in textwrap.dedent(picture).strip().splitlines() if set(line) - set("-| ")]
    return "".join(",".join(cell.strip() for cell in line.split("|")) + "\n" for line in lines)


@dataclass
class Inbox:
    """A project's inbox and vault in a folder of its own."""

    folder: Path
    mappings: Mappings

    @classmethod
    def at(cls, folder: Path) -> Inbox:
        """An empty one."""
        return cls(folder, load_mappings())

    def put(self, name: str, file: str, content: str | bytes) -> Path:
        """Deliver one file to a source."""
        path = self.folder / "inbox" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self, name: str, as_at: dt.date = AS_AT, **settings: Any) -> LandedSource:
        """Land one source."""
        chosen = LandSettings(**{"synthetic": True, "refuse_share": 1.0, "threads": 1, **settings})
        inbox, landed = self.folder / "inbox", self.folder / "vault" / "landed"
        return land(source(name), inbox, landed, mappings=self.mappings, settings=chosen, as_at=as_at)

    def rows(self, name: str, as_at: dt.date = AS_AT) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """People and activity of one source as rows, in a fixed order."""
        with Engine(self.folder / "spill", threads=1) as engine:
            found = assemble(source(name), self.land(name, as_at), engine, as_at)
            tables = [engine.to_arrow(frame).to_pylist() if frame is not None else [] for frame in found]
        people, activity = tables
        by_event = ("start_date", "local_patient_id", "activity_type", "end_date", "provider_code")
        return (
            sorted(people, key=lambda row: str(row["local_patient_id"])),
            sorted(activity, key=lambda row: tuple(str(row[name]) for name in by_event)),
        )


def matches(rows: list[dict[str, Any]], picture: str) -> None:
    """Assert that rows look like a drawn table. `-` is null or empty, `/` stands for `|`; attributes go by their own names."""
    drawn_rows = [[cell.strip() for cell in line.split("|")] for line in textwrap.dedent(picture).strip().splitlines()]
    names, expected = drawn_rows[0], drawn_rows[1:]
    found = []
    for row in rows:
        flat = {**(row.get("attributes") or {}), **row}
        found.append([_cell(flat[name]) for name in names])
    assert found == [cells for cells in expected if not _is_rule(cells)]


def _is_rule(cells: list[str]) -> bool:
    return all(len(cell) > 1 and set(cell) == {"-"} for cell in cells)


def _cell(value: Any) -> str:
    if value is None or value == []:
        return "-"
    return " ".join(value) if isinstance(value, list) else str(value).replace("|", "/")
