"""A decision on a real night's list: what the next night is told of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from governance.access.decision import Request
from pipelines.entries_tonight import entry_rows
from pipelines.plan import plan_night
from pipelines.project import Project
from schemas.zones import Zone
from tests.decided_area import NOON, TODAY, Desk


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
