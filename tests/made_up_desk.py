"""The services of a made-up team over one made-up night of a few people: real files, real stores, no project and no run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from caseload.desk.night import PublishedNight
from caseload.desk.notes import NoteBook
from caseload.desk.services import ProfessionalWords, Services, TeamWords, Use, WardWords
from caseload.desk.tables import ABOUT, BY_PERSON, DESK, EVENT, FEED, FILE, KIND, LISTS, DeskNews, DeskPractice
from caseload.desk.ties import ListTies
from caseload.entries.entries import Entries
from caseload.entries.policies import Ward
from governance.access.agreement import Agreements
from governance.access.break_glass import BreakGlass
from governance.access.bulk import Bulk
from governance.access.guardian import GuardianQueue
from governance.access.identity_file import FiledIdentities
from governance.access.identity_writer import NightPeople, write_identities
from governance.access.limits import BulkRules, Limits
from governance.access.reasons import Reasons
from governance.access.relationship_store import Relationships
from governance.access.tables import access_store
from governance.audit import Audit
from governance.keys import Domain, DomainKey, RootKey
from governance.notes import Notes
from governance.policies import NHSE_HES
from governance.pseudonyms import pseudonym
from governance.reidentify import Door
from governance.table_files import TableReader, TableWriter
from schemas.identifiable import ContactDetail, RegisterMerger
from tests.access_drawings import AUDIT_KEY, FREE, GLASS, Basis, Purpose, person, population
from tests.made_up_oversight import MadeUpOversight, MadeUpReview
from tests.places import place

TEAM, PRACTICE, AS_AT, RUN = "north", "A99001", dt.date(2026, 9, 30), "0123456789abcdef"
DOMAIN = Domain(TEAM, "case management", 1)
KEY = DomainKey(RootKey(bytes(range(32))), DOMAIN)
PEOPLE = 8
LEAD, ARRANGES, WARD = "north-ap1", "north-cc1", "north-ward"


def token(number: int) -> str:
    """The pseudonym of person 1, 2, 3, ... in the team's domain."""
    return pseudonym(person(number), KEY)


def listed(number: int, **more: Any) -> dict[str, Any]:
    """A CaseloadList row: person `number`, ranked by it."""
    row = {
        "pseudonym": token(number), "change": "same", "tier": "case management", "rank": number, "risk": 0.9 - number / 10,
        "accountable_professional_id": LEAD, "coordinator_id": ARRANGES, "why_placed": "works here", "since": AS_AT,
        "gp_practice_code": PRACTICE, "data_as_at": AS_AT,
    }  # fmt: skip
    return row | more


def event(number: int, kind: str, start: dt.date, categories: str = "ordinary", **more: Any) -> dict[str, Any]:
    """An event of person `number`."""
    return {"number": number, "activity_type": kind, "start_date": start, "end_date": start, "categories": categories} | more


