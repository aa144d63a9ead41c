"""`caselink link trace` and `caselink link numbers`, as a user meets them after a night."""

from __future__ import annotations

import csv
import json
import stat
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.number_files import export_returns, export_trace, import_trace
from pipelines.project import Project
from schemas.errors import ConfigurationError, GovernanceError
from tests.conftest import caselink

Done = subprocess.CompletedProcess[str]


def link(*arguments: str | Path, project: Path) -> Done:
    return caselink("link", *map(str, arguments), "--project", str(project))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(name="trace", scope="module")
def _trace(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    path = tmp_path_factory.mktemp("trace") / "out.csv"
    return path, link("trace", "export", "--out", path, "--json", project=first_night)


def test_the_trace_file_holds_whom_it_says_and_nobody_protected(trace: tuple[Path, Done], first_night: Path) -> None:
    path, done = trace
    assert done.returncode == 0, done.stderr
    answer, rows = json.loads(done.stdout), rows_of(path)
    assert answer["records"] == len(rows) == sum(count for reasons in answer["asked"].values() for count in reasons.values())
    assert len(rows) > 100
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    vault = first_night / "vault" / "nights" / answer["run_id"]
    records = pq.read_table(vault / "person_record.parquet").to_pylist()
    hidden = {(row["family_name"], row["date_of_birth"].strftime("%Y%m%d")) for row in records if row["protected"]}
    assert hidden
    assert not hidden & {(row["FAMILY_NAME"], row["DATE_OF_BIRTH"]) for row in rows}
    assert all(value == "" or value[0] not in "=+-@" for row in rows for value in row.values())
    assert len({row["UNIQUE REFERENCE"] for row in rows}) == len(rows)


def test_one_source_alone(first_night: Path, tmp_path: Path) -> None:
    answer = export_trace(Project.at(first_night), tmp_path / "t.csv", "asc_person")
    assert set(answer["asked"]) == {"asc_person"}
    for source in ("register", "hospital"):
        with pytest.raises(ConfigurationError, match="E-ARGUMENT"):
            export_trace(Project.at(first_night), tmp_path / "t.csv", source)
    with pytest.raises(ConfigurationError, match="--out is a folder"):
        export_trace(Project.at(first_night), tmp_path, None)


def test_a_response_is_checked_kept_once_and_never_quoted(trace: tuple[Path, Done], published: Path, tmp_path: Path) -> None:
    asked = rows_of(trace[0])
    response = tmp_path / "Ann Lee 9434765919.csv"
    lines = [f"{row['UNIQUE REFERENCE']},{row['DATE_OF_BIRTH']},00,9434765919" for row in asked[:3]]
    lines += [f"{asked[3]['UNIQUE REFERENCE']},,98,0000000000", f"{asked[4]['UNIQUE REFERENCE']},,00,9434765918"]
    response.write_text("UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO\n" + "\n".join(lines) + "\n")
    first = link("trace", "import", response, "--json", project=published)
    assert first.returncode == 0, first.stderr
    answer = json.loads(first.stdout)
    assert (answer["rows"], answer["answers"], answer["rejected"]) == (5, 4, 1)
    assert answer["outcomes"] == {"matched": 3, "none": 1}
    assert answer["rejects"] == [{"line": 6, "rule": "no usable NHS number", "column": "MATCHED_NHS_NO"}]
    assert answer["new"]
    assert import_trace(Project.at(published), response)[0] == {**answer, "new": False}
    kept = list((published / "inbox" / "traced").iterdir())
    assert [path.name for path in kept] == [Path(answer["file"]).name]
    assert kept[0].read_bytes() == response.read_bytes()
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert not (published / "vault" / "tracing").exists()
    said = first.stdout + first.stderr
    assert "94347" not in said
    assert "Ann" not in said
    assert not any(row["FAMILY_NAME"] in said for row in asked[:5])


def test_every_source_gets_its_numbers_and_nobody_protected_is_among_them(first_night: Path, tmp_path: Path) -> None:
    done = link("numbers", "--out", tmp_path / "returns", "--json", project=first_night)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    vault = first_night / "vault" / "nights" / answer["run_id"]
    records = pq.read_table(vault / "person_record.parquet").to_pylist()
    protected = {row["nhs_number"] for row in records if row["protected"]} - {None}
    assert protected
    for source, counts in answer["sources"].items():
        rows = rows_of(tmp_path / "returns" / f"{source}.csv")
        assert (tmp_path / "returns" / f"{source}.csv").read_bytes() == (vault / "returns" / f"{source}.csv").read_bytes()
        assert len(rows) == sum(counts.values())
        assert not protected & {value for row in rows for value in row.values()}
        assert all(row["current_nhs_number"] == "" for row in rows if row["finding"] == "conflicting")
        known = {row["local_patient_id"] for row in records if row["source"] == source}
        assert {row["local_patient_id"] for row in rows} <= known
    assert answer["sources"]["asc_person"]["found"] > 20


def test_nothing_is_written_into_runs(first_night: Path) -> None:
    done = link("trace", "export", "--out", first_night / "runs" / "x", project=first_night)
    assert (done.returncode, done.stderr.startswith("E-EXPORT-PLACE")) == (4, True)
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        export_returns(Project.at(first_night), first_night / "runs" / "x")
    assert not (first_night / "runs" / "x").exists()


def test_before_the_first_night_there_is_nothing_to_export(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="E-RUN-NONE"):
        export_returns(Project.at(project), tmp_path / "x")


def test_a_night_from_before_there_were_returns_has_none(published: Path, tmp_path: Path) -> None:
    next((published / "vault" / "nights").glob("*/number_return.parquet")).unlink()
    with pytest.raises(ConfigurationError, match="E-NUMBERS-NONE"):
        export_returns(Project.at(published), tmp_path / "x")


def test_the_report_has_numbers_by_month_and_no_night_keeps_identifiers_outside_the_vault(first_night: Path) -> None:
    run_id = json.loads((first_night / "CURRENT").read_text())["run_id"]
    measures = pq.read_table(first_night / "runs" / run_id / "aggregate" / "measure.parquet").to_pylist()
    monthly = {row["category"] for row in measures if row["breakdown"] == "source and month"}
    assert {"sus_apc", "ecds", "cld"} <= monthly
    assert "NHS numbers by month of contact" in (first_night / "runs" / run_id / "report.html").read_text()
    assert not list((first_night / "runs").rglob("returns"))
