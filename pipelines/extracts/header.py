"""The header line: which column of the file fills which field of the layout.

When a header is missing, the first line holds data: so a column is named only by its position, unless what stands
there is close to a name we know.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.extracts.layout import Field, TableLayout, fold
from pipelines.extracts.mappings import ColumnNames
from pipelines.extracts.refusal import refusal

DELIMITERS = ",|\t"
HEADER_BYTES = 1 << 18  # a header longer than this is none
CLOSE = 0.8  # likeness of a header to a known name from which it may be shown


@dataclass(frozen=True)
class Header:
    """`columns`: field name to position in the file. `width`: columns in the file. `lines`: lines the header takes."""

    columns: dict[str, int]
    width: int
    lines: int = 1
    delimiter: str = ","
    warnings: tuple[str, ...] = ()


def read_header(path: Path, name: str, layout: TableLayout, names: ColumnNames) -> Header:
    """The header of the UTF-8 text file at `path`, delivered as `name`.

    Raises `CaselinkError` where the file is empty, a required column is missing, or two columns fill one field.
    """
    with path.open("rb") as stream:
        head = stream.read(HEADER_BYTES).decode("utf-8-sig", "replace")
    if not head.strip():
        raise refusal("E-EXTRACT-EMPTY", name, "line 1", "the file is empty", cure="ask for the file again")
    first = head.splitlines()[0]  # decides the delimiter, even where a quoted header goes on below
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    cells = next(reader)
    return resolve(cells, name, layout, names, lines=reader.line_num, delimiter=delimiter)


def resolve(
    cells: Sequence[str], name: str, layout: TableLayout, names: ColumnNames, *, lines: int = 1, delimiter: str = ","
) -> Header:
    """Match header cells to the layout: the project's names first, then the layout's own, then its aliases."""
    found: dict[str, tuple[int, int]] = {}
    unknown = []
    for position, cell in enumerate(cells):
        known = field_of(cell, layout, names)
        if known is None:
            unknown.append(position)
            continue
        field, rank = known
        if field not in found or rank < found[field][0]:
            found[field] = (rank, position)
        elif rank == found[field][0]:
            raise _twice(name, field, found[field][1], position)
    header = Header({field: position for field, (_, position) in found.items()}, len(cells), lines, delimiter)
    _check_required(header, cells, unknown, name, layout)
    extra = [position for position in unknown if cells[position].strip()]
    columns = "column" if len(extra) == 1 else "columns"
    warnings = (f"{columns} {_positions(extra)} not in the layout, not read",) if extra else ()
    return Header(header.columns, header.width, lines, delimiter, warnings)


def field_of(cell: str, layout: TableLayout, names: ColumnNames) -> tuple[str, int] | None:
    """The field a header cell means, and how surely (0 is surest); None where no field has that name."""
    mapped = names.find(cell)
    if mapped is not None:
        return mapped, 0
    folded = fold(cell)
    for item in layout.fields:
        if folded == fold(item.name):
            return item.name, 1
    for item in layout.fields:
        if folded and folded in map(fold, item.aliases):
            return item.name, 2 + list(map(fold, item.aliases)).index(folded)
    return None


def _twice(name: str, field: str, first: int, second: int) -> Exception:
    return refusal(
        "E-EXTRACT-TWICE",
        name,
        f"line 1, columns {first + 1} and {second + 1}",
        f"both are {field}",
        cure="leave one of them out, or rename one in mappings/",
    )


def _check_required(header: Header, cells: Sequence[str], unknown: list[int], name: str, layout: TableLayout) -> None:
    missing = [item for item in layout.fields if item.required and item.name not in header.columns]
    if not header.columns:
        raise refusal(
            "E-EXTRACT-HEADER",
            name,
            "line 1",
            f"no column of the table {layout.name} stands there: the header line is missing or is another table's",
            cure="ask for the file with its header line, or map its columns in mappings/",
        )
    wanted = [item.name for item in missing]
    if layout.any_of and not any(column in header.columns for column in layout.any_of):
        wanted.append(f"one of {' or '.join(layout.any_of)}")
        missing += [item for item in layout.fields if item.name in layout.any_of and item not in missing]
    if wanted:
        raise _lacking(wanted, missing, unknown, cells=cells, name=name, layout=layout)


def _lacking(
    wanted: list[str], missing: list[Field], unknown: list[int], *, cells: Sequence[str], name: str, layout: TableLayout
) -> Exception:
    """All that is missing in one line, the columns in which it may be, and the likeliest candidate of each."""
    rule = f"the required column {wanted[0]} of table {layout.name} is missing"
    if len(wanted) > 1:
        rule = f"the required columns {', '.join(wanted)} of table {layout.name} are missing"
    if unknown:
        rule += f"; columns not read: {_positions(unknown)}"
    near = [(item.name, where) for item in missing if (where := nearest(item, cells, unknown)) is not None]
    if near:
        meant = ", ".join(f'column {where + 1}, "{cells[where].strip()}", for {ours}' for ours, where in near)
        cure = f"did you mean {meant}? map {'it' if len(near) == 1 else 'them'} in mappings/"
    else:
        cure = f"ask for {'it' if len(wanted) == 1 else 'them'}, or map the supplier's names in mappings/"
    return refusal("E-EXTRACT-COLUMN", name, "line 1", rule, cure=cure)


def nearest(item: Field, cells: Sequence[str], unknown: Sequence[int]) -> int | None:
    """Position of the unknown header most like one of the field's names, where it is like enough to be shown."""
    best, where = CLOSE, None
    for known in (item.name, *item.aliases):
        for position in unknown:
            likeness = difflib.SequenceMatcher(None, fold(known), fold(cells[position])).ratio()
            if likeness >= best:
                best, where = likeness, position
    return where


def _positions(positions: Sequence[int]) -> str:
    more = f" and {len(positions) - 10} more" if len(positions) > 10 else ""
    return ", ".join(str(position + 1) for position in positions[:10]) + more