@dataclass
class MadeUpDesk:
    """What the night says, and who asks. `lists`, `people`, `facts` and `events` are written when the services are made."""

    folder: Path
    audit: Audit
    clock: Callable[[], dt.datetime]
    version: str
    accounts: Mapping[str, list[str]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    people: dict[int, dict[str, Any]] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    news: list[dict[str, Any]] = field(default_factory=list)
    weights: list[dict[str, Any]] = field(default_factory=list)
    limits: Limits = FREE
    marked: dict[str, dict[int, Any]] = field(default_factory=dict)  # PersonRecord's column to {number: value}
    sees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beds: int = 2  # of the team's virtual ward
    uses: tuple[Use, ...] = ()
    gone_by: dict[str, list[PublishedNight]] = field(default_factory=dict)

    def services(self) -> Services:
        """The services, with the night's files written."""
        night = PublishedNight(RUN, AS_AT, self.folder / "runs" / RUN)
        (night.folder / "out" / TEAM).mkdir(parents=True)
        self._write_desk(night.folder / "out" / TEAM / FILE)
        self._write_identities(self.folder / "identities.db")
        store = access_store(place(self.folder, "application"))
        stored = Relationships(store, DOMAIN)
        professionals = dict.fromkeys((LEAD, ARRANGES), TEAM)
        wards = {WARD: Ward(TEAM, self.beds)}
        entries = Entries(self.audit, {TEAM: stored}, professionals=professionals, accounts=self.accounts, wards=wards)
        directory = FiledIdentities(TableReader(self.folder / "identities.db"), DOMAIN, AS_AT)
        queue = GuardianQueue(store)
        reasons = Reasons(place(self.folder, "vault"))
        door = Door(
            audit=self.audit,
            identities=directory,
            relationships=ListTies(stored, night, TEAM, entries, self.accounts),
            agreements=Agreements(store, self.version),
            purposes=[Purpose()],  # type: ignore[list-item]
            grounds=[Basis()],
            limits=self.limits,
            queue=queue,
            break_glass=BreakGlass(store, DOMAIN, self.audit, queue, reasons, GLASS),
            bulk=Bulk(store, self.audit, BulkRules(500, 24)),
            served=[(TEAM, PRACTICE)],
        )
        return Services(
            area="Ardenvale",
            synthetic=True,
            clock=self.clock,
            nights=_Served(night, self.gone_by),
            doors={TEAM: lambda _night: door},
            directories={TEAM: lambda _night: directory},
            entries=entries,
            audit=self.audit,
            teams={TEAM: TeamWords(TEAM, "North team", "North")},
            professionals={
                LEAD: ProfessionalWords(LEAD, TEAM, "accountable professional", 10),
                ARRANGES: ProfessionalWords(ARRANGES, TEAM, "coordinator", 20),
            },
            sees=self.sees,
            break_glass=lambda _team: door.break_glass,
            review=MadeUpReview(self.audit),
            oversight=MadeUpOversight(queue, door.bulk, self.audit, reasons),
            wards={WARD: WardWords(WARD, TEAM, self.beds, 14)},
            uses=self.uses,
            policy=NHSE_HES,
            notes=lambda team, _night: NoteBook(lambda: Notes(place(self.folder, "vault")), directory) if team == TEAM else None,
        )

    def _write_identities(self, path: Path) -> None:
        records, links = population(PEOPLE, **self.marked)
        contacts = {"source": ["register"], "local_patient_id": ["r1"], "telephone": ["01632 960001"],
                    "next_of_kin": ["daughter, 01632 960002"], "visiting_warnings": ["<b>two</b> to a visit"]}  # fmt: skip
        people = NightPeople(records, links, RegisterMerger.empty(), ContactDetail.conform(pa.table(contacts)))
        write_identities(path, people, team_keys=[KEY], audit_key=AUDIT_KEY, as_at=AS_AT)

    def _write_desk(self, path: Path) -> None:
        order = sorted(range(1, PEOPLE + 1), key=token)  # as the night numbers people: by their pseudonyms
        plain = {"gp_practice_code": PRACTICE, "locality": "North", "link_quality": "number", "gender": "2", "risk": 0.3}
        people = [{"pseudonym": token(number), **plain} | self.people.get(number, {}) for number in order]
        with TableWriter(path) as file:
            said = {"form": "1", "as_at": AS_AT.isoformat(), "run_id": RUN, "team": TEAM}
            file.put("about", pa.table([list(said), list(said.values())], schema=ABOUT), key=["name"])
            feed = {"title": "GP extract", "source": "gp", "state": "current", "data_to": AS_AT, "age_days": 0}
            file.put("feed", pa.Table.from_pylist([feed], schema=FEED), key=["source"])
            for name, kind in LISTS.items():
                file.put(name, kind.conform(pa.Table.from_pylist(self.lists.get(name, []), schema=kind.arrow_schema())))
            rows = pa.Table.from_pylist(people, schema=DESK["desk_person"].arrow_schema())
            file.put("desk_person", rows.add_column(0, "person", pa.array(range(PEOPLE), pa.int64())), key=["person"])
            served = [{"gp_practice_code": PRACTICE, "locality": "North", "people": PEOPLE}]
            file.put("desk_practice", pa.Table.from_pylist(served, schema=DeskPractice.arrow_schema()), key=["gp_practice_code"])
            for name, key in BY_PERSON.items():
                told = {"desk_fact": self.facts, "desk_reason": self.reasons, "desk_weight": self.weights}.get(name, [])
                file.put(name, _numbered(name, told, order), key=key)
            self._write_events(file, order)
            news = pa.Table.from_pylist(self.news, schema=DeskNews.arrow_schema())
            file.put("desk_news", news, key=DeskNews.key)

    def _write_events(self, file: TableWriter, order: list[int]) -> None:
        rows = sorted(self.events, key=lambda row: (order.index(row["number"]), row["start_date"]))
        rows = [row | {"person": order.index(row["number"]), "place": place, "kind": place} for place, row in enumerate(rows)]
        file.put("desk_event", pa.Table.from_pylist(rows, schema=EVENT), key=["person", "place"])
        file.put("desk_kind", pa.Table.from_pylist(rows, schema=KIND), key=["kind"])


@dataclass(frozen=True)
class _Served:
    night: PublishedNight
    gone_by: dict[str, list[PublishedNight]] = field(default_factory=dict)  # by the run that a reader looked at

    def current(self) -> PublishedNight:
        return self.night

    def missed(self, _night: PublishedNight, looked: str) -> list[PublishedNight]:
        return self.gone_by.get(looked, [])


def _numbered(name: str, rows: list[dict[str, Any]], order: list[int]) -> pa.Table:
    schema = DESK[name].arrow_schema().set(0, pa.field("person", pa.int64()))
    return pa.Table.from_pylist([row | {"person": order.index(row["number"])} for row in rows], schema=schema)
