"""Traced files and the night: read as planned, taken as evidence, returned to the sources; and what a bad one does."""

from __future__ import annotations

import csv
import datetime as dt
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from governance.opt_out_rules import OPT_OUTS
from linkage.numbers.requests import references
from pipelines import steps
from pipelines.config import Configuration
from pipelines.night import Night, Outcome, run_id_of, silent
from pipelines.number_files import import_trace, write_returns
from pipelines.plan import fingerprint
from pipelines.project import Project
from pipelines.traced import known_records
from schemas.errors import CaselinkError
from schemas.identifiable import NumberReturn, PersonRecord
from schemas.zones import Zone
from tests.extract_inbox import ANN, BEN, CAT, drawn
from tests.permitted import permit, permitted

AS_AT = dt.date(2026, 10, 31)
HEAD = "UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO\n"
REGISTER = f"""
    NHS_NUMBER | NHS_NUMBER_STATUS | GIVEN_NAME | FAMILY_NAME | DATE_OF_BIRTH | GENDER | POSTCODE | SENSITIVE_FLAG
    {ANN}      | 01                | Ann        | Lee         | 1950-03-04    | 2      | SW1A 1AA |
    {BEN}      | 01                | Ben        | Oak         | 1960-05-06    | 1      | SW1A 1AB | Y
"""
CLIENTS = """
    LA_Code | LA_Person_Unique_Identifier | NHS_Number | Given_Name | Family_Name | Date_of_Birth | Gender | Postcode
    901     | C1                          |            | Annie      | Leigh       | 1950-03-04    | 2      | LS1 4AP
    901     | C2                          |            | Ida        | Jay         | 1971-05-07    | 2      | LS1 4AP
    901     | C3                          |            | Ben        | Oak         | 1960-05-06    | 1      | SW1A 1AB
"""


@pytest.fixture(name="area")
def _area(tmp_path: Path) -> Project:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\nsynthetic = true\n')
    permit(tmp_path)
    project = Project.at(tmp_path)
    project.make_folders()
    for source, file, picture in (
        ("register", "register_2026-10-30.csv", REGISTER),
        ("asc_person", "asc_person_2026-10-30.csv", CLIENTS),
    ):
        (project.inbox / source).mkdir()
        (project.inbox / source / file).write_text(drawn(picture))
    return project


def reference(local_id: str) -> str:
    rows = [{"source": "asc_person", "local_patient_id": f"901:{local_id}"}]
    return str(references(pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema()))[0].as_py())


def respond(project: Project, name: str, *rows: str) -> None:
    folder = project.inbox / "traced"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(HEAD + "".join(row + "\n" for row in rows))


def planned(project: Project) -> Night:
    inbox = fingerprint(project.inbox)
    configuration = Configuration.model_validate(
        permitted(area={"name": "x", "synthetic": True}, opt_outs={"max_age_days": 7, "reference": "OO/1"})
    )
    return Night(project, configuration, AS_AT, run_id_of({"inbox": inbox}), None, frozenset(inbox.values()))


def linked(project: Project) -> tuple[Night, Outcome, Outcome]:
    """The night up to linkage, and what its steps `people` and `link` said."""
    night = planned(project)
    steps.land(night, silent)
    return night, steps.people(night, silent), steps.link(night, silent)


def decided(night: Night) -> dict[str, str]:
    rows = night.vault_shelf.get(Zone.IDENTIFIABLE, "match").to_pylist()
    return {row["local_patient_id"]: row["step"] for row in rows if row["source"] == "asc_person"}


def returned(night: Night) -> dict[str, tuple[Any, ...]]:
    rows = night.vault_shelf.get(Zone.IDENTIFIABLE, "number_return").to_pylist()
    return {row["local_patient_id"]: (row["finding"], row["current_nhs_number"], row["step"]) for row in rows}


def test_a_traced_number_is_evidence_and_what_was_delivered_stays(area: Project) -> None:
    """C1 is linked by the number found; C2 is outside the register; the protected C3 gets nothing."""
    assert decided(linked(area)[0])["901:C1"] != "cross_check"
    respond(area, "traced-0123456789ab.csv", f"{reference('C1')},19500304,00,{ANN}", f"{reference('C2')},,00,{CAT}")
    night, people, link = linked(area)
    assert decided(night) == {"901:C1": "cross_check", "901:C2": "unlinked", "901:C3": "unlinked"}
    assert returned(night)["901:C2"] == ("found", CAT, "trace")
    delivered = night.vault_shelf.get(Zone.IDENTIFIABLE, "person_record")
    assert delivered.filter(pc.equal(delivered["source"], "asc_person"))["nhs_number"].null_count == 3
    assert sorted(known_records(night.vault_shelf)["nhs_number"].drop_null().to_pylist()) == sorted([ANN, ANN, BEN, CAT])
    assert (people.warnings, people.notes) == ((), ())
    assert "batch trace, numbers taken: 2." in link.notes
    assert "901:C3" not in returned(night)


