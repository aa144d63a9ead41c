"""The council's side: what leaves, what does not, bad rows, and the commands of the how-to page."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from governance.transit import create_transit_key
from pipelines.cli import app
from pipelines.tokenise import tokenise
from schemas.errors import CaselinkError, ConfigurationError, GovernanceError
from tests.extract_inbox import ANN, BEN, drawn

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "tokenise-at-the-council.md"
COMMANDS = re.findall(r"^caselink (source .*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)

CLIENTS = f"""
    LA_Code | LA_Person_Unique_Identifier | NHS_Number | Given_Name | Family_Name | Date_of_Birth | Gender | Address       | UPRN     | Postcode | GP_Practice_Code | Telephone
    901     | P1                          | {ANN}      | Ann        | Hill        | 1950-03-02    | 2      | 1 Long Street | 10012345 | SW1A 1AA | A81001           | 01134960000
    901     | P2                          |            | Ben        | Field       | 1960-05-06    | 1      | 2 Long Street | 10012346 | LS1 4AP  | A81001           |
    901     |                             | {BEN}      | Cat        | Moor        | 1970-07-08    | 2      | 3 Long Street | 10012347 | LS1 4AP  | A81001           |
"""  # noqa: E501
EVENTS = f"""
    LA_Code | LA_Person_Unique_Identifier | NHS_Number | Date_of_Birth | Date_of_Death | Gender | Event_Type | Event_Start_Date | Event_End_Date | Event_Description | Request_Route_of_Access | Service_Type                 | Unit_Cost | Cost_Frequency_Unit_Type
    901     | P1                          | {ANN}      | 1950-03-02    | 2026-02-01    | 2      | Service    | 2025-01-01       |                | Ann Hill at home  |                         | Long term support: Community | 12.05     | per week
    901     | P1                          | {ANN}      | 1950-03-02    | 2026-02-01    | 2      | Request    | 2024-12-01       | 2024-12-02     |                   | her son rang: Jo Hill   |                              |           |
    901     |                             | {BEN}      | 1960-05-06    |               | 1      | Review     | 2025-01-01       | 2026-03-01     |                   |                         |                              |           |
