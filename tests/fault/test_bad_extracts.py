"""Bad input: every way a delivery goes wrong gives one line with file, place, rule and cure; never a value, never a lost row."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.extract_inbox import ANN, Inbox

MARK = "ZZCANARYZZ"  # stands in every value of every file below: no message may hold it
NAME = "register_2026-10-30.csv"
HEAD = "NHS_NUMBER,GIVEN_NAME,FAMILY_NAME,DATE_OF_BIRTH,GENDER,REGISTERED_FROM\n"
ROW = f"{ANN},{MARK},{MARK},1940-02-03,2,2001-01-01\n"


def rows(count: int, row: str = ROW) -> str:
    return HEAD + row * count


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@dataclass(frozen=True)
class Bad:
    """`state` and what the one line must say; `where` a line or column; `good` rows that are read all the same."""

    id: str
    files: dict[str, str | bytes]
    state: str
    says: tuple[str, ...]
    rejected: int = 0
    left_out: int = 0
    share: float = 0.05


REFUSED = [
    Bad("empty", {NAME: ""}, "refused", (NAME, "line 1", "the file is empty", "ask for the file again")),
    Bad("only blanks", {NAME: "\n\n"}, "refused", (NAME, "line 1", "the file is empty")),
    Bad("header only", {NAME: HEAD}, "refused", (NAME, "E-LAND-ROWLESS", "no rows", "ask for the file again, with its rows")),
    Bad("header only, without line end", {NAME: HEAD.strip()}, "refused", (NAME, "no rows")),
    Bad("header and blank lines", {NAME: HEAD + "\n\n"}, "refused", (NAME, "no rows")),
    Bad("an earlier list without rows", {NAME: rows(3), "register_2026-10-29.csv": HEAD}, "refused", ("-29.csv: no rows",)),
    Bad("header missing", {NAME: ROW * 30}, "refused", (NAME, "line 1", "the header line is missing", "map its columns")),
    Bad(
        "required column missing",
        {NAME: rows(5).replace("DATE_OF_BIRTH", MARK)},
        "refused",
        (NAME, "line 1", "required column DATE_OF_BIRTH", "missing; columns not read: 4.", "map the supplier's name"),
    ),
    Bad(
        "required column renamed",
        {NAME: rows(5).replace("DATE_OF_BIRTH", "DATE OF BIRTHS")},
        "refused",
        (NAME, "DATE_OF_BIRTH of table register is missing", 'did you mean column 4, "DATE OF BIRTHS", for'),
    ),
    Bad(
        "all that is missing, at once",
        {NAME: "GIVEN_NAME,DATE_OF_BIRTHS,GENDER,BORN\n" + f"{MARK},{MARK},2,\n"},
        "refused",
        (
            "required columns NHS_NUMBER, DATE_OF_BIRTH, one of NHS_NUMBER or FAMILY_NAME of table register are missing",
            "columns not read: 2, 4.",
            'did you mean column 2, "DATE_OF_BIRTHS", for DATE_OF_BIRTH? map it in mappings/',
        ),
    ),
    Bad(
        "two renamed",
        {NAME: "NHS_NUMBERS,DATE_OF_BIRTHS,FAMILY_NAME\n,,\n"},
        "refused",
        ('column 1, "NHS_NUMBERS", for NHS_NUMBER, column 2, "DATE_OF_BIRTHS", for DATE_OF_BIRTH? map them',),
    ),
    Bad(
        "one column twice",
        {NAME: rows(5).replace("GIVEN_NAME", "Family Name")},
        "refused",
        (NAME, "columns 2 and 3", "FAMILY_NAME"),
    ),
    Bad("nobody can be named", {NAME: "NHS_NUMBERS,DATE_OF_BIRTH\n,\n"}, "refused", (NAME, "NHS_NUMBER", "column 1")),
    Bad("breaks off", {NAME: rows(30) + f"{ANN},{MARK}"}, "refused", (NAME, "line 32", "breaks off", "again")),
    Bad(
        "quote never closed", {NAME: rows(30) + f'{ANN},"{MARK},{MARK}\n' + ROW * 3}, "refused", (NAME, "line 32", "never closed")
    ),
    Bad("gzip cut short", {NAME + ".gz": gzip.compress(rows(3000).encode())[:-20]}, "refused", (NAME + ".gz", "cut short")),
    Bad(
        "gzip damaged",
        {NAME + ".gz": gzip.compress(rows(9).encode())[:12] + MARK.encode() * 9},
        "refused",
        (NAME + ".gz", "damaged"),
    ),
    Bad("no gzip at all", {NAME + ".gz": rows(3)}, "refused", (NAME + ".gz", "damaged", "again")),
    Bad("parquet: bad magic", {"register_2026-10-30.parquet": MARK.encode() * 20}, "refused", (".parquet", "damaged", "again")),
    Bad(
        "parquet: footer cut",
        {"register_2026-10-30.parquet": parquet(pa.table({"NHS_NUMBER": [MARK], "DATE_OF_BIRTH": ["x"]}))[:-9]},
        "refused",
        (".parquet", "damaged"),
    ),
    Bad(
        "parquet: a list as a column",
        {"register_2026-10-30.parquet": parquet(pa.table({"NHS_NUMBER": [[MARK]], "DATE_OF_BIRTH": ["x"]}))},
        "refused",
        (".parquet", "damaged"),
    ),
    Bad(
        "a row beyond all length",
        {NAME: rows(3) + f"{ANN}," + MARK * 4_000_000 + ",x,1940-02-03,2,\n"},
        "refused",
        (NAME, "longer than"),
    ),
    Bad(
        "dates the other way round",
        {NAME: HEAD + "".join(ROW.replace("2001-01-01", f"2001-{day}-01") for day in range(10, 30))},
        "refused",
        (NAME, "column REGISTERED_FROM", "17 of 20 values cannot be used", "5%", "corrected file"),
    ),
    Bad(
        "too many rows without columns",
        {NAME: rows(30) + f"{ANN},{MARK}\n" * 10},
        "refused",
        (NAME, "line 32", "10 of 40 rows are bad", "columns do not match the header"),
        rejected=10,
    ),
]

KEPT = [
    Bad("a bad date", {NAME: rows(30) + ROW.replace("2001-01-01", MARK)}, "current", (NAME, "REGISTERED_FROM", "1"), left_out=1),
    Bad(
        "a day that is none",
        {NAME: rows(30) + ROW.replace("2001-01-01", "2001-02-30")},
        "current",
        (NAME, "REGISTERED_FROM"),
        left_out=1,
    ),
    Bad("an unknown code", {NAME: rows(30) + ROW.replace(",2,", f",{MARK},")}, "current", (NAME, "GENDER", "1"), left_out=1),
    Bad("a row too short", {NAME: rows(30) + f"{ANN},{MARK}\n"}, "current", (NAME, "quarantine: 1"), rejected=1),
    Bad("a row too long", {NAME: rows(30) + ROW.strip() + ",x\n"}, "current", (NAME, "quarantine: 1"), rejected=1),
    Bad("nobody named", {NAME: rows(30) + ",,,,2,\n"}, "current", (NAME, "quarantine: 1"), rejected=1),
    Bad("a NUL byte", {NAME: rows(30) + ROW.replace(MARK, f"\x00{MARK}")}, "current", (NAME, "quarantine: 1"), rejected=1),
    Bad(
        "bytes of two encodings",
        {NAME: rows(30, "é" + ROW).encode() + ROW.replace(MARK, "é").encode("latin-1")},
        "current",
        (NAME,),
        1,
    ),
    Bad("half a letter", {NAME: rows(30, ROW.replace(MARK, "é")).encode() + b"x,\xc3,x,,,\n"}, "current", (NAME,), rejected=1),
    Bad(
        "half a letter in UTF-16",
        {NAME: rows(30).encode("utf-16") + "x,y,z".encode("utf-16-le") + b"\x00\xd8" + ",,,\n".encode("utf-16-le")},
        "current",
        (NAME, "quarantine: 1"),
        rejected=1,
    ),
    Bad("an extra column", {NAME: rows(3).replace("GENDER", MARK)}, "current", (NAME, "column 5", "not in the layout")),
    Bad("blank lines", {NAME: rows(30) + "\n\n"}, "current", (NAME, "blank lines skipped: 2")),
    Bad(
        "the same bytes twice",
        {NAME: rows(30), "register_2026-10-31.csv": rows(30)},
        "current",
        ("register_2026-10-31.csv", NAME, "same bytes"),
    ),
    Bad(
        "still being written",
        {NAME: rows(3), "register_2026-10-31.csv.part": rows(1)},
        "current",
        (".part", "still being written"),
    ),
    Bad("another ending", {NAME: rows(3), "register.xlsx": b"PK"}, "current", ("register.xlsx", "unpack or save it as CSV")),
    Bad(
        "another table's name", {NAME: rows(3), "regster_2026.csv": b"x"}, "current", ("regster_2026.csv", "begins with no table")
    ),
    Bad(
        "a long field",
        {NAME: rows(30) + f"{ANN}," + MARK * 1_000_000 + ",x,1940-02-03,2,\n"},
        "current",
        (NAME, "GIVEN_NAME"),
        left_out=1,
    ),
]


@pytest.mark.parametrize("bad", [*REFUSED, *KEPT], ids=lambda bad: bad.id)
def test_one_line_says_it(bad: Bad, tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    for name, content in bad.files.items():
        inbox.put("register", name, content)
    landed = inbox.land("register", refuse_share=bad.share)
    assert landed.state == bad.state
    lines = [line for line in (landed.message, *landed.warnings) if line]
    assert all("\n" not in line and len(line) < 400 for line in lines)
    assert all(MARK not in line for line in lines)
    assert not bad.says or any(all(words in line for words in bad.says) for line in lines), lines
    if bad.state == "refused":
        assert landed.files == ()
        assert "Cure: " in landed.message
        assert landed.message.startswith("E-")


@pytest.mark.parametrize("bad", KEPT, ids=lambda bad: bad.id)
def test_nothing_is_lost(bad: Bad, tmp_path: Path) -> None:
    """Good rows and refused rows are the rows of the file; each reject says its line, and no value."""
    inbox = Inbox.at(tmp_path)
    for name, content in bad.files.items():
        inbox.put("register", name, content)
    landed = inbox.land("register")
    for file in landed.files:
        assert pq.read_metadata(file.converted_path).num_rows + file.rejected == file.rows
    assert sum(file.rejected for file in landed.files) == bad.rejected
    assert sum(file.left_out for file in landed.files) == bad.left_out
    rejects = landed.rejects().to_pylist()
    assert len(rejects) == bad.rejected + bad.left_out
    assert all(reject["line"] == 32 for reject in rejects)
    assert MARK not in str(rejects)


def test_rejects_of_a_refused_source_are_in_quarantine(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", NAME, rows(30) + f"{ANN},{MARK}\n" * 10)
    landed = inbox.land("register", refuse_share=0.05)
    assert landed.state == "refused"
    assert landed.rejects().num_rows == 10


def test_a_few_bad_rows_refuse_nothing(tmp_path: Path) -> None:
    """Nine of eighteen are over any share, but a table of eighteen rows is not judged by shares; all of them are."""
    inbox = Inbox.at(tmp_path)
    path = inbox.put("register", NAME, rows(9) + f"{ANN},{MARK}\n" * 9)
    assert inbox.land("register", refuse_share=0.05).state == "current"
    path.write_text(HEAD + f"{ANN},{MARK}\n" * 3)
    assert inbox.land("register", refuse_share=0.05).state == "refused"


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", NAME, rows(3))
    inbox.put("register", "register_2026-10-29.csv", rows(2))
    opened = Path.open

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        if path.name == NAME:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **more)  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    landed = inbox.land("register")
    assert landed.state == "refused"
    assert NAME in landed.message
    assert "cannot be read (PermissionError)" in landed.message


def test_a_folder_named_like_a_file(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026.csv/register_2026-10-30.csv", rows(3))
    landed = inbox.land("register")
    assert landed.state == "missing"
    assert "not a file" in landed.warnings[0]


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F16: not read tonight."""
    from pipelines.extracts import copying

    inbox = Inbox.at(tmp_path)
    path = inbox.put("register", NAME, rows(3))
    copy: Callable[[Path, Path], str] = copying._copy

    def grow(source: Path, staging: Path) -> str:
        digest = copy(source, staging)
        path.write_text(rows(4))
        os.utime(path, (1, 1))
        return digest

    monkeypatch.setattr(copying, "_copy", grow)
    landed = inbox.land("register")
    assert landed.state == "missing"
    assert "still being written" in landed.warnings[0]
    assert list((tmp_path / "vault" / "landed").glob("*copy*")) == []


