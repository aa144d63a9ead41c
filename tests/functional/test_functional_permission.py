"""A night that may not do everything: bases that ended, columns no purpose has, a flag; and the national opt-out check."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from governance.keys import DomainKey
from governance.pseudonyms import pseudonyms
from pipelines.config import load_configuration
from pipelines.keys import root_key
from pipelines.national_check import receive_answer, write_request
from pipelines.project import Project
from pipelines.recipients import analysts_domain
from pipelines.statement import read_statement
from pipelines.statement_page import statement_page
from schemas.errors import GovernanceError
from stratify.features import FEATURES
from tests.conftest import caselink

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
MARK = "Zebedee-was-here"  # in a column that nobody asked for
NOT_FOR_ANALYSTS = ("gp", "mhsds", "cld", "asc_person")  # read, and not covered for population analysis
Done = subprocess.CompletedProcess[str]

FLAG = """
[[flag]]
name = "type 1 objection"
source = "gp"
table = "gp_patient"
column = "Dissent"
values = ["9Nu0"]
rule = "leave out"
reference = "EXAMPLE/FLAGS/1"
"""


def end_basis(text: str, source: str, purpose: str) -> str:
    """The configuration with one basis that ended the day before the night."""
    pattern = rf'(source = "{source}"\npurpose = "{purpose}"\n(?:.*\n)*?valid_to = )2028-01-04'
    changed, count = re.subn(pattern, r"\g<1>2026-09-29", text, count=1)
    assert count == 1
    return changed


@pytest.fixture(name="night", scope="module")
def _night(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """Project, published folder, what the run said; the objector's practice key is in `objector.txt`."""
    project = Path(shutil.copytree(example, tmp_path_factory.mktemp("permission") / "area"))
    text = (project / "caselink.toml").read_text()
    text = end_basis(text, "csds", "case-management")
    for source in NOT_FOR_ANALYSTS:
        text = end_basis(text, source, "population-analysis")
    (project / "caselink.toml").write_text(text + FLAG)
    fields = (project / "fields.csv").read_text()
    for column in ("asc_person.asc_person,Address,", "out.person,lsoa_code,", "out.caseload,frailty,"):
        fields, count = re.subn(rf"(?m)^{re.escape(column)}.*$", column, fields)
        assert count == 1, column
    (project / "fields.csv").write_text(fields)
    _spoil_gp(project)
    done = caselink("run", "--direct", "--json", "--project", str(project))
    assert done.returncode == 5, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    return project, project / "runs" / answer["run_id"], answer


def _spoil_gp(project: Path) -> None:
    """The latest list of patients with a flag set for its first patient, and a column that nobody asked for."""
    paths = sorted((project / "inbox" / "gp").glob("gp_patient*.csv"))
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
        for place, row in enumerate(rows):
            row |= {"Dissent": "9Nu0" if path == paths[-1] and not place else "", "Comment": f"{MARK} {place}"}
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    (project / "truth" / "objector.txt").write_text(f"{rows[0]['practice_code']}:{rows[0]['local_patient_id']}")


def test_a_source_whose_basis_ended_is_not_read_and_is_named(night: tuple[Path, Path, dict[str, Any]]) -> None:
    project, folder, answer = night
    assert any(line.startswith("not read: E-BASIS-EXPIRED: csds") for line in answer["warnings"])
    records = pq.read_table(project / "vault" / "nights" / folder.name / "person_record.parquet")
    assert "csds" not in set(records["source"].to_pylist())
    assert not (folder / "pseudonymised" / "activity" / "csds.parquet").exists()
    assert not (project / "vault" / "landed" / "converted" / "csds").exists()
    bases = json.loads((folder / "manifest.json").read_text())["legal_bases"]
    assert {(each["source"], each["purpose"]) for each in bases} >= {("gp", "case-management"), ("csds", "risk-stratification")}
    assert ("csds", "case-management") not in {(each["source"], each["purpose"]) for each in bases}


def test_the_morning_asks_for_the_basis_and_not_for_the_suppliers_file(night: tuple[Path, Path, dict[str, Any]]) -> None:
    project, folder, answer = night
    text = (folder / "handover.md").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("- csds is barred: "))
    assert "its older data are not used; have its legal basis renewed" in line
    assert "supplier" not in line
    (warning,) = (line for line in answer["warnings"] if line.startswith("csds is barred: "))
    assert "its older data are not used" in warning
    assert "rest on its older data" not in warning
    assert "not read: no legal basis" in (folder / "report.html").read_text()
    checked = caselink("check", "--json", "--project", str(project))
    states = {feed["source"]: feed["state"] for feed in json.loads(checked.stdout)["feeds"]}
    assert (checked.returncode, states["csds"], states["mhsds"]) == (5, "barred", "current")
    page = statement_page(read_statement(Project.at(project), folder.name))
    assert "- Sources not read: csds (no legal basis, E-BASIS-EXPIRED)." in page
    assert (
        "- Withheld from analysts: feature, score, selection, proposal, activity of cld, activity of gp, activity of mhsds: "
        "no legal basis for that purpose." in page
    )


