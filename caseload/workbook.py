"""Files a team takes away: one workbook, or CSV. No cell of either ever becomes a formula.

Whoever can write into an extract must not be able to write a formula into a list. In the workbook every text is stored
as text, whatever it begins with. A CSV file has no types, so a text that a spreadsheet would take for a formula gets
an apostrophe in front (OWASP, "CSV Injection": =, +, -, @, tab, carriage return, line feed, and the full-width forms
of the first four), and every text is quoted. Numbers are numbers in both.

The same tables give the same bytes: created on the as-at date, by nobody in particular.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from schemas.errors import CaselinkError
from schemas.table import Table

Cell = str | int | float | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# Limits of the format (ECMA-376 as Excel keeps it).
MOST_ROWS = 1_048_575  # beneath the header row
MOST_CHARACTERS = 32_767
MOST_DIGITS_EXACT = 2**53
LONGEST_SHEET_NAME = 31
FORBIDDEN_IN_SHEET_NAME = frozenset("[]:*?/\\")

WIDEST = 60
NARROWEST = 8
WIDTH_ROWS = 200  # rows looked at to choose a column's width

# Nothing is taken for a formula, a link or a number; and nothing is spilled to temporary files.
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
LONGEST_MARK = 230  # characters of a sheet's head, whose limit is 255 with its own codes

ABOUT = "About this list"
NOBODY = "nobody"  # in a sheet without rows

# Columns of shares from 0 to 1, shown as percentages; the cell keeps the number.
SHARES = frozenset({"risk"})


@dataclass(frozen=True)
class Header:
    """What the first sheet says. `lines` are (label, text) pairs; `columns` explains column names. `watermark`: who took the file
    away, of which night and what for; it stands at the head and foot of every sheet, too."""

    title: str
    as_at: dt.date
    lines: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    synthetic: bool = False
    watermark: str = ""


def explain(*tables: type[Table]) -> tuple[tuple[str, str], ...]:
    """Column names and descriptions of typed tables, each name once, for `Header.columns`."""
    found: dict[str, str] = {}
    for table in tables:
        for name, column in table.columns().items():
            found.setdefault(name, column.description)
    return tuple((heading(name), description) for name, description in found.items())


def heading(column: str) -> str:
    """A column's name as the workbook's header shows it: with blanks, so that it can wrap."""
    return column.replace("_", " ")


def write_workbook(path: Path, tables: Mapping[str, pa.Table], header: Header) -> None:
    """Write one sheet per table after the sheet `About this list`; column names become the frozen, filtered header row.

    Raises `CaselinkError` `E-WORKBOOK-SHEET` for a name that Excel refuses and `E-WORKBOOK-ROWS` for too many rows.
    """
    part = path.with_name(path.name + ".part")
    part.write_bytes(workbook(tables, header))
    os.replace(part, path)


def workbook(tables: Mapping[str, pa.Table], header: Header) -> bytes:
    """The same workbook, made in memory: nothing of it touches a disk. Raises as `write_workbook` does."""
    for name, table in tables.items():
        _check(name, table)
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, OPTIONS)
    created = dt.datetime.combine(header.as_at, dt.time(), tzinfo=dt.UTC).replace(tzinfo=None)
    book.set_properties({"title": header.title, "author": "Caselink", "created": created})
    styles = _styles(book)
    _write_about(book, header, styles)
    for name, table in tables.items():
        _write_sheet(book.add_worksheet(name), table, styles)
    for sheet in book.worksheets() if header.watermark else ():
        sheet.set_header(f"&L{_mark(header.watermark)}")
        sheet.set_footer(f"&L{_mark(header.watermark)}&RPage &P of &N")
    book.close()
    return made.getvalue()


def write_csv(path: Path, table: pa.Table) -> None:
    """Write one table as CSV: UTF-8 with a byte-order mark, commas, CRLF, every text quoted, formulas disarmed.

    The mark is there because Excel on Windows takes a CSV without it for Windows-1252 and spoils accents; other
    readers skip it (Python: encoding `utf-8-sig`; pandas and DuckDB by themselves). A null is an empty unquoted field.
    """
    part = path.with_name(path.name + ".part")
    part.write_bytes(csv_text(table).encode("utf-8-sig"))
    os.replace(part, path)


def csv_text(table: pa.Table) -> str:
    """What `write_csv` writes, without its byte-order mark."""
    return "".join(",".join(map(_field, row)) + "\r\n" for row in [table.column_names, *_rows(table)])


def disarm(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _mark(text: str) -> str:
    """A watermark as the head of a sheet takes it: in one line, its ampersands doubled."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain[: LONGEST_MARK - plain[:LONGEST_MARK].count("&")].replace("&", "&&")


