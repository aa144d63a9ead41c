"""`caselink link trace` and `caselink link numbers`, as a user meets them after a night."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import stat
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from governance.audit import Audit, audit_domain
from governance.keys import DomainKey
from governance.pseudonyms import pseudonyms
from linkage.numbers.requests import references
from pipelines.config import load_configuration
from pipelines.keys import root_key
from pipelines.number_files import export_returns, export_trace, import_trace
from pipelines.project import Project
from schemas.errors import ConfigurationError, GovernanceError
from tests.conftest import caselink

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
Done = subprocess.CompletedProcess[str]


def link(*arguments: str | Path, project: Path) -> Done:
    return caselink("link", *map(str, arguments), "--project", str(project))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(name="area", scope="module")
def _area(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: what is exported is in its audit log afterwards."""
    return Path(shutil.copytree(first_night, tmp_path_factory.mktemp("numbers") / "area"))


@pytest.fixture(name="trace", scope="module")
def _trace(area: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    path = tmp_path_factory.mktemp("trace") / "out.csv"
    return path, link("trace", "export", "--out", path, "--json", project=area)


def test_the_trace_file_holds_whom_it_says_and_nobody_protected(trace: tuple[Path, Done], area: Path) -> None:
    path, done = trace
    assert done.returncode == 0, done.stderr
    answer, rows = json.loads(done.stdout), rows_of(path)
    assert answer["records"] == len(rows) == sum(count for reasons in answer["asked"].values() for count in reasons.values())
    assert len(rows) > 100
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    vault = area / "vault" / "nights" / answer["run_id"]
    records = pq.read_table(vault / "person_record.parquet").to_pylist()
    hidden = {(row["family_name"], row["date_of_birth"].strftime("%Y%m%d")) for row in records if row["protected"]}
    assert hidden
    assert not hidden & {(row["FAMILY_NAME"], row["DATE_OF_BIRTH"]) for row in rows}
    assert all(value == "" or value[0] not in "=+-@" for row in rows for value in row.values())
    assert len({row["UNIQUE REFERENCE"] for row in rows}) == len(rows)


def test_one_source_alone(area: Path, tmp_path: Path) -> None:
    answer = export_trace(Project.at(area), tmp_path / "t.csv", "asc_person", at=NOW)
    assert set(answer["asked"]) == {"asc_person"}
    for source in ("register", "hospital"):
        with pytest.raises(ConfigurationError, match="E-ARGUMENT"):
            export_trace(Project.at(area), tmp_path / "t.csv", source, at=NOW)
    with pytest.raises(ConfigurationError, match="--out is a folder"):
        export_trace(Project.at(area), tmp_path, None, at=NOW)


def test_a_response_is_checked_kept_once_and_never_quoted(trace: tuple[Path, Done], published: Path, tmp_path: Path) -> None:
    asked = rows_of(trace[0])
    response = tmp_path / "Ann Lee 9434765919.csv"
    lines = [f"{row['UNIQUE REFERENCE']},{row['DATE_OF_BIRTH']},00,9434765919" for row in asked[:3]]
    lines += [f"{asked[3]['UNIQUE REFERENCE']},,98,0000000000", f"{asked[4]['UNIQUE REFERENCE']},,00,9434765918"]
    response.write_text("UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO\n" + "\n".join(lines) + "\n")
    first = link("trace", "import", response, "--json", project=published)
    assert first.returncode == 5, first.stderr
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


def test_a_response_without_a_bad_row_ends_well(trace: tuple[Path, Done], published: Path, tmp_path: Path) -> None:
    row = rows_of(trace[0])[0]
    head = "UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO\n"
    (tmp_path / "r.csv").write_text(f"{head}{row['UNIQUE REFERENCE']},{row['DATE_OF_BIRTH']},00,9434765919\n")
    assert link("trace", "import", tmp_path / "r.csv", "--json", project=published).returncode == 0


def test_every_source_gets_its_numbers_and_nobody_protected_is_among_them(area: Path, tmp_path: Path) -> None:
    done = link("numbers", "--out", tmp_path / "returns", "--json", project=area)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    vault = area / "vault" / "nights" / answer["run_id"]
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


def test_nothing_is_written_into_runs(area: Path) -> None:
    done = link("trace", "export", "--out", area / "runs" / "x", project=area)
    assert (done.returncode, done.stderr.startswith("E-EXPORT-PLACE")) == (4, True)
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        export_returns(Project.at(area), area / "runs" / "x", at=NOW)
    assert not (area / "runs" / "x").exists()


def test_before_the_area_there_is_nothing_to_export(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="E-RUN-NONE"):
        export_returns(Project.at(project), tmp_path / "x", at=NOW)


def test_a_night_from_before_there_were_returns_has_none(published: Path, tmp_path: Path) -> None:
    next((published / "vault" / "nights").glob("*/number_return.parquet")).unlink()
    with pytest.raises(ConfigurationError, match="E-NUMBERS-NONE"):
        export_returns(Project.at(published), tmp_path / "x", at=NOW)


def test_the_report_has_numbers_by_month_and_no_night_keeps_identifiers_outside_the_vault(area: Path) -> None:
    run_id = json.loads((area / "CURRENT").read_text())["run_id"]
    measures = pq.read_table(area / "runs" / run_id / "aggregate" / "measure.parquet").to_pylist()
    monthly = {row["category"] for row in measures if row["breakdown"] == "source and month"}
    assert {"sus_apc", "ecds", "cld"} <= monthly
    assert "NHS numbers by month of contact" in (area / "runs" / run_id / "report.html").read_text()
    assert not list((area / "runs").rglob("returns"))


# --- no audit row, no identifier --------------------------------------------------------------------------------------------


def subjects_of(project: Project, keys: set[tuple[str, str]]) -> set[str]:
    """Audit pseudonyms of the people of these records."""
    links = pq.read_table(next(project.vault.rglob("link.parquet")), partitioning=None).to_pylist()
    people = sorted({row["person_id"] for row in links if (row["source"], row["local_patient_id"]) in keys})
    configuration = load_configuration(project)
    key = DomainKey(root_key(project, configuration), audit_domain(configuration.keys.epoch))
    return set(pseudonyms(pa.array(people), key).to_pylist())


def test_a_trace_file_is_audited_person_by_person(published: Path, tmp_path: Path) -> None:
    project = Project.at(published)
    answer = export_trace(project, tmp_path / "trace.csv", "asc_person", at=NOW)
    log = Audit(published / "state" / "audit.db")
    rows = log.rows("link trace export")
    assert {(row["run_id"], row["at"], row["actor"][:8], row["decision"]) for row in rows} == {
        (answer["run_id"], NOW.isoformat(timespec="microseconds"), "user id ", "allowed")
    }
    records = pq.read_table(next(project.vault.rglob("person_record.parquet")), partitioning=None)
    asked = {row["UNIQUE REFERENCE"] for row in rows_of(tmp_path / "trace.csv")}
    found = zip(
        references(records).to_pylist(), records["source"].to_pylist(), records["local_patient_id"].to_pylist(), strict=True
    )
    subjects = [row["subject"] for row in rows]
    assert set(subjects) == subjects_of(project, {(source, key) for reference, source, key in found if reference in asked})
    assert len(subjects) == len(set(subjects)) > 10
    assert log.verify() is None


def test_returned_numbers_are_audited_person_by_person(published: Path, tmp_path: Path) -> None:
    project = Project.at(published)
    answer = export_returns(project, tmp_path / "returns", at=NOW)
    rows = Audit(published / "state" / "audit.db").rows("link numbers")
    assert {row["run_id"] for row in rows} == {answer["run_id"]}
    written = {(path.stem, row["local_patient_id"]) for path in (tmp_path / "returns").glob("*.csv") for row in rows_of(path)}
    assert {row["subject"] for row in rows} == subjects_of(project, written)


def test_a_file_about_nobody_is_audited_too(published: Path, tmp_path: Path) -> None:
    place = next((published / "vault").rglob("number_return.parquet"))
    pq.write_table(pq.read_table(place, partitioning=None).slice(0, 0), place)
    export_returns(Project.at(published), tmp_path / "returns", at=NOW)
    assert [row["subject"] for row in Audit(published / "state" / "audit.db").rows("link numbers")] == [""]


def test_where_the_audit_cannot_be_written_no_file_is(published: Path, tmp_path: Path) -> None:
    place = published / "state" / "audit.db"
    place.touch(mode=0o644)
    place.chmod(0o644)
    project = Project.at(published)
    with pytest.raises(GovernanceError, match="E-STORE-MODE"):
        export_trace(project, tmp_path / "trace.csv", None, at=NOW)
    with pytest.raises(GovernanceError, match="E-STORE-MODE"):
        export_returns(project, tmp_path / "returns", at=NOW)
    assert not list(tmp_path.glob("*.csv"))
    assert not (tmp_path / "returns").exists()
