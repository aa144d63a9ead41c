"""A decision on a real night's list: what the next night is told of it, and that it outlives a new epoch."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caseload.entries.policies import Decision
from governance.access.decision import Request
from governance.access.relationship_store import Tie
from governance.keys import DomainKey
from governance.pseudonyms import pseudonyms
from pipelines.config import load_configuration
from pipelines.entries import entries_of
from pipelines.entries_tonight import decisions_position, entry_rows
from pipelines.keys import root_key
from pipelines.night import Night
from pipelines.plan import plan_night
from pipelines.project import Project
from pipelines.recipients import team_domain, working_domain
from schemas.zones import Zone
from tests.functional.test_functional_reidentify import door_of, run_of
from tests.rekeying import rekey_here, set_keys

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
TODAY = NOON.date()


@dataclasses.dataclass
class Desk:
    """A project after a night, its first team's list, and a coordinator who decides."""

    project: Project

    def __post_init__(self) -> None:
        self.configuration = load_configuration(self.project)
        self.team = self.configuration.team[0].id
        self.door = door_of(self.project, self.configuration, self.team)
        self.door.agreements.accept("ann", self.configuration.access.agreement, NOON)
        self.entries = entries_of(self.project, self.configuration)
        folder = self.project.night(run_of(self.project)) / "out" / self.team
        self.listed = pq.read_table(folder / "caseload.parquet", partitioning=None).to_pylist()
        ties = [Tie(row["pseudonym"], "caseload", "user", "ann", TODAY) for row in self.listed]
        self.door.relationships.add(ties, at=NOON, by="system")

    def decide(self, place: int, event: str, reason: str, **said: object) -> str:
        person = str(self.listed[place]["pseudonym"])
        request = Request("ann", "care coordinator", "case-management", NOON, team=self.team, run_id=run_of(self.project))
        self.entries.decide(request, person, Decision(event, reason, 0, **said), self.door)  # type: ignore[arg-type]
        return person

    def night(self) -> Night:
        position = decisions_position(self.project, self.configuration)
        return Night(self.project, self.configuration, TODAY, run_of(self.project), None, decisions=position)

    def told(self, *, excluded: tuple[str, ...] = ()) -> tuple[dict[str, dict[str, object]], list[str]]:
        """What the night is told, by the person's pseudonym in the team; and its notes."""
        shelf, night = self.night().vault_shelf, self.night()
        links = shelf.get(Zone.IDENTIFIABLE, "link")
        people = shelf.get(Zone.IDENTIFIABLE, "person_record")
        table, notes = entry_rows(night, people, links, pa.array(excluded, pa.string()))
        root, ids = root_key(self.project, self.configuration), links["person_id"].combine_chunks().unique()
        working = pseudonyms(ids, DomainKey(root, working_domain(self.configuration))).to_pylist()
        own = pseudonyms(ids, DomainKey(root, team_domain(self.configuration, self.team))).to_pylist()
        names = dict(zip(working, own, strict=True))
        return {names[row["pseudonym"]]: row for row in table.to_pylist()}, notes

    def person_id(self, pseudonym: str) -> str:
        row = self.door.identities.directory.filter(  # type: ignore[attr-defined]
            pa.compute.equal(self.door.identities.directory["pseudonym"], pseudonym)  # type: ignore[attr-defined]
        )
        return str(row["person_id"][0].as_py())


@pytest.fixture
def desk(published: Path) -> Desk:
    return Desk(Project.at(published))


def test_a_decision_gives_the_same_day_another_night_and_a_plan_does_not(desk: Desk) -> None:
    before = plan_night(desk.project, desk.configuration, TODAY)
    assert (before.run_id, before.decisions) == (run_of(desk.project), 0)
    desk.entries.look(Request("ann", "care coordinator", "case-management", NOON, team=desk.team, run_id="n"))
    assert plan_night(desk.project, desk.configuration, TODAY).run_id == before.run_id
    desk.decide(0, "decline", "known and managed")
    after = plan_night(desk.project, desk.configuration, TODAY)
    assert after.run_id != before.run_id
    assert after.decisions == 1
    assert plan_night(desk.project, desk.configuration, TODAY).run_id == after.run_id


def test_the_night_is_told_who_is_open_and_who_is_not_to_be_proposed(desk: Desk) -> None:
    assert desk.told() == ({}, [])
    professional = next(each.id for each in desk.configuration.professional if each.team == desk.team)
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
    kept = links.filter(pa.compute.not_equal(links["person_id"], desk.person_id(person)))
    table, notes = entry_rows(night, shelf.get(Zone.IDENTIFIABLE, "person_record"), kept, pa.array([], pa.string()))
    assert table.num_rows == 0
    assert notes[1] == "entries of the caseload whose person is not in tonight's records: 1."


def test_a_new_epoch_keeps_every_history(desk: Desk, published: Path) -> None:
    professional = next(each.id for each in desk.configuration.professional if each.team == desk.team)
    accepted = desk.decide(0, "accept", "frailty", professional=professional)
    id_before = desk.person_id(accepted)
    set_keys(published, epoch=2)
    rekey_here(published)
    later = Desk(desk.project)
    (entry,) = later.entries.current(later.team, TODAY).to_pylist()
    assert entry["pseudonym"] != accepted
    assert later.person_id(entry["pseudonym"]) == id_before
    assert (entry["state"], entry["professional"]) == ("accepted", professional)
    assert [each.event for each in later.entries.history(later.team, entry["pseudonym"])] == ["accept"]
    assert later.entries.mend(at=NOON, by="system") == 0  # its relationships were carried over, too
    assert list(later.told()[0]) == [entry["pseudonym"]]
