"""A source that came with much less than on the night before: it waits for a person, and the night before's files are used.

`pipelines/extracts/holding.py` measures a file against its forerunners in the same inbox. A whole feed that came anew with half
its rows has no forerunner there; the night before has. A source whose files hold no row at all counts as missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipelines.extracts.holding import DROP_TO, LEAST_ROWS
from pipelines.extracts.landed import LandedFile, LandedSource

LEAST_ROWS_OF_A_PERIOD = 20  # the same file, delivered again, does not lose rows by chance


def hold_thinned(landed: Iterable[LandedSource], earlier: Iterable[LandedSource], released: frozenset[str]) -> list[LandedSource]:
    """The sources, those held that have lost rows since the night before; files that a person has released are let in."""
    before = {each.source: each for each in earlier}
    return [_checked(source, before.get(source.source), released) for source in landed]


def _checked(source: LandedSource, before: LandedSource | None, released: frozenset[str]) -> LandedSource:
    if not source.files:
        return source
    if not any(file.rows for file in source.files):
        return replace(source, state="missing", files=(), message=f"the files of {source.source} hold no row.")
    known = {file.sha256 for file in before.files} if before else set()
    new = [file for file in source.files if file.sha256 not in known and file.sha256 not in released]
    lost = _lost(source.files, before.files, new) if before and new else ""
    if not lost:
        return source
    message = (
        f"E-LAND-HELD: {source.source}: {lost}. Cure: look at the files; "
        f"let them in with `caselink publish release {source.source}`, or ask for them again"
    )
    held = tuple(sorted({*source.held, *(file.sha256 for file in new)}))
    return replace(source, state="held", files=(), message=message, held=held)


def _lost(tonight: Sequence[LandedFile], before: Sequence[LandedFile], new: Sequence[LandedFile]) -> str:
    """In words, the first table, or the first file of the night before, of which too little came; empty where there is none."""
    now, then = _rows(tonight), _rows(before)
    for table, rows in sorted(then.items()):
        if rows >= LEAST_ROWS and now[table] <= rows * DROP_TO and any(file.table == table for file in new):
            return f"{now[table]} rows of {table} where the last night had {rows}"
    same = {(file.table, file.name): file for file in before}
    for file in new:
        last = same.get((file.table, file.name))
        if last is not None and last.rows >= LEAST_ROWS_OF_A_PERIOD and file.rows <= last.rows * DROP_TO:
            return f"a file of {file.table} came again with {file.rows} rows where it had {last.rows}"
    return ""


def _rows(files: Iterable[LandedFile]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for file in files:
        counts[file.table] += file.rows
    return counts