"""  # noqa: E501
SECRET = (
    ANN,
    BEN,
    "P1",
    "Ann",
    "Hill",
    "1950-03-02",
    "1960-05-06",
    "2026-02-01",
    "Long Street",
    "1001234",
    "SW1A",
    "LS1",
    "0113",
    "her son",
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "transit.key"
    create_transit_key(path)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def delivered(tmp_path: Path, name: str, picture: str) -> Path:
    path = tmp_path / "clear" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(drawn(picture), encoding="utf-8")
    return path


def test_a_client_index_leaves_as_tokens(tmp_path: Path, key: Path) -> None:
    file = delivered(tmp_path, "asc_person_2026-09-30_Hill.csv", CLIENTS)
    answer = tokenise("asc_person", file, key, tmp_path / "out", synthetic=True)
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "asc_person_tokens_2026-09-30.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (answer["rejected"], answer["people"]) == (1, 2)
    rows = rows_of(path)
    assert sorted(row["Month_of_Birth"] for row in rows) == ["1950-03-01", "1960-05-01"]
    assert sorted(bool(row["Token_nhs_number"]) for row in rows) == [False, True]
    assert all(row["Token_given_family_birth_postcode"] for row in rows)
    sent = path.read_text(encoding="utf-8")
    assert [text for text in SECRET if text in sent] == []
    assert [text for text in SECRET if text in str(answer)] == []


def test_numbers_of_the_test_range_are_not_used_without_a_word(tmp_path: Path, key: Path) -> None:
    file = delivered(tmp_path, "asc_person.csv", CLIENTS.replace("901     |                             |", "901     | P3 |"))
    for synthetic, unused, code in ((False, 2, 5), (True, 0, 0)):
        answer = tokenise("asc_person", file, key, tmp_path / "out", synthetic=synthetic)
        assert (answer["test_numbers"], answer["tokens"]["nhs_number"]) == (unused, 2 - unused)
        options = ["--source", "asc_person", "--file", str(file), "--key", str(key), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(app, ["source", "tokenise", *options, *(["--synthetic"] if synthetic else [])])
        assert (done.exit_code, "NHS numbers of 2 people" in done.output) == (code, not synthetic)


def test_events_leave_without_free_text(tmp_path: Path, key: Path) -> None:
    file = delivered(tmp_path, "cld_2026-06.csv", EVENTS)
    answer = tokenise("cld", file, key, tmp_path / "out", synthetic=True)
    assert set(answer["files"]) == {"cld_2026-06-30.csv", "cld_tokens_2026-06-30.csv"}
    events = rows_of(tmp_path / "out" / "cld_2026-06-30.csv")
    found = {row["Event_Type"]: row for row in events}
    assert found["Service"]["Event_End_Date"] == "2026-02-01"  # the day she died ends it: an end like any other
    assert (found["Service"]["Unit_Cost"], found["Service"]["Cost_Frequency_Unit_Type"]) == ("12.05", "Weekly")
    assert re.fullmatch("[a-p]{32}", found["Request"]["Request_Route_of_Access"])
    people = {row["LA_Person_Unique_Identifier"] for row in rows_of(tmp_path / "out" / "cld_tokens_2026-06-30.csv")}
    assert {row["LA_Person_Unique_Identifier"] for row in events} == people
    sent = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert [text for text in SECRET if text in sent and text != "2026-02-01"] == []


def test_one_person_has_one_keyed_id_in_both_files(tmp_path: Path, key: Path) -> None:
    for source, name, picture in (("asc_person", "asc_person.csv", CLIENTS), ("cld", "cld.csv", EVENTS)):
        tokenise(source, delivered(tmp_path, name, picture), key, tmp_path / "out", synthetic=True)
    index, events = (rows_of(tmp_path / "out" / f"{name}_tokens.csv") for name in ("asc_person", "cld"))
    shared = {row["LA_Person_Unique_Identifier"] for row in index} & {row["LA_Person_Unique_Identifier"] for row in events}
    assert len(shared) == 1
    other = tmp_path / "other" / "transit.key"
    create_transit_key(other)
    tokenise("cld", tmp_path / "clear" / "cld.csv", other, tmp_path / "out2", synthetic=True)
    assert not shared & {row["LA_Person_Unique_Identifier"] for row in rows_of(tmp_path / "out2" / "cld_tokens.csv")}


def test_the_order_of_rows_never_matters(tmp_path: Path, key: Path) -> None:
    lines = drawn(EVENTS).splitlines(keepends=True)
    for folder, rows in (("a", lines[1:]), ("b", lines[:0:-1])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cld.csv").write_text(lines[0] + "".join(rows), encoding="utf-8")
        tokenise("cld", tmp_path / folder / "cld.csv", key, tmp_path / folder / "out", synthetic=True)
    for name in ("cld.csv", "cld_tokens.csv"):
        assert (tmp_path / "a" / "out" / name).read_bytes() == (tmp_path / "b" / "out" / name).read_bytes()


def test_what_cannot_be_tokenised_is_refused(tmp_path: Path, key: Path) -> None:
    file = delivered(tmp_path, "asc_person.csv", CLIENTS)
    out = tmp_path / "out"
    with pytest.raises(ConfigurationError, match="E-TOKENISE-SOURCE"):
        tokenise("gp", file, key, out)
    with pytest.raises(ConfigurationError, match=r"E-TOKENISE-FILE: the file of --file is not there"):
        tokenise("cld", tmp_path / "nothing.csv", key, out)
    with pytest.raises(ConfigurationError, match=r"E-TOKENISE-FILE: the ending .* Cure: one of: \.csv, "):
        tokenise("cld", delivered(tmp_path, "cld.xlsx", CLIENTS), key, out)
    with pytest.raises(
        CaselinkError, match=r"E-EXTRACT-COLUMN: the file of --file, line 1: .* was --source asc_person meant"
    ) as said:
        tokenise("cld", file, key, out)
    assert "cld.csv" not in str(said.value)
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CaselinkError, match="E-EXTRACT"):
        tokenise("asc_person", file, key, out)
    key.chmod(0o644)
    with pytest.raises(GovernanceError, match="E-KEY-MODE"):
        tokenise("asc_person", file, key, out)
    assert not out.exists()


def test_an_identifier_in_an_allowed_column_is_left_out(tmp_path: Path, key: Path) -> None:
    file = delivered(tmp_path, "asc_person.csv", CLIENTS.replace("A81001", ANN))
    tokenise("asc_person", file, key, tmp_path / "out", synthetic=True)
    (path,) = (tmp_path / "out").iterdir()
    assert {row["GP_Practice_Code"] for row in rows_of(path)} == {""}
    assert ANN not in path.read_text(encoding="utf-8")


def test_one_that_is_overlooked_there_stops_the_file(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.tokenise.CODED", ())
    monkeypatch.setattr("pipelines.extracts.parsers._telling_nobody", lambda _texts, good: good)
    file = delivered(tmp_path, "asc_person.csv", CLIENTS.replace("A81001", ANN))
    with pytest.raises(CaselinkError, match="E-ZONE-VALUE"):
        tokenise("asc_person", file, key, tmp_path / "out", synthetic=True)
    assert not (tmp_path / "out").exists()


def test_the_commands_of_the_page_run(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(COMMANDS) == 3
    (tmp_path / "clear").mkdir()
    for name in ("asc_person/asc_person_2026-09-30.csv", "cld/cld_2026-06.csv"):
        shutil.copy2(example / "inbox" / name, tmp_path / "clear")
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code in (0, 5), done.output
    assert len(list((tmp_path / "outbox").iterdir())) == 3