def _field(value: Cell) -> str:
    if isinstance(value, str):
        quoted = disarm(value).replace('"', '""')
        return f'"{quoted}"'
    return "" if value is None else str(value)


def _rows(table: pa.Table) -> Iterable[list[Cell]]:
    for batch in table.to_batches(max_chunksize=10_000):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [_cell(value) for value in row]


def _cell(value: Any) -> Cell:
    """Numbers stay numbers; null, NaN and infinity are empty; everything else is text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return value if abs(value) <= MOST_DIGITS_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return "; ".join(str(_cell(item)) for item in value if item is not None)
    return str(value)


def _check(name: str, table: pa.Table) -> None:
    if not 0 < len(name) <= LONGEST_SHEET_NAME or FORBIDDEN_IN_SHEET_NAME.intersection(name) or "'" in name[0] + name[-1]:
        raise CaselinkError(
            "E-WORKBOOK-SHEET", "a sheet's name is empty, longer than 31 characters or has one of []:*?/\\ in it."
        )
    if table.num_rows > MOST_ROWS:
        raise CaselinkError("E-WORKBOOK-ROWS", f"{table.num_rows} rows do not fit a sheet.", cure="use the CSV file")


def _styles(book: Any) -> dict[str, Any]:
    font = {"font_name": "Arial", "font_size": 11, "valign": "top"}
    return {
        "title": book.add_format({**font, "font_size": 16, "bold": True, "font_color": "#003087"}),
        "banner": book.add_format({**font, "bold": True, "font_color": "#FFFFFF", "bg_color": "#AE2573"}),
        "label": book.add_format({**font, "bold": True}),
        "head": book.add_format({**font, "bold": True, "font_color": "#FFFFFF", "bg_color": "#005EB8", "text_wrap": True}),
        "text": book.add_format({**font, "text_wrap": True, "num_format": "@"}),
        "number": book.add_format({**font, "num_format": "General"}),
        "share": book.add_format({**font, "num_format": "0%"}),
    }


def _write_about(book: Any, header: Header, styles: dict[str, Any]) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, _fit(header.title), styles["title"])
    row = 1
    if header.synthetic:
        sheet.write_string(row, 0, "Made-up people", styles["banner"])
        sheet.write_string(row, 1, "Nobody on this list exists.", styles["banner"])
        row += 1
    taken = [("Taken away", header.watermark)] if header.watermark else []
    for label, text in (*taken, ("Data as at", header.as_at.isoformat()), *header.lines, ("", ""), *header.columns):
        sheet.write_string(row, 0, _fit(label), styles["label"])
        sheet.write_string(row, 1, _fit(text), styles["text"])
        row += 1


def _write_sheet(sheet: Any, table: pa.Table, styles: dict[str, Any]) -> None:
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, heading(name), styles["head"])
        sheet.set_column(place, place, _width(name, table[name].slice(0, WIDTH_ROWS)))
    numbers = [styles["share" if name in SHARES else "number"] for name in table.column_names]
    if not table.num_rows:
        sheet.write_string(1, 0, NOBODY, styles["text"])
    for number, row in enumerate(_rows(table), start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, _fit(value), styles["text"])
            elif value is not None:
                sheet.write_number(number, place, value, numbers[place])
    sheet.freeze_panes(1, 1)
    if table.num_columns:
        sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _width(name: str, values: pa.ChunkedArray) -> float:
    longest = max((len(str(_cell(value))) for value in values.to_pylist() if value is not None), default=0)
    heading = max(len(word) for word in name.split("_")) + 4
    return float(min(WIDEST, max(NARROWEST, heading, longest + 2)))


def _fit(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
