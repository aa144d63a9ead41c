"""A real night's list, opened by the coordinator of its team: names for her own people, audit rows first, and for nobody else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from governance.access.agreement import Agreements
from governance.access.break_glass import BreakGlass
from governance.access.bulk import Bulk
from governance.access.decision import Request
from governance.access.guardian import GuardianQueue
from governance.access.identity import NightIdentities, directory
from governance.access.reasons import Reasons
from governance.access.relationship_store import Relationships, Tie
from governance.access.tables import access_store
from governance.audit import Audit, audit_domain
from governance.keys import DomainKey
from governance.reidentify import Door, reidentify
from pipelines.config import Configuration, load_configuration
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.recipients import team_domain
from pipelines.settings.purposes import CASE_MANAGEMENT

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)


def run_of(project: Project) -> str:
    return str(json.loads(project.current.read_text())["run_id"])


def night_reader(folder: Path, links: pa.Table) -> Callable[[Any], pa.Table]:
    """Person records of some people, read from the vault's night when they are asked for and not before."""

    def read(person_ids: Any) -> pa.Table:
        theirs = links.filter(pc.is_in(links["person_id"], value_set=pc.unique(person_ids))).select(
            ["source", "local_patient_id", "person_id"]
        )
        ids = theirs["local_patient_id"].to_pylist()
        records = pq.read_table(folder / "person_record.parquet", filters=[("local_patient_id", "in", ids)], partitioning=None)
        return records.join(theirs, ["source", "local_patient_id"], join_type="inner")

    return read


def door_of(project: Project, configuration: Configuration, team: str) -> Door:
    run_id = run_of(project)
    folder = project.vault_night(run_id)
    links = pq.read_table(folder / "link.parquet", partitioning=None)
    records = pq.read_table(folder / "person_record.parquet", partitioning=None)
    domain = team_domain(configuration, team)
    root = root_key(project, configuration)
    people = directory(
        records, links, team_key=DomainKey(root, domain), audit_key=DomainKey(root, audit_domain(configuration.keys.epoch))
    )
    store = access_store(project.root / configuration.stores.application)
    audit, queue = Audit(project.root / configuration.stores.audit), GuardianQueue(store)
    reasons = Reasons(project.root / configuration.stores.vault)
    agreements = Agreements(store, configuration.access.agreement)
    return Door(
        audit=audit,
        identities=NightIdentities(people, night_reader(folder, links), NOON.date()),
        relationships=Relationships(store, domain),
        agreements=agreements,
        purposes=configuration.purpose,
        grounds=[each for each in configuration.basis if each.source == "register"],
        limits=configuration.access.limits(),
        queue=queue,
        break_glass=BreakGlass(store, domain, audit, queue, reasons, configuration.access.break_glass()),
        bulk=Bulk(store, audit, configuration.access.bulk()),
    )


@pytest.fixture
def opened(published: Path) -> tuple[Project, Configuration, Door, str]:
    project = Project.at(published)
    configuration = load_configuration(project)
    team = configuration.team[0].id
    return project, configuration, door_of(project, configuration, team), team


def listed(project: Project, team: str) -> list[str]:
    path = project.night(run_of(project)) / "out" / team / "caseload.parquet"
    found: list[str] = pq.read_table(path, partitioning=None)["pseudonym"].to_pylist()
    return found


def test_the_list_of_a_real_night_opens_for_its_own_team_alone(opened: tuple[Project, Configuration, Door, str]) -> None:
    project, configuration, door, team = opened
    people = listed(project, team)
    assert len(people) > 3
    door.relationships.add([Tie(each, "caseload", "user", "beth", NOON.date()) for each in people[:-1]], at=NOON, by="the night")
    beth = Request("beth", "care coordinator", CASE_MANAGEMENT, NOON, team=team)
    assert set(reidentify(beth, people, door)["refusal"].to_pylist()) == {"E-ACCESS-AGREEMENT"}
    door.agreements.accept("beth", configuration.access.agreement, NOON)

    later = dataclasses.replace(beth, at=NOON + dt.timedelta(minutes=1))
    answer = reidentify(later, people, door)
    assert answer["refusal"].to_pylist() == [None] * (len(people) - 1) + ["E-ACCESS-RELATIONSHIP"]
    shown = answer.slice(0, len(people) - 1)
    assert all(shown["family_name"].to_pylist())
    assert answer["family_name"].to_pylist()[-1] is None
    register = pq.read_table(project.vault_night(run_of(project)) / "person_record.parquet", partitioning=None)
    numbers = set(register.filter(pc.equal(register["source"], "register"))["nhs_number"].to_pylist())
    assert set(shown["nhs_number"].to_pylist()) <= numbers
    rows = door.audit.rows("reidentify")
    assert [row["decision"] for row in rows].count("allowed") == len(people) - 1
    assert door.audit.verify() is None

    for role in ("analyst", "operator", "caldicott guardian", "clerical reviewer"):
        other = reidentify(dataclasses.replace(later, role=role), people, door)
        assert set(other["refusal"].to_pylist()) == {"E-ACCESS-ROLE"}
        assert other["family_name"].null_count == len(people)


def test_another_teams_codes_mean_nothing_here(opened: tuple[Project, Configuration, Door, str]) -> None:
    project, configuration, door, team = opened
    other = configuration.team[1].id
    door.agreements.accept("beth", configuration.access.agreement, NOON)
    beth = Request("beth", "care coordinator", CASE_MANAGEMENT, NOON, team=team)
    answer = reidentify(beth, listed(project, other), door)
    assert set(answer["refusal"].to_pylist()) == {"E-ACCESS-RELATIONSHIP"}


def test_nobodys_name_lies_outside_the_vault_afterwards(opened: tuple[Project, Configuration, Door, str]) -> None:
    """Every byte of state/ and runs/ after a list was opened: no shown NHS number in it. The vault is the control."""
    project, configuration, door, team = opened
    people = listed(project, team)[:3]
    door.relationships.add([Tie(each, "caseload", "user", "beth", NOON.date()) for each in people], at=NOON, by="the night")
    door.agreements.accept("beth", configuration.access.agreement, NOON)
    answer = reidentify(Request("beth", "care coordinator", CASE_MANAGEMENT, NOON, team=team), people, door)
    numbers = [number.encode() for number in answer["nhs_number"].to_pylist() if number]
    assert numbers

    def found(folder: Path) -> int:
        return sum(number in path.read_bytes() for path in folder.rglob("*") if path.is_file() for number in numbers)

    assert found(project.state) + found(project.runs) == 0
    assert found(project.vault) > 0


def test_a_vault_that_is_gone_is_refused_after_the_audit_row(opened: tuple[Project, Configuration, Door, str]) -> None:
    project, configuration, door, team = opened
    person = listed(project, team)[0]
    door.relationships.add([Tie(person, "caseload", "user", "beth", NOON.date())], at=NOON, by="the night")
    door.agreements.accept("beth", configuration.access.agreement, NOON)
    shutil.rmtree(project.vault_night(run_of(project)))
    with pytest.raises(Exception, match="E-ACCESS-VAULT"):
        reidentify(Request("beth", "care coordinator", CASE_MANAGEMENT, NOON, team=team), [person], door)
    assert [row["decision"] for row in door.audit.rows("reidentify")] == ["allowed"]
