"""Workbooks and CSV: nothing becomes a formula, the same night gives the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import html
import tempfile
import zipfile

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseload.lists import CaseloadList
from caseload.workbook import ABOUT, Header, disarm, explain, workbook, write_csv, write_workbook
from schemas.errors import CaselinkError

HEADER = Header("Caseload of the North team", dt.date(2026, 1, 31), lines=(("Night", "abc"), ("Purpose", "=1+1")))
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "http://x.example/",
    "{=1}",
    "007",
    "12",
    "",
    'é,"q"\r\nz',
]
TABLE = pa.table(
    {
        "note": pa.array(HOSTILE),
        "count": pa.array([1, -2, None, 2**60, *range(10)], pa.int64()),
        "share": pa.array([0.5, float("nan"), float("inf"), None, *([-1.25] * 10)]),
        "since": pa.array([dt.date(2026, 1, 1)] * 14),
        "flag": pa.array([True, False, None, *([True] * 11)]),
        "codes": pa.array([["=a", "b"], [], None, *([["x"]] * 11)]),
    }
)


def cells(path, sheet):
    book = openpyxl.load_workbook(path)
    return [[(cell.value, cell.data_type) for cell in row] for row in book[sheet].iter_rows()]


def test_no_cell_is_a_formula_or_a_link_and_text_stays_text(tmp_path):
    path = tmp_path / "list.xlsx"
    write_workbook(path, {"My list": TABLE}, HEADER)
    rows = cells(path, "My list")
    assert {kind for row in rows for _, kind in row} <= {"s", "n"}
    assert [row[0][0] for row in rows[1:11]] == [*HOSTILE[:5], "_x000D_=1", *HOSTILE[6:10]]
    assert all(row[0][1] == "s" for row in rows[1:] if row[0][0] is not None)
    assert [value for value, _ in rows[1][1:]] == [1, 0.5, "2026-01-01", "yes", "=a; b"]
    assert [value for value, _ in rows[2][1:]] == [-2, None, "2026-01-01", "no", ""]
    assert rows[4][1] == (str(2**60), "s")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in text or b"<hyperlink" in text for text in parts.values())


def test_the_sheet_is_frozen_filtered_and_explained(tmp_path):
    path = tmp_path / "list.xlsx"
    columns = explain(CaseloadList)
    write_workbook(path, {"My list": TABLE}, Header("T", HEADER.as_at, columns=columns, synthetic=True))
    book = openpyxl.load_workbook(path)
    sheet = book["My list"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:F15")
    assert sheet.column_dimensions["A"].width >= 8
    about = [[cell.value for cell in row] for row in book[ABOUT].iter_rows()]
    assert about[0][0] == "T"
    assert about[1] == ["Made-up people", "Nobody on this list exists."]
    assert ["Data as at", "2026-01-31"] in about
    assert ["why placed", "why this professional"] in about
    assert book.properties.created == dt.datetime(2026, 1, 31)  # noqa: DTZ001 - the format has no time zone
    assert book.sheetnames == [ABOUT, "My list"]


def test_a_risk_is_a_number_shown_as_a_percentage(tmp_path):
    path = tmp_path / "list.xlsx"
    write_workbook(path, {"My list": pa.table({"risk": [0.342, None], "charlson": [4.0, 0.5]})}, HEADER)
    sheet = openpyxl.load_workbook(path)["My list"]
    assert [(cell.value, cell.number_format) for cell in sheet[2]] == [(0.342, "0%"), (4, "General")]
    assert sheet["A3"].value is None


def test_a_sheet_without_rows_says_nobody(tmp_path):
    path = tmp_path / "list.xlsx"
    write_workbook(path, {"Empty": CaseloadList.empty()}, HEADER)
    rows = cells(path, "Empty")
    assert [name for name, _ in rows[0][:5]] == ["pseudonym", "change", "tier", "rank", "accountable professional id"]
    assert [value for value, _ in rows[1] if value is not None] == ["nobody"]


def test_the_same_tables_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_workbook(tmp_path / f"{name}.xlsx", {"My list": TABLE, "Empty": TABLE.slice(0, 0)}, HEADER)
        write_csv(tmp_path / f"{name}.csv", TABLE)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.csv", "one.xlsx", "two.csv", "two.xlsx"]


def test_a_column_without_a_table_and_a_very_long_text(tmp_path):
    path = tmp_path / "list.xlsx"
    write_workbook(path, {"Nothing": pa.table({}), "Long": pa.table({"a": ["x" * 40_000]})}, HEADER)
    assert len(cells(path, "Long")[1][0][0]) == 32_767


@pytest.mark.parametrize("name", ["", "x" * 32, "a/b", "a:b", "'a", "a'"])
def test_a_sheet_name_that_excel_refuses(tmp_path, name):
    with pytest.raises(CaselinkError, match="E-WORKBOOK-SHEET"):
        write_workbook(tmp_path / "list.xlsx", {name: TABLE}, HEADER)
    assert not list(tmp_path.iterdir())


def test_more_rows_than_a_sheet_holds(tmp_path):
    with pytest.raises(CaselinkError, match="E-WORKBOOK-ROWS"):
        write_workbook(tmp_path / "list.xlsx", {"Big": pa.table({"a": pa.nulls(1_048_576)})}, HEADER)


def test_csv_is_disarmed_and_reads_back(tmp_path):
    path = tmp_path / "list.csv"
    write_csv(path, TABLE)
    raw = path.read_bytes()
    assert raw.startswith(b'\xef\xbb\xbf"note","count"')
    assert raw.split(b"\r\n")[3].startswith(b'"\'-1",,,')  # null and infinity are empty
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["note"] for row in rows] == [f"'{text}" for text in HOSTILE[:8]] + HOSTILE[8:]
    assert rows[0]["codes"] == "'=a; b"
    assert rows[1]["count"] == "-2"


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_disarmed_text_never_begins_a_formula_and_keeps_its_words(text):
    assert not disarm(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert disarm(text).removeprefix("'") == text.removeprefix("'")


def test_a_watermark_stands_on_every_sheet_and_breaks_out_of_none(tmp_path):
    mark = "Tom & Jerry &P&A\n" + "x" * 300
    path = tmp_path / "list.xlsx"
    write_workbook(path, {"One": TABLE, "Two": TABLE}, Header("T", HEADER.as_at, watermark=mark))
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 3
    for sheet in sheets:
        head = html.unescape(sheet.split("<oddHeader>")[1].split("</oddHeader>")[0])
        foot = html.unescape(sheet.split("<oddFooter>")[1].split("</oddFooter>")[0])
        assert head.startswith("&LTom && Jerry &&P&&A xxx")
        assert foot == f"{head}&RPage &P of &N"
        assert len(foot) <= 255
    about = openpyxl.load_workbook(path)[ABOUT]
    assert about["A2"].value == "Taken away"
    assert str(about["B2"].value).startswith("Tom & Jerry")


def test_a_workbook_is_made_without_a_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert workbook({"One": TABLE}, HEADER).startswith(b"PK")
