"""Encodings, delimiters, packings and line breaks: the same rows come out of all of them."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.extracts.lines import count_breaks, line_numbers
from pipelines.extracts.plain import to_plain
from tests.extract_inbox import ANN, BEN, Inbox

TEXT = f"NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n{ANN},Zoë,1940-02-03\n{BEN},O’Hara,1950-04-05\n"


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


AS_PARQUET = pa.table(
    {
        "NHS_NUMBER": pa.array([int(ANN), int(BEN)]),
        "FAMILY_NAME": pa.array(["Zoë", "O’Hara"]).dictionary_encode(),
        "DATE_OF_BIRTH": pa.array([dt.date(1940, 2, 3), dt.date(1950, 4, 5)]),
    }
)
AS_MOMENTS = AS_PARQUET.set_column(2, "DATE_OF_BIRTH", AS_PARQUET["DATE_OF_BIRTH"].cast(pa.timestamp("us")))

FORMS: dict[str, tuple[str, bytes]] = {
    "utf-8": ("csv", TEXT.encode()),
    "utf-8 with mark": ("csv", TEXT.encode("utf-8-sig")),
    "utf-16 with mark": ("csv", TEXT.encode("utf-16")),
    "utf-16 little end first": ("csv", TEXT.encode("utf-16-le")),
    "utf-16 big end first": ("txt", TEXT.encode("utf-16-be")),
    "windows-1252": ("csv", TEXT.encode("cp1252")),
    "pipe": ("csv", TEXT.replace(",", "|").encode()),
    "tab": ("tsv", TEXT.replace(",", "\t").encode()),
    "gzip": ("csv.gz", gzip.compress(TEXT.encode())),
    "gzip of utf-16": ("csv.gz", gzip.compress(TEXT.encode("utf-16"))),
    "CR LF": ("csv", TEXT.replace("\n", "\r\n").encode()),
    "CR": ("csv", TEXT.replace("\n", "\r").encode()),
    "last line open": ("csv", TEXT.strip().encode()),
    "quoted": ("csv", "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in TEXT.splitlines()).encode()),
    "header over two lines": ("csv", TEXT.replace("FAMILY_NAME", '"FAMILY\nNAME"').encode()),
    "blanks around values": ("csv", TEXT.replace(",", " , ").encode()),
    "parquet": ("parquet", parquet(AS_PARQUET)),
    "parquet with moments": ("parquet", parquet(AS_MOMENTS)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_rows(form: str, tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    ending, content = FORMS[form]
    inbox.put("register", f"register_2026-10-30.{ending}", content)
    landed = inbox.land("register")
    assert landed.state == "current", landed.message
    assert landed.warnings == ()
    table = pq.read_table(landed.files[0].converted_path)
    found = table.select(["NHS_NUMBER", "FAMILY_NAME", "DATE_OF_BIRTH"]).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        (ANN, "Zoë", dt.date(1940, 2, 3)),
        (BEN, "O’Hara", dt.date(1950, 4, 5)),
    ]
    first = 3 if form == "header over two lines" else 1 if ending == "parquet" else 2
    assert table["_line"].to_pylist() == [first, first + 1]


def test_line_numbers_count_line_breaks_inside_quotes(tmp_path: Path) -> None:
    """A reject behind two fields with line breaks says the line an editor shows."""
    inbox = Inbox.at(tmp_path)
    header = "NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH,ADDRESS\n"
    text = header + ',Lee,1940-02-03,"1 High St\nTown"\n,Lee,1940-02-03,"a\r\n""b""\n"\n,Lee,bad,c\n'
    inbox.put("register", "register_2026-10-30.csv", text)
    landed = inbox.land("register")
    assert landed.rejects().to_pylist() == [
        {
            "source": "register",
            "file": "register_2026-10-30.csv",
            "line": 7,
            "rule": "bad date: value left out",
            "column": "DATE_OF_BIRTH",
        }
    ]
    assert pq.read_table(landed.files[0].converted_path)["_line"].to_pylist() == [2, 4, 7]


def test_rows_over_several_blocks_keep_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ragged rows between good ones, in blocks of a few rows."""
    from pipelines.extracts import conversion

    monkeypatch.setattr(conversion, "BLOCK_BYTES", 300)
    monkeypatch.setattr(conversion, "ROWS_AT_ONCE", 7)
    rows = [f"{ANN},Lee,1940-02-03" if number % 5 else "ragged" for number in range(2, 202)]
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", "\n".join(["NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH", *rows]) + "\n")
    landed = inbox.land("register")
    lines = pq.read_table(landed.files[0].converted_path)["_line"].to_pylist()
    assert lines == [number for number in range(2, 202) if number % 5]
    assert landed.rejects()["line"].to_pylist() == [number for number in range(2, 202) if not number % 5]


def test_a_row_longer_than_a_block_is_read_in_a_second_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.extracts import conversion

    monkeypatch.setattr(conversion, "BLOCK_BYTES", 200)
    inbox = Inbox.at(tmp_path)
    text = f"NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n{ANN},{'x' * 900},1940-02-03\n"
    inbox.put("register", "register_2026-10-30.csv", text)
    assert inbox.land("register").files[0].rows == 1


@pytest.mark.parametrize(
    ("text", "breaks"), [(b"", 0), (b"a\nb", 1), (b"a\r\nb\r\n", 2), (b"\r\r\n\n", 3), (b"\r" * 40, 40), (b"\r\n" * 40, 40)]
)
def test_counting_line_breaks(text: bytes, breaks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the text is cut into pieces."""
    from pipelines.extracts import lines

    for piece in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(lines, "PIECE", piece)
        assert count_breaks(text, 0, len(text)) == breaks


def test_quotes_inside_a_field_open_nothing(tmp_path: Path) -> None:
    """5" nails and 7" nails on two lines are two rows; so are lines on which quotes are uneven."""
    path = tmp_path / "text"
    path.write_bytes(b'a,b\n5" nails,7"\n5",x\ny"z,\n"q\nr",2\n1,2\n')
    numbers = line_numbers(path, "text", ",")
    assert numbers.of(numbers._rows).tolist() == [5]
    assert numbers.of(numbers._rows + 1).tolist() == [7]


def surveyed(content: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "delivered"
    path.write_bytes(content)
    return to_plain(path, "delivered.csv", tmp_path)


@pytest.mark.parametrize(
    ("content", "text", "marred"),
    [
        (b"a,b\n", "a,b\n", False),
        ("é\n".encode("cp1252"), "é\n", False),
        ("é".encode() + b"\xff\n", "é�\n", True),
        ("�\n".encode(), "�\n", True),
        (b"a\x00b\n", "a\x00b\n", True),
        (b"\x81\n", "�\n", True),
        ("é\n".encode("utf-16") + b"x", "é\n�", True),
    ],
)
def test_what_cannot_be_decoded_is_marked(content: bytes, text: str, marred: bool, tmp_path: Path) -> None:
    """Windows-1252 only where there is no letter of UTF-8; never a wrong letter in a name."""
    plain = surveyed(content, tmp_path)
    assert plain.path.read_text() == text
    assert plain.marred is marred


def test_encodings_are_told_over_several_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter cut in two by a chunk's edge is still a letter."""
    from pipelines.extracts import plain

    monkeypatch.setattr(plain, "CHUNK", 3)
    found = surveyed("aéé€é\n".encode(), tmp_path)
    assert found.path.name == "delivered"
    assert not found.marred
    assert found.ends_with_newline
