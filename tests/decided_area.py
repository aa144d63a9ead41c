"""A project after a night, and a coordinator of its first team who decides on the people of its list."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

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
from pipelines.project import Project
from pipelines.recipients import team_domain, working_domain
from schemas.zones import Zone
from tests.functional.test_functional_reidentify import door_of, run_of

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
            pc.equal(self.door.identities.directory["pseudonym"], pseudonym)  # type: ignore[attr-defined]
        )
        return str(row["person_id"][0].as_py())

    @property
    def professional(self) -> str:
        """One of the team's accountable professionals."""
        staff = self.configuration.professional
        return next(each.id for each in staff if each.team == self.team and each.role == "accountable professional")
