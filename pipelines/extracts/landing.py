"""Land a source: copy its files into the vault by content, convert each once, and say which the night may read.

What arrived                                        what becomes of it
the same bytes under a second name                  ignored, with a warning
a file still being written                          not read, with a warning
an unreadable file, a missing required column, ...  the source is refused
a register without any row                          the source is refused; elsewhere one warning names the files
more bad rows, or bad values in one column,         the source is refused
than `refuse_share` of a file
far fewer or far more rows than its forerunners     the file is held until released; the others are read
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.extracts.border import Border
from pipelines.extracts.conversion import Task, convert
from pipelines.extracts.copying import ChangedWhileReadError, is_still, land_copy
from pipelines.extracts.delivered import Delivered, list_inbox
from pipelines.extracts.excess import has_excess
from pipelines.extracts.findings import ReadFile, file_problem, missing_tables, remarks, rowless, without_rows
from pipelines.extracts.holding import Count, out_of_line
from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.extracts.layout import Extract
from pipelines.extracts.mappings import Mappings
from pipelines.extracts.refusal import refusal
from schemas.errors import CaselinkError

__all__ = ["LandSettings", "LandedFile", "LandedSource", "land"]

CONVERTED = "converted"
CHANGED = "it changed while it was read, so it is still being written; not read."


@dataclass(frozen=True)
class LandSettings:
    """`synthetic`: 9xx NHS numbers may be used. `refuse_share`: share of bad rows above which a source is refused.

    `released`: SHA-256 of files that were held and that a person has let in. `threads`: files converted at once. `borders`: what
    the files of a table have to pass, by (source, table); None: nothing is kept out.
    """

    synthetic: bool = False
    refuse_share: float = 0.05
    released: frozenset[str] = frozenset()
    threads: int = 2
    borders: Mapping[tuple[str, str], Border] | None = None

    def border(self, source: str, table: str) -> Border:
        """What the files of one table have to pass; a table that the project's field list does not name may read nothing."""
        return Border() if self.borders is None else self.borders.get((source, table), Border(frozenset()))


@dataclass
class _Copied:
    """Files to convert, and what went wrong on the way into the vault."""

    tasks: list[tuple[Delivered, Task]] = field(default_factory=list)
    problems: list[CaselinkError] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    doubles: list[tuple[str, Task]] = field(default_factory=list)


def land(
    extract: Extract, inbox: Path, landed: Path, *, mappings: Mappings, settings: LandSettings, as_at: dt.date
) -> LandedSource:
    """Land the files of `inbox/<source>`. Never raises for what is in a file: the state and one line say it.

    Files that speak only of days after `as_at` are left for a later night.
    """
    listing = list_inbox(inbox / extract.source, extract.tables, as_at)
    copied = _copy_all(extract, listing.files, landed, mappings, settings)
    with ThreadPoolExecutor(settings.threads) as pool:
        results = list(pool.map(lambda task: convert(task, landed / CONVERTED), [task for _, task in copied.tasks]))
    read = [ReadFile(file, task, result) for (file, task), result in zip(copied.tasks, results, strict=True)]
    read, moved = _unmoved(read)
    copied.unfinished += moved
    problems = [*copied.problems, *(found for each in read if (found := file_problem(each, settings.refuse_share)))]
    problems += without_rows(extract, read)
    if read and not problems:
        problems = missing_tables(extract, read)
    empty = rowless(extract, read, copied.doubles)
    warnings = [*listing.warnings, *copied.unfinished, *_doubles(copied, read), *empty, *remarks(read), *_kept_out(read)]
    return _source(extract, read, problems, warnings, settings)


