"""What lies in a source's inbox folder: which table each file is of, and which period it speaks of."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.extracts.layout import TableLayout

TEXT_ENDINGS = (".csv", ".txt", ".tsv", ".psv")
ENDINGS = (*TEXT_ENDINGS, *(ending + ".gz" for ending in TEXT_ENDINGS), ".parquet")
UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload")

# Read from the right: 2024-03-31, 20240331, 2024-03 and 202403 are dates; a run of other digits is not.
DATE_TOKEN = re.compile(r"(?<!\d)((?:19|20)\d\d)-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?(?!\d)")


@dataclass(frozen=True)
class Period:
    """The first and the last day a file's name speaks of. The same day where it names a day."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True)
class Delivered:
    """One file as delivered. `period` is None where the name holds no date."""

    path: Path
    table: str
    period: Period | None

    @property
    def name(self) -> str:
        """File name as delivered."""
        return self.path.name

    @property
    def order(self) -> tuple[dt.date, str]:
        """Later files of one table overlap earlier ones: by end of period, then by name without its endings."""
        return (self.period.end if self.period else dt.date.min, stem_of(self.name))


def stem_of(name: str) -> str:
    """File name without its endings, in lower case."""
    lower = name.lower()
    ending = next((ending for ending in sorted(ENDINGS, key=len, reverse=True) if lower.endswith(ending)), "")
    return lower[: len(lower) - len(ending)]


def period_of(name: str) -> Period | None:
    """The last date in a file name."""
    for found in reversed(list(DATE_TOKEN.finditer(stem_of(name)))):
        year, month = int(found[1]), int(found[2])
        last = calendar.monthrange(year, month)[1]
        if found[3] is None:
            return Period(dt.date(year, month, 1), dt.date(year, month, last))
        if int(found[3]) <= last:
            return Period(dt.date(year, month, int(found[3])), dt.date(year, month, int(found[3])))
    return None


def table_of(name: str, tables: Iterable[TableLayout]) -> str | None:
    """The table whose name the file name begins with; the longest where several fit."""
    stem = stem_of(name)
    fitting = [table.name for table in tables if re.match(re.escape(table.name.lower()) + r"(?![a-z0-9])", stem)]
    return max(fitting, key=len, default=None)


@dataclass(frozen=True)
class Listing:
    """Files to read, in their order, and one line for each that is not read."""

    files: tuple[Delivered, ...]
    warnings: tuple[str, ...]


def list_inbox(folder: Path, tables: tuple[TableLayout, ...], as_at: dt.date) -> Listing:
    """The files of one source. Not read: other endings, names of no table, unfinished files, periods after `as_at`."""
    files, warnings = [], []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith("."):
            continue
        table, period = table_of(path.name, tables), period_of(path.name)
        problem = _unreadable(path, table, tables, period, as_at)
        if problem is None and table is not None:
            files.append(Delivered(path, table, period))
        else:
            warnings.append(f"{folder.name}/{path.name}: {problem}; not read.")
    return Listing(tuple(sorted(files, key=lambda file: (file.table, file.order))), tuple(warnings))


def _unreadable(
    path: Path, table: str | None, tables: tuple[TableLayout, ...], period: Period | None, as_at: dt.date
) -> str | None:
    name = path.name.lower()
    if name.endswith(UNFINISHED):
        return "still being written: its ending says so"
    if not path.is_file():
        return "not a file: put extracts directly into the source's folder"
    if not name.endswith(ENDINGS):
        return "its ending is none of " + ", ".join(ENDINGS) + ": unpack or save it as CSV"
    if table is None:
        return "its name begins with no table of this source: " + ", ".join(layout.name for layout in tables)
    if period is not None and period.start > as_at:
        return "it speaks of a time after the as-at date: wait, or give a later --as-at"
    return None
