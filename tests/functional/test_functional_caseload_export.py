"""`caselink caseload export --fhir` on a published night: codes, names through the door, and what is refused."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fhir.resources.R4B import get_fhir_model_class

from pipelines.caseload_export import ForWhom, export_fhir
from pipelines.config import load_configuration
from pipelines.project import Project
from schemas.errors import CaselinkError, ConfigurationError, GovernanceError
from tests.conftest import caselink
from tests.desk_site import NOON, DeskSite, desk_site

USER = """
[[user]]
account = "cora"
post = [{{role = "care coordinator", team = "{team}"}}]
"""


@pytest.fixture
def site(published: Path, monkeypatch: pytest.MonkeyPatch) -> DeskSite:
    made = desk_site(published)
    with (published / "caselink.toml").open("a") as stream:
        stream.write(USER.format(team=made.team))
    monkeypatch.setattr("pipelines.serving.utc_now", lambda: NOON)
    return made


def numbers(site: DeskSite) -> set[str]:
    people = pq.read_table(site.project.vault_night(site.night.run_id) / "person_record.parquet", partitioning=None)
    return set(people["nhs_number"].to_pylist()) - {None}


def kinds(made: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in made["entry"]:
        found[each["resource"]["resourceType"]] = found.get(each["resource"]["resourceType"], 0) + 1
    return found


def test_codes_alone_by_the_command_line(site: DeskSite, tmp_path: Path) -> None:
    out = tmp_path / "north.json"
    done = caselink("caseload", "export", "--fhir", str(out), "--team", site.team, "--json", "--quiet", "--project",
                    str(site.project.root))  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    people = len(site.night.listed(site.team))
    assert (told["people"], told["named"]) == (people, 0)
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600
    text = out.read_text(encoding="utf-8")
    made = json.loads(text)
    get_fhir_model_class("Bundle").model_validate(made)
    assert kinds(made)["Patient"] == kinds(made)["CareTeam"] == people
    assert (kinds(made)["List"], kinds(made)["Provenance"]) == (1, 1)
    assert not any(number in text for number in numbers(site))
    assert '"name": [' not in text.split('"CareTeam"')[0]
    (row,) = site.services.audit.rows("caseload export")
    assert (row["role"], row["subject"], row["purpose"]) == ("operator", "", f"fhir, team {site.team}: {people} people")
    assert site.services.audit.rows("reidentify") == []


def test_identities_for_an_account_whom_the_door_shows_them_to(site: DeskSite, tmp_path: Path) -> None:
    whom = ForWhom("cora", "care coordinator", "case-management")
    told = export_fhir(Project.at(site.project.root), tmp_path / "out.json", site.team, whom)
    made = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    named = [
        each["resource"] for each in made["entry"] if "name" in each["resource"] and each["resource"]["resourceType"] == "Patient"
    ]
    assert told["named"] == len(named) > 0
    assert len([row for row in site.services.audit.rows("reidentify") if row["decision"] == "allowed"]) == len(named)
    assert {row["actor"] for row in site.services.audit.rows("reidentify")} == {"cora"}


@pytest.mark.parametrize(
    ("whom", "code"),
    [
        (ForWhom("cora", "care coordinator", "risk-stratification"), ""),
        (ForWhom("cora", "accountable professional", "case-management"), "E-EXPORT-USER"),
        (ForWhom("nobody", "care coordinator", "case-management"), "E-EXPORT-USER"),
        (ForWhom("cora"), "E-ARGUMENT"),
    ],
)
def test_whom_the_door_does_not_know_gets_no_name(site: DeskSite, tmp_path: Path, whom: ForWhom, code: str) -> None:
    out = tmp_path / "out.json"
    if not code:  # a purpose for which nobody is shown: codes, and every refusal written down
        told = export_fhir(Project.at(site.project.root), out, site.team, whom)
        assert told["named"] == 0
        assert {row["decision"] for row in site.services.audit.rows("reidentify")} == {"denied"}
        return
    with pytest.raises(CaselinkError, match=code):
        export_fhir(Project.at(site.project.root), out, site.team, whom)
    assert not out.exists()


def test_where_the_file_may_not_lie_and_which_team_there_is(site: DeskSite, tmp_path: Path) -> None:
    project = Project.at(site.project.root)
    with pytest.raises(GovernanceError, match="E-EXPORT-PLACE"):
        export_fhir(project, project.root / "runs" / "out.json", site.team, ForWhom())
    with pytest.raises(ConfigurationError, match="E-ARGUMENT"):
        export_fhir(project, tmp_path / "out.json", "nowhere", ForWhom())
    assert load_configuration(project).web.api_audience == ""
