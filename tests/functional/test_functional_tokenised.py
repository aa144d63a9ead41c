"""A council that sends tokens: its files are tokenised, the night links them, and the project holds none of its identifiers."""

from __future__ import annotations

import csv
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import FALLS_BACK, caselink, made_once
from tests.tokenised_area import tokenised_area

pytestmark = pytest.mark.xdist_group("tokenised")
COUNCIL = ("asc_person", "cld")
TOKEN, TOKEN_ANYWHERE = re.compile(rb"[a-p]{32}"), re.compile(rb"(?=([a-p]{32}))")
LEAST_SHARE = 0.9  # of the council's clear links that tokens find in an example; measured: 0.955


@pytest.fixture(scope="module")
def area(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after its first night; `council` beside it holds what never left the council."""

    def make(folder: Path) -> None:
        tokenised_area(example, folder, folder.parent / "council")
        done = caselink("run", "--direct", "--quiet", "--project", str(folder))
        assert done.returncode == FALLS_BACK, done.stdout + done.stderr

    return made_once(tmp_path_factory, "tokenised", make)


def matches(project: Path, *, run: str | None = None) -> list[dict[str, Any]]:
    nights = sorted((project / "vault" / "nights").iterdir(), key=lambda night: night.stat().st_mtime)
    night = project / "vault" / "nights" / run if run else nights[-1]
    rows: list[dict[str, Any]] = pq.read_table(night / "match.parquet").to_pylist()
    return [row for row in rows if row["source"] in COUNCIL]


def texts_of(path: Path) -> bytes:
    """The bytes of a file; of Parquet, which is packed, its texts too.

    Of a night's SQLite file its cells: where they lie side by side the end of one and the beginning of the next make a third.
    """
    if path.name in ("desk.db", "identities.db"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as tables:
            return "\n".join(tables.iterdump()).encode()
    raw = path.read_bytes()
    if path.suffix != ".parquet":
        return raw
    return raw + b"\n" + repr(pq.read_table(path, partitioning=None).to_pylist()).encode()


def found_in(project: Path, wanted: set[str], *, below: str = "") -> set[str]:
    """Which of the texts stand anywhere in the project."""
    every = b"\n".join(texts_of(path) for path in sorted((project / below).rglob("*")) if path.is_file())
    if all(TOKEN.fullmatch(text.encode()) for text in wanted):  # thousands: every place where one could stand, read once
        return wanted & {found.decode() for found in TOKEN_ANYWHERE.findall(every)}
    return {text for text in wanted if text.encode() in every}


def own_identifiers(area: Path) -> set[str]:
    """Identifiers that only the council's own files held: its ids, addresses and property numbers."""
    columns = ("LA_Person_Unique_Identifier", "Address", "UPRN")
    found = set()
    for path in (area.parent / "council").rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found |= {row[name].strip() for row in csv.DictReader(stream) for name in columns if row.get(name)}
    others = "\n".join(path.read_text(encoding="utf-8-sig") for path in (area / "inbox").rglob("*.csv"))
    return {text for text in found if len(text) > 5 and text not in others}  # `7 Church Avenue` is also in 17 Church Avenue


def test_the_night_links_nearly_all_that_clear_linkage_links(area: Path, first_night: Path) -> None:
    clear, tokens = (sum(row["register_id"] is not None for row in matches(project)) for project in (first_night, area))
    assert tokens >= LEAST_SHARE * clear
    steps = {row["step"] for row in matches(area)}
    assert {"token_number", "token_demographic", "same_local_id"} <= steps <= {
        "token_number", "token_demographic", "same_local_id", "unlinked"
    }  # fmt: skip


def test_nothing_identifiable_of_the_council_is_in_the_project(area: Path) -> None:
    wanted = own_identifiers(area)
    assert len(wanted) > 100
    assert found_in(area, wanted) == set()
    assert found_in(area.parent / "council", wanted) == wanted  # the search finds what is there


def test_no_token_is_kept_beyond_linkage(area: Path) -> None:
    header, *rows = csv.reader(next((area / "inbox" / "asc_person").iterdir()).read_text().splitlines())
    tokens = {cell for row in rows for name, cell in zip(header, row, strict=True) if name.startswith("Token_") and cell}
    tokens.discard("caselink-tokens-1")  # the version, in every row
    assert len(tokens) > 100
    for place in ("vault", "runs", "state"):
        assert found_in(area, tokens, below=place) == set()
    assert found_in(area, tokens, below="inbox") == tokens


def test_the_handover_says_what_was_lost(area: Path) -> None:
    (handover,) = (area / "runs").glob("*/handover.md")
    said = handover.read_text(encoding="utf-8")
    assert "records linked by tokens; without identifiers no likeness" in said
    assert "tonight's records with names, linked by tokens alone" in said


@pytest.mark.deep  # nights of its own
def test_a_later_night_keeps_the_links_with_and_without_the_file(area: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(area, tmp_path / "area"))
    (first,) = (project / "vault" / "nights").iterdir()
    shutil.rmtree(project / "inbox" / "asc_person")  # its links stand; those of cld are made anew
    done = caselink("run", "--direct", "--quiet", "--project", str(project), "--as-at", "2026-10-05")
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    assert matches(project) == matches(project, run=first.name)


def test_a_wrong_key_stops_the_night_before_any_write(area: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(area, tmp_path / "area"))
    key = project / "secrets" / "transit.key"
    key.write_text("0" * 64 + "\n")
    key.chmod(0o600)
    done = caselink("run", "--direct", "--quiet", "--project", str(project), "--as-at", "2026-10-05")
    assert done.returncode == 4
    assert "E-TRANSIT-WRONG" in done.stderr
    assert len(list((project / "vault" / "nights").iterdir())) == 1


def test_a_clear_file_where_tokens_were_agreed_is_refused(area: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(area, tmp_path / "area"))
    clear = next((area.parent / "council" / "asc_person").iterdir())
    shutil.copy2(clear, project / "inbox" / "asc_person" / clear.name)
    done = caselink("run", "--direct", "--quiet", "--project", str(project), "--as-at", "2026-10-05")
    assert done.returncode == 4
    assert "E-TRANSIT-CLEAR: asc_person was to come as tokens, and its file 1 of inbox/asc_person has the column" in done.stderr
    text = clear.read_bytes()
    copies = [path for path in (project / "vault").rglob("*") if path.is_file() and path.read_bytes() == text]
    assert copies == []
    check = caselink("check", "--project", str(project), "--as-at", "2026-10-05")
    assert "E-TRANSIT-CLEAR" in check.stdout + check.stderr
    held = pa.table({"text": sorted(own_identifiers(area))})["text"].to_pylist()
    assert not any(text in done.stderr for text in held)