def test_no_feature_is_made_of_a_source_without_a_basis(night: tuple[Path, Path, dict[str, Any]]) -> None:
    """Not a zero: nothing is known of it."""
    _, folder, _ = night
    built = pq.read_table(folder / "pseudonymised" / "feature.parquet")
    of_csds = [feature.name for feature in FEATURES if feature.feeds == ("csds",) and feature.frame != "feed"]
    assert {built[name].null_count for name in of_csds} == {built.num_rows}
    assert built["missing_csds"].unique().to_pylist() == [True]
    assert built["missing_mhsds"].unique().to_pylist() == [False]


def test_analysts_get_no_activity_of_a_source_without_a_basis_and_no_scores_that_rest_on_it(
    night: tuple[Path, Path, dict[str, Any]],
) -> None:
    _, folder, _ = night
    out = folder / "out" / "csu"
    assert sorted(path.name for path in out.iterdir()) == ["activity", "person.parquet", "views.sql"]
    assert (folder / "pseudonymised" / "activity" / "mhsds.parquet").exists()
    assert not (out / "activity" / "mhsds.parquet").exists()
    assert "lsoa_code" not in pq.read_schema(out / "person.parquet").names
    views = (out / "views.sql").read_text()
    assert "VIEW person AS" in views
    assert "VIEW activity_by_month AS" in views
    assert "score" not in views


def test_analysts_know_nobody_and_nothing_from_a_source_without_a_basis(night: tuple[Path, Path, dict[str, Any]]) -> None:
    """Whom only such sources know has no row; what is left of the others' rows is drawn in test_pipelines_covered_people."""
    project, folder, _ = night
    place, vault = Project.at(project), project / "vault" / "nights" / folder.name
    configuration = load_configuration(place)
    links = pq.read_table(vault / "link.parquet", partitioning=None)
    key = DomainKey(root_key(place, configuration), analysts_domain(configuration))
    ids = links["person_id"].combine_chunks().unique()
    person_of = dict(zip(pseudonyms(ids, key).to_pylist(), ids.to_pylist(), strict=True))
    known_to: dict[str, set[str]] = {}
    for row in links.select(["source", "person_id"]).to_pylist():
        known_to.setdefault(row["person_id"], set()).add(row["source"])
    without = {person for person, sources in known_to.items() if sources <= set(NOT_FOR_ANALYSTS)}
    rows = pq.read_table(folder / "out" / "csu" / "person.parquet", partitioning=None).to_pylist()
    shown = {person_of[row["pseudonym"]] for row in rows}
    assert without, "the area has people whom only these sources know"
    assert not without & shown
    assert len(shown) > 1000
    said = (folder / "handover.md").read_text()
    assert all(f"{source} is not covered for population-analysis" in said for source in NOT_FOR_ANALYSTS)


def test_a_column_of_a_list_that_may_not_leave_is_on_no_list(night: tuple[Path, Path, dict[str, Any]]) -> None:
    _, folder, _ = night
    for path in (folder / "out").glob("*/caseload.parquet"):
        names = pq.read_schema(path).names
        assert "frailty" not in names
        assert "frailty_score" in names


def test_a_column_that_nobody_asked_for_is_in_no_byte(night: tuple[Path, Path, dict[str, Any]]) -> None:
    project, _, _ = night
    for path in project.rglob("*"):
        if path.is_file() and "inbox" not in path.relative_to(project).parts:
            assert MARK.encode() not in path.read_bytes(), path
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                assert MARK not in str(table.slice(0, 50).to_pylist()), path
    assert "Comment" not in (project / "fields.csv").read_text()


def test_whom_a_flag_keeps_out_the_gp_source_does_not_speak_of(night: tuple[Path, Path, dict[str, Any]]) -> None:
    project, folder, _ = night
    objector = (project / "truth" / "objector.txt").read_text()
    records = pq.read_table(project / "vault" / "nights" / folder.name / "person_record.parquet").to_pylist()
    practice = {row["local_patient_id"] for row in records if row["source"] == "gp"}
    assert len(practice) > 1000
    assert objector not in practice
    assert "* rows left out at landing: type 1 objection." in (folder / "handover.md").read_text()


# --- the national check ---------------------------------------------------------------------------------------------------------


