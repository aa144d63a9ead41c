"""A decision on a real night's list: what the next night is told of it, and the feedback."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from governance import crosswalk
from governance.access.decision import Request
from governance.access.relationship_store import Tie
from governance.policies import NHSE_HES
from governance.vault import Vault
from pipelines.entries_following import follow_people
from pipelines.entries_tonight import entry_rows
from pipelines.plan import plan_night
from pipelines.project import Project
from pipelines.publish import store_url
from schemas.identifiable import Link
from schemas.zones import Zone
from tests.conftest import FALLS_BACK, caselink
from tests.decided_area import NOON, TODAY, Desk
from tests.functional.test_functional_reidentify import run_of


@pytest.fixture
def desk(published: Path) -> Desk:
    return Desk(Project.at(published))


def test_a_decision_gives_the_same_day_another_night_and_a_plan_does_not(desk: Desk) -> None:
    before = plan_night(desk.project, desk.configuration, TODAY)
    assert before.decisions == 0
    desk.entries.look(Request("ann", "care coordinator", "case-management", NOON, team=desk.team, run_id="n"))
    assert plan_night(desk.project, desk.configuration, TODAY).run_id == before.run_id
    desk.decide(0, "decline", "known and managed")
    after = plan_night(desk.project, desk.configuration, TODAY)
    assert after.run_id != before.run_id
    assert after.decisions == 1
    assert plan_night(desk.project, desk.configuration, TODAY).run_id == after.run_id


def test_the_night_is_told_who_is_open_and_who_is_not_to_be_proposed(desk: Desk) -> None:
    assert desk.told() == ({}, [])
    professional = desk.professional
    accepted = desk.decide(0, "accept", "frailty", professional=professional)
    deferred = desk.decide(1, "defer", "in hospital", until=TODAY + dt.timedelta(days=9))
    told, notes = desk.told()
    assert notes == ["entries of the caseload that the night goes by: 2."]
    assert set(told) == {accepted, deferred}
    assert {name: told[accepted][name] for name in ("state", "accountable_professional_id", "since", "exit", "left")} == {
        "state": "accepted", "accountable_professional_id": professional, "since": TODAY, "exit": None, "left": None,
    }  # fmt: skip
    assert (told[deferred]["state"], told[deferred]["until"]) == ("deferred", TODAY + dt.timedelta(days=9))
    # Both object: the open episode stays with its professional, of the other nothing crosses.
    excluded = tuple(desk.person_id(each) for each in (accepted, deferred))
    assert set(desk.told(excluded=excluded)[0]) == {accepted}


def test_somebody_whose_pseudonym_is_nobodys_tonight_is_counted(desk: Desk) -> None:
    person = desk.decide(0, "decline", "refused")
    shelf, night = desk.night().vault_shelf, desk.night()
    links = shelf.get(Zone.IDENTIFIABLE, "link")
    kept = links.filter(pc.not_equal(links["person_id"], desk.person_id(person)))
    table, notes = entry_rows(night, shelf.get(Zone.IDENTIFIABLE, "person_record"), kept, pa.array([], pa.string()))
    assert table.num_rows == 0
    assert notes[1] == "entries of the caseload whose person is not in tonight's records: 1."


def test_the_feedback_withholds_a_lonely_decision(
    desk: Desk, run_caselink: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    for place in range(len(desk.listed)):
        desk.decide(place, "decline" if place else "accept", "known and managed" if place else "frailty",
                    **({} if place else {"professional": desk.professional}))  # fmt: skip
    command = ("caseload", "feedback", "--json", "--quiet", "--project", str(desk.project.root))
    done = run_caselink(*command)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["from"], answer["to"], answer["policy"]) == ("2026-07-01", "2026-09-30", "nhse-hes")
    (team,) = [row for row in answer["decisions"] if (row["team"], row["breakdown"]) == (desk.team, "everybody")]
    assert (team["decided"], team["accepted"], team["agreement"]) == (NHSE_HES.shown(len(desk.listed)), None, None)
    assert all(row["decided"] is None or row["decided"] >= 8 or not row["decided"] for row in answer["decisions"])
    assert {row["breakdown"] for row in answer["decisions"]} == {
        "everybody", "put forward by", "age band", "sex", "deprivation", "ethnic category",
    }  # fmt: skip
    assert run_caselink(*command, "--quarter", "2026Q2").returncode == 0
    refused = run_caselink(*command, "--quarter", "2026Q4")
    assert (refused.returncode, "E-FEEDBACK-QUARTER" in refused.stderr) == (2, True)


@pytest.mark.deep
def test_a_declined_person_is_not_proposed_again_and_an_accepted_one_stays(
    desk: Desk, run_caselink: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = run_of(desk.project)
    declined = desk.decide(0, "decline", "known and managed")
    accepted = desk.decide(1, "accept", "frailty", professional=desk.professional)
    done = run_caselink("run", "--direct", "--quiet", "--project", str(desk.project.root))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    assert run_of(desk.project) != before
    folder = desk.project.night(run_of(desk.project)) / "out" / desk.team
    listed = {row["pseudonym"]: row for row in pq.read_table(folder / "caseload.parquet", partitioning=None).to_pylist()}
    assert declined not in listed
    assert listed[accepted]["accountable_professional_id"] == desk.professional
    proposals = pq.read_table(desk.project.night(run_of(desk.project)) / "pseudonymised" / "proposal.parquet", partitioning=None)
    assert proposals["reason"].to_pylist().count("open episode") == 1
    manifest = json.loads((desk.project.night(run_of(desk.project)) / "manifest.json").read_text())
    assert manifest["decisions"] == 2
    done = run_caselink("run", "--direct", "--quiet", "--project", str(desk.project.root))
    assert run_of(desk.project) == manifest["run_id"]


def joined_in_the_vault(desk: Desk, run_id: str, old: str, new: str, *, kind: str = "merge") -> None:
    """What the vault says where the register joined two numbers in a night (or took one from a person)."""
    vault = Vault(store_url(desk.project, desk.configuration.stores.vault))
    vault.open_run(run_id)
    row = {"kind": kind, "source": "register", "local_patient_id": "x", "old_person_id": old, "new_person_id": new}
    with vault._store.write() as connection:
        crosswalk.write(
            connection, crosswalk.find_run(connection, run_id), crosswalk.CHANGED.empty_table(),
            pa.Table.from_pylist([row], schema=crosswalk.EVENTS),
        )  # fmt: skip


def test_the_next_night_and_its_pages_go_by_an_episode_that_followed_its_person(desk: Desk) -> None:
    old = desk.decide(0, "accept", "frailty", professional=desk.professional)
    new = desk.decide(1, "decline", "refused")
    old_id, new_id = desk.person_id(old), desk.person_id(new)
    desk.door.relationships.add([Tie(old, "caseload", "user", "zoe", TODAY)], at=NOON, by="system")
    night = dataclasses.replace(desk.night(), run_id="next")
    joined_in_the_vault(desk, "next", old_id, new_id)
    shelf = desk.night().vault_shelf
    links, records = shelf.get(Zone.IDENTIFIABLE, "link"), shelf.get(Zone.IDENTIFIABLE, "person_record")
    ids = pa.array([new_id if each == old_id else each for each in links["person_id"].to_pylist()])
    links = links.set_column(links.column_names.index("person_id"), "person_id", ids)
    table, notes = entry_rows(night, records, links, pa.array([], pa.string()))
    assert table["state"].to_pylist() == ["accepted"], "of the two the open episode counts"
    assert notes[1:] == ["entries of the caseload that follow their person, whose records were found to be another's, too: 1."]
    night.vault_shelf.put(Link, "link", links)
    for _ in range(2):
        follow_people(night)
        assert desk.entries.current(desk.team, TODAY)["pseudonym"].to_pylist() == [new]
        assert [each.event for each in desk.entries.history(desk.team, new)] == ["accept", "decline"]
        rows = desk.door.relationships.of([new]).to_pylist()
        held = sorted((row["kind"], row["holder"]) for row in rows if row["valid_to"] is None)
        assert held == [("caseload", "ann"), ("caseload", "zoe"), ("episode", desk.team)]


def test_after_a_split_an_episode_stays_and_the_night_says_so(desk: Desk) -> None:
    person = desk.decide(0, "accept", "frailty", professional=desk.professional)
    night = dataclasses.replace(desk.night(), run_id="next")
    joined_in_the_vault(desk, "next", desk.person_id(person), "f" * 32, kind="split")
    shelf = desk.night().vault_shelf
    links, records = shelf.get(Zone.IDENTIFIABLE, "link"), shelf.get(Zone.IDENTIFIABLE, "person_record")
    table, notes = entry_rows(night, records, links, pa.array([], pa.string()))
    assert table.num_rows == 1
    assert notes[1:] == [
        "entries of the caseload that stay where they are, though records of their person were found to be another's: 1."
    ]


@pytest.mark.deep  # a night of its own
def test_a_merger_in_the_register_takes_an_episode_along(desk: Desk) -> None:
    old = desk.decide(0, "accept", "frailty", professional=desk.professional)
    new = next(each["pseudonym"] for each in desk.listed if each["pseudonym"] != old)
    shelf, folder = desk.night().vault_shelf, desk.project.root
    links = shelf.get(Zone.IDENTIFIABLE, "link").to_pylist()
    register = {row["person_id"]: row["local_patient_id"] for row in links if row["source"] == "register"}
    numbers = [register[desk.person_id(each)] for each in (old, str(new))]
    heads = "OLD_NHS_NUMBER,NEW_NHS_NUMBER,MERGED_ON"
    text = f"{heads}\n{','.join(numbers)},2026-10-01\n"
    (folder / "inbox" / "register" / "register_mergers_2026-10-01.csv").write_text(text)
    path = folder / "caselink.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join("as_at = 2026-10-01" if line.startswith("as_at") else line for line in lines) + "\n")
    done = caselink("run", "--direct", "--quiet", "--project", str(folder))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    assert desk.entries.entry(desk.team, str(new), TODAY).state == "accepted"
    entry = pq.read_table(desk.project.night(run_of(desk.project)) / "pseudonymised" / "entry.parquet", partitioning=None)
    assert entry["state"].to_pylist() == ["accepted"]
    listed = pq.read_table(desk.project.night(run_of(desk.project)) / "out" / desk.team / "caseload.parquet", partitioning=None)
    assert new in listed["pseudonym"].to_pylist()
    assert old not in listed["pseudonym"].to_pylist()