def test_a_missing_table(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("csds", "CYP001MPI_2026-01.csv", "LocalPatientId,NHSNumber\nP1,\n")
    landed = inbox.land("csds")
    assert landed.state == "refused"
    assert "no file of the table CYP101Referral" in landed.message
    assert "CYP201CareContact" in landed.warnings[0]


def test_files_without_rows_of_an_optional_source_are_one_warning(tmp_path: Path) -> None:
    """Two of the three are the same bytes; all are counted. A file with rows is still read."""
    inbox = Inbox.at(tmp_path)
    head = "NEWNHSNO,LOPATID,PROCODE,APPTDATE,ATTENDED\n"
    for month in ("07", "08"):
        inbox.put("sus_op", f"sus_op_2026-{month}.csv", head)
    inbox.put("sus_op", "sus_op_2026-09.csv", head + "\n")
    inbox.put("sus_op", "sus_op_2026-10.csv", head + f"{ANN},P1,RAA,2026-10-02,5\n")
    landed = inbox.land("sus_op")
    assert landed.state == "current"
    assert [line for line in landed.warnings if "no rows" in line] == ["sus_op_2026-07.csv and 2 other files: no rows."]


def test_a_gzip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F28: refused before it is unpacked, and nothing of it stays."""
    from pipelines.extracts import plain

    monkeypatch.setattr(plain, "MAX_RATIO_FROM", 1 << 20)
    inbox = Inbox.at(tmp_path)
    inbox.put("register", NAME + ".gz", gzip.compress(b"0" * (1 << 24)))
    landed = inbox.land("register")
    assert landed.state == "refused"
    assert "200 times its size" in landed.message
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1 << 18