def _copy_all(
    extract: Extract, files: tuple[Delivered, ...], landed: Path, mappings: Mappings, settings: LandSettings
) -> _Copied:
    copied = _Copied()
    seen: dict[tuple[str, str], Task] = {}
    for file in files:
        layout, names = extract.table(file.table), mappings.of(extract.source, file.table)
        border = settings.border(extract.source, file.table)
        withheld = border.withheld(layout)
        if withheld:
            rule, cure = (
                f"the field list does not let {withheld[0]} be read, which {layout.name} needs",
                "look through fields.csv",
            )
            copied.problems.append(refusal("E-LAND-FIELDS", file.name, "", rule, cure=cure))
            continue
        try:
            passing = bool(layout.forgotten) or has_excess(file.path, layout, names, border)
            path, digest = land_copy(file.path, landed, keep=not passing)
        except ChangedWhileReadError:
            copied.unfinished.append(f"{file.name}: {CHANGED}")
            continue
        except OSError as error:
            rule, cure = f"the file cannot be read ({type(error).__name__})", "check its rights, or ask for it again"
            copied.problems.append(refusal("E-LAND-UNREADABLE", file.name, "", rule, cure=cure))
            continue
        task = Task(extract.source, file.name, path, digest, layout, names, settings.synthetic, border)
        if (file.table, digest) in seen:
            copied.doubles.append((file.name, seen[file.table, digest]))
        else:
            seen[file.table, digest] = task
            copied.tasks.append((file, task))
    return copied


def _unmoved(read: list[ReadFile]) -> tuple[list[ReadFile], list[str]]:
    """The files whose bytes are still those that were counted; those converted where they lie may have been written on."""
    moved = {
        each.file.name for each in read if each.task.landed == each.file.path and not is_still(each.file.path, each.task.sha256)
    }
    for each in read:
        if each.file.name in moved:
            shutil.rmtree(each.result.folder)
    return [each for each in read if each.file.name not in moved], [f"{name}: {CHANGED}" for name in sorted(moved)]


def _doubles(copied: _Copied, read: list[ReadFile]) -> list[str]:
    """Files with no row are often the same bytes: `rowless` speaks of those."""
    rows = {each.task.name: each.result.summary.rows for each in read}
    names: dict[str, list[str]] = {}
    for name, task in copied.doubles:
        if rows[task.name]:
            names.setdefault(task.name, []).append(name)
    return [f"{', '.join(doubles)}: the same bytes as {first}; ignored." for first, doubles in names.items()]


def _kept_out(read: list[ReadFile]) -> list[str]:
    """Rows that a flag kept out, by flag."""
    counts: dict[str, int] = {}
    for each in read:
        for flag, rows in each.result.summary.kept_out.items():
            counts[flag] = counts.get(flag, 0) + rows
    return [f"{rows} rows left out at landing: {flag}." for flag, rows in sorted(counts.items())]


def _source(
    extract: Extract, read: list[ReadFile], problems: list[CaselinkError], warnings: list[str], settings: LandSettings
) -> LandedSource:
    quarantine = tuple(each.result.rejects_path for each in read)
    if problems:
        warnings += [str(problem) for problem in problems[1:]]
        return LandedSource(extract.source, "refused", (), str(problems[0]), tuple(warnings), (), quarantine)
    if not read:
        return LandedSource(extract.source, "missing", (), f"no file in inbox/{extract.source}.", tuple(warnings))
    held = _held(extract, read, settings.released)
    reasons = [
        f"E-LAND-HELD: {each.file.name}: {held[each.task.sha256]}. Cure: look at the file; "
        f"let it in with `caselink publish release {extract.source}`, or ask for it again"
        for each in read
        if each.task.sha256 in held
    ]
    files = tuple(_landed(each) for each in read if each.task.sha256 not in held)
    state = "held" if held else "current"
    return LandedSource(
        extract.source, state, files, reasons[0] if reasons else "", (*warnings, *reasons[1:]), tuple(sorted(held)), quarantine
    )


def _held(extract: Extract, read: list[ReadFile], released: frozenset[str]) -> dict[str, str]:
    held = {}
    for layout in extract.tables:
        files = [each for each in read if each.file.table == layout.name]
        counts = [Count(each.file.period.end if each.file.period else None, each.result.summary.rows) for each in files]
        let_in = [each.task.sha256 in released for each in files]
        for each, reason in zip(files, out_of_line(counts, layout, let_in), strict=True):
            if reason is not None:
                held[each.task.sha256] = reason
    return held


def _landed(each: ReadFile) -> LandedFile:
    summary, result = each.result.summary, each.result
    return LandedFile(
        each.file.name,
        each.file.table,
        each.file.period.end if each.file.period else None,
        each.task.sha256,
        rows=summary.rows,
        rejected=summary.rejected,
        kept_out=sum(summary.kept_out.values()),
        marked=summary.marked,
        left_out=sum(summary.left_out.values()),
        converted_path=result.data,
    )