@pytest.fixture(name="area", scope="module")
def _area(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.at(Path(shutil.copytree(first_night, tmp_path_factory.mktemp("opt-outs") / "area")))


def test_the_numbers_to_check_go_out_audited_and_private_and_the_answer_becomes_the_list(area: Project, tmp_path: Path) -> None:
    sent = tmp_path / "sent.csv"
    answer = write_request(area, sent, at=NOW)
    numbers = sent.read_text().split(",\n")
    assert (stat.S_IMODE(sent.stat().st_mode), numbers.pop()) == (0o600, "")
    assert len(numbers) == answer["numbers"] > 1000
    assert numbers == sorted(set(numbers))
    audited = Audit(area.state / "audit.db").rows("opt-outs request")
    assert len(audited) > 1000
    assert all(row["subject"].startswith("audit1-") for row in audited)

    returned = tmp_path / "returned.csv"
    returned.write_text("".join(f"{number},\n" for number in numbers[3:]))
    next((area.inbox / "opt_outs").iterdir()).unlink()  # a first answer
    kept = receive_answer(area, returned, sent, checked_on=dt.date(2026, 10, 1), at=NOW)
    assert (kept["sent"], kept["returned"], kept["opted_out"]) == (len(numbers), len(numbers) - 3, 3)
    (listed,) = (area.inbox / "opt_outs").iterdir()
    assert (listed.name, listed.read_text().split(",\n")[:-1]) == ("national_2026-10-01.csv", numbers[:3])
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600


def test_an_answer_to_something_else_changes_nothing(area: Project, tmp_path: Path) -> None:
    sent, returned = tmp_path / "sent.csv", tmp_path / "returned.csv"
    sent.write_text("9000000017,\n")
    returned.write_text("9000000025,\n")
    before = sorted(path.name for path in (area.inbox / "opt_outs").iterdir())
    with pytest.raises(GovernanceError, match="E-OPTOUT-ANSWER: 1 numbers") as refusal:
        receive_answer(area, returned, sent, checked_on=dt.date(2026, 10, 1), at=NOW)
    assert "9000000025" not in str(refusal.value)
    assert sorted(path.name for path in (area.inbox / "opt_outs").iterdir()) == before


def test_the_request_may_not_lie_where_the_night_publishes(area: Project) -> None:
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        write_request(area, area.runs / "numbers.csv", at=NOW)


def governance(*arguments: str, project: Path) -> Done:
    return caselink("governance", *arguments, "--project", str(project))


def test_the_commands(area: Project, tmp_path: Path) -> None:
    done = governance("bases", "--json", "--as-at", "2027-12-20", project=area.root)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {row["state"] for row in answer["bases"]} == {"ends soon"}
    assert {row["days_left"] for row in answer["bases"]} == {15}
    assert answer["refused"] == {}
    done = governance("bases", "--json", "--as-at", "2028-01-05", project=area.root)
    assert done.returncode == 4
    assert {row["state"] for row in json.loads(done.stdout)["purposes"]} == {"E-PURPOSE-OVERDUE"}
    done = governance("fields", "--json", project=area.root)
    assert len(json.loads(done.stdout)["fields"]) > 30
    done = governance("fields", "--write", project=area.root)
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-FIELDS-EXISTS")
    sent = tmp_path / "sent.csv"
    next((area.inbox / "opt_outs").iterdir()).unlink()
    assert governance("opt-outs", "request", "--out", str(sent), project=area.root).returncode == 0
    said = governance("opt-outs", "receive", str(sent), "--sent", str(sent), "--checked-on", "2026-10-03", project=area.root)
    assert said.returncode == 0, said.stderr
    assert [path.name for path in (area.inbox / "opt_outs").iterdir()] == ["national_2026-10-03.csv"]
    assert next((area.inbox / "opt_outs").iterdir()).read_text() == ",\n"
    wrong = governance("opt-outs", "receive", str(sent), "--sent", str(sent), "--checked-on", "soon", project=area.root)
    assert (wrong.returncode, wrong.stderr.split(":")[0]) == (2, "E-ARGUMENT")


def test_with_a_purpose_overdue_no_command_says_that_a_night_may_run(example: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(example, tmp_path / "area"))
    text = (project / "caselink.toml").read_text()
    (project / "caselink.toml").write_text(text.replace("review_by = 2028-01-04", "review_by = 2026-09-29", 1))
    for command in (("governance", "bases"), ("check",), ("run", "--direct", "--quiet")):
        done = caselink(*command, "--project", str(project), measured=command[0] != "run")
        said = " ".join((done.stdout + done.stderr).split())
        assert (done.returncode, "E-PURPOSE-OVERDUE: the purpose risk-stratification" in said) == (4, True), said
        assert ("No night of 2026-09-30 may run" in said) == (command[0] != "run")
    (project / "caselink.toml").write_text(text)
    for command in (("governance", "bases"), ("check",)):
        done = caselink(*command, "--project", str(project))
        assert (done.returncode, "A night of 2026-09-30 may run: 3 purposes hold" in done.stdout) == (0, True), done.stdout


def test_without_a_basis_for_the_register_there_is_no_night(example: Path, tmp_path: Path) -> None:
    """Refused before anything is written: the vault has no night, nothing has landed."""
    project = Path(shutil.copytree(example, tmp_path / "area"))
    text = (project / "caselink.toml").read_text()
    (project / "caselink.toml").write_text(end_basis(text, "register", "risk-stratification"))
    for command in (("governance", "bases"), ("check",), ("run", "--direct", "--quiet")):
        done = caselink(*command, "--project", str(project), measured=False)
        assert (done.returncode, "E-BASIS-EXPIRED: register" in done.stderr + done.stdout) == (4, True)
    assert not list((project / "vault" / "nights").iterdir())
    assert not (project / "vault" / "landed" / "converted" / "register").exists()