def test_the_returns_are_private_files_in_the_nights_vault(area: Project) -> None:
    respond(area, "traced-0123456789ab.csv", f"{reference('C2')},,00,{CAT}")
    night, _, _ = linked(area)
    folder = area.vault_night(night.run_id) / "returns"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    with (folder / "asc_person.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["local_patient_id"], row["finding"], row["current_nhs_number"]) for row in rows] == [("901:C2", "found", CAT)]
    assert len((folder / "gp.csv").read_text().splitlines()) == 1
    assert not list(area.runs.rglob("*.csv"))


def test_another_traced_file_is_another_night(area: Project) -> None:
    run_ids = {planned(area).run_id}
    for number in (CAT, ANN):
        respond(area, "traced-0123456789ab.csv", f"{reference('C2')},,00,{number}")
        run_ids.add(planned(area).run_id)
    assert len(run_ids) == 3


def test_a_file_that_came_after_the_night_was_planned_is_refused(area: Project) -> None:
    night = planned(area)
    steps.land(night, silent)
    respond(area, "late.csv", f"{reference('C2')},,00,{CAT}")
    with pytest.raises(CaselinkError, match="E-INBOX-CHANGED"):
        steps.people(night, silent)


def test_a_file_that_is_no_response_gives_no_number_and_a_warning(area: Project) -> None:
    """The night goes on; a name that is not ours is not shown; bad rows are counted in a note."""
    respond(area, "traced-0123456789ab.csv", f"{reference('C2')},,00,{CAT}", f"{reference('C1')},,77,{ANN}", "x,y")
    (area.inbox / "traced" / f"Ida Jay {CAT}.csv").write_text("nonsense\n")
    night, people, _ = linked(area)
    assert returned(night)["901:C2"] == ("found", CAT, "trace")
    assert len(people.warnings) == 1
    assert people.warnings[0].startswith("E-TRACE-COLUMNS: file 1 of inbox/traced has no header")
    assert people.warnings[0].endswith("No number is taken from it.")
    assert people.notes == (
        "traced-0123456789ab.csv: 1 rows refused: code not in list (ERROR_SUCCESS_CODE), the first in line 3.",
        "traced-0123456789ab.csv: 1 rows refused: columns do not match the header, the first in line 4.",
    )
    said = " ".join((*people.warnings, *people.notes))
    assert CAT not in said
    assert "Ida" not in said


def test_a_traced_number_opts_out_whom_no_other_number_would(area: Project) -> None:
    """Somebody outside the register, known to the council without a number, who has opted out by hers."""
    respond(area, "traced-0123456789ab.csv", f"{reference('C2')},,00,{CAT}")
    (area.inbox / "opt_outs").mkdir()
    (area.inbox / "opt_outs" / "list.csv").write_text(f"{CAT},\n")
    (area.inbox / "opt_outs" / "national_2026-10-30.csv").write_text(",\n")
    night, _, _ = linked(area)
    steps.assign(night, silent)
    steps.opt_outs(night, silent)
    links = night.vault_shelf.get(Zone.IDENTIFIABLE, "link").to_pylist()
    person = {row["local_patient_id"]: row["person_id"] for row in links}
    opted_out = night.vault_shelf.get(Zone.IDENTIFIABLE, "opted_out").to_pylist()
    assert {row["person_id"] for row in opted_out} == {person["901:C2"]}
    assert {row["opt_out"] for row in opted_out} == set(OPT_OUTS)  # the list's name says no kind: it counts as one of every kind


def test_a_night_from_before_there_were_traces_has_none(area: Project) -> None:
    night, _, _ = linked(area)
    night.vault_shelf.path(Zone.IDENTIFIABLE, "trace_answer").unlink()
    assert known_records(night.vault_shelf).num_rows == 5


def test_ids_of_our_own_making_are_left_out_and_counted_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    rows = [
        {"source": "gp", "local_patient_id": key, "finding": "found", "current_nhs_number": ANN, "action": "add"}
        for key in ("=cmd", "d-0123456789abcdef0123")
    ]
    counts = write_returns(tmp_path, pa.Table.from_pylist(rows, schema=NumberReturn.arrow_schema()))
    assert counts["without_local_id"] == 1
    assert counts["sources"] == {source: {"found": 1} if source == "gp" else {} for source in counts["sources"]}
    lines = (tmp_path / "gp.csv").read_text().splitlines()
    assert lines[1] == f'"\'=cmd","found","","{ANN}","","add"'
    assert len(lines) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{source}.csv" for source in counts["sources"])


# --- a response given by hand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("nothing like it\n", "E-TRACE-COLUMNS"),
        (HEAD + f"P1,,00,{ANN}\n", "E-TRACE-NOTHING"),
        (HEAD, "E-TRACE-NOTHING"),
        (None, "E-TRACE-FILE"),
    ],
)
def test_what_is_no_response_is_refused_and_not_kept(area: Project, tmp_path: Path, content: str | None, code: str) -> None:
    response = tmp_path / f"Ann Lee {ANN}.csv"
    if content is not None:
        response.write_text(content)
    with pytest.raises(CaselinkError) as refused:
        import_trace(area, response)
    assert refused.value.code == code
    assert refused.value.__context__ is None
    assert ANN not in str(refused.value)
    assert not (area.inbox / "traced").exists()
    assert not (area.vault / "tracing").exists()


def test_a_response_is_kept_once_by_content_and_the_next_night_reads_it(area: Project, tmp_path: Path) -> None:
    response = tmp_path / "response.csv"
    response.write_text(HEAD + f"{reference('C2')},,00,{CAT}\n{reference('C1')},,77,{ANN}\n")
    first, again = (import_trace(area, response)[0] for _ in range(2))
    assert (first["new"], again["new"]) == (True, False)
    assert (first["rows"], first["answers"], first["rejected"], first["outcomes"]) == (2, 1, 1, {"matched": 1})
    assert first["rejects"] == [{"line": 3, "rule": "code not in list", "column": "ERROR_SUCCESS_CODE"}]
    kept = list((area.inbox / "traced").iterdir())
    assert [f"inbox/traced/{path.name}" for path in kept] == [first["file"]]
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert response.exists()
    assert returned(linked(area)[0])["901:C2"] == ("found", CAT, "trace")
