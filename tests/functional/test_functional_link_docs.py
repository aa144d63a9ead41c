"""The examples of docs/how-to/link-any-two-files.md run as they stand."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from linkage.files.febrl import load_febrl
from tests.linkage_tables import drawn, person_records

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "link-any-two-files.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)

REGISTER = """
    id | number | status | given | family | born       | sex | postcode
    r1 | n1     | 01     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    r2 | n2     | 01     | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
"""
PRACTICE = """
    id | number | given | family | born       | sex | postcode
    p1 | n1     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    p2 |        | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every file that the page names."""
    files = load_febrl("febrl4")
    assert files.right is not None
    pa.parquet.write_table(files.left.slice(0, 600), tmp_path / "left.parquet")
    pa.csv.write_csv(files.right.slice(0, 600), tmp_path / "right.csv")
    people = load_febrl("febrl1").left.rename_columns({"state": "ward"})
    pa.csv.write_csv(people, tmp_path / "people.csv")
    for name, picture in (("register", REGISTER), ("practice", PRACTICE)):
        pa.parquet.write_table(person_records(drawn(picture)).drop_columns("source"), tmp_path / f"{name}.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(example: str) -> dict[str, Any]:
    place = Path("example.py")
    place.write_text(example, encoding="utf-8")
    return runpy.run_path(str(place))


def test_the_page_has_the_three_shapes() -> None:
    assert len(EXAMPLES) == 3


def test_two_files_and_duplicates(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(EXAMPLES[0])["found"].table.column_names == ["left_id", "right_id", "p", "weight", "linked", "margin"]
    assert ran(EXAMPLES[1])["duplicates"].num_rows == pytest.approx(500, abs=15)
    assert "linked," in capsys.readouterr().out
    assert not list(folder.glob("*.json"))  # a notebook's call writes nothing


def test_several_sources_and_a_register(folder: Path) -> None:
    linked = ran(EXAMPLES[2])["linked"]
    links = {row["local_patient_id"]: row["register_id"] for row in linked.matches.to_pylist() if row["source"] == "gp"}
    assert links == {"p1": "r1", "p2": "r2"}
    assert (folder / "register.parquet").is_file()
