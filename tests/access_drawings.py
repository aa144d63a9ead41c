"""A small made-up practice population, and everything the door to a name asks, for tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.agreement import Agreements
from governance.access.break_glass import BreakGlass
from governance.access.bulk import Bulk
from governance.access.decision import Request
from governance.access.guardian import GuardianQueue
from governance.access.identity import NightIdentities, directory
from governance.access.limits import BreakGlassRules, BulkRules, Limits
from governance.access.reasons import Reasons
from governance.access.relationship_store import Relationships, Tie
from governance.access.tables import access_store
from governance.audit import Audit, audit_domain
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonyms import pseudonym
from governance.reidentify import Door
from schemas.identifiable import Link, PersonRecord
from tests.governance_drawings import nhs_number

TODAY = dt.date(2026, 9, 30)
NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
TEAM_KEY = DomainKey(RootKey(bytes(range(32))), Domain("castle", "case management", 1))
AUDIT_KEY = DomainKey(RootKey(bytes(range(32))), audit_domain(1))
VERSION = "2026-04"
LIMITS = Limits(100, 300, 0.06, 3, 1, dt.time(21), dt.time(6), most_rows=400, register_days=10_000)
FREE = Limits(10_000, 10_000, 1.0, 10_000, 10_000, dt.time(21), dt.time(6), most_rows=10_000, register_days=10_000)
GLASS = BreakGlassRules(minutes=30, review_days=5, in_a_week=100, same_person_in_a_month=100)


@dataclasses.dataclass(frozen=True)
class Purpose:
    id: str = "case-management"
    signed_off_on: dt.date = dt.date(2026, 1, 5)
    review_by: dt.date = dt.date(2027, 1, 4)


@dataclasses.dataclass(frozen=True)
class Basis:
    purpose: str = "case-management"
    reference: str = "EXAMPLE/SHARING/1"
    valid_from: dt.date = dt.date(2026, 1, 5)
    valid_to: dt.date = dt.date(2027, 1, 4)


def person(number: int) -> str:
    """The person id of person 1, 2, 3, ..."""
    return f"{number:032x}"


def token(number: int) -> str:
    """Her pseudonym in the team's domain."""
    return pseudonym(person(number), TEAM_KEY)


def subject(number: int) -> str:
    """Her pseudonym in the audit's domain."""
    return pseudonym(person(number), AUDIT_KEY)


def population(count: int, **changes: dict[int, Any]) -> tuple[pa.Table, pa.Table]:
    """Records and links of people 1 to `count`, all of practice A99001; `changes`: column to {number: value}."""
    names = PersonRecord.arrow_schema().names
    rows = []
    for number in range(1, count + 1):
        row = dict.fromkeys(names) | {
            "source": "register", "local_patient_id": f"r{number}", "nhs_number": nhs_number(number * 1000),
            "given_name": f"Given{number}", "family_name": f"Family{number}", "date_of_birth": dt.date(1940, 1, 1),
            "gp_practice_code": "A99001", "registered_from": dt.date(2020, 1, 1), "protected": False,
        }  # fmt: skip
        rows.append(row | {column: values[number] for column, values in changes.items() if number in values})
    records = pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema())
    links = [
        {"source": "register", "local_patient_id": f"r{number}", "person_id": person(number), "step": "register",
         "model_version": "1"} for number in range(1, count + 1)
    ]  # fmt: skip
    return records, Link.conform(pa.Table.from_pylist(links))


class Vault:
    """Person records behind a spy: `reads` says how often they were read; `trouble` is raised instead."""

    def __init__(self, records: pa.Table, links: pa.Table, before: Callable[[], None] = lambda: None) -> None:
        ids = dict(zip(links["local_patient_id"].to_pylist(), links["person_id"].to_pylist(), strict=True))
        keys = records["local_patient_id"].to_pylist()
        self.people = records.append_column("person_id", pa.array([ids[key] for key in keys]))
        self.reads = 0
        self.trouble: Exception | None = None
        self.before = before

    def __call__(self, person_ids: Any) -> pa.Table:
        self.before()
        self.reads += 1
        if self.trouble is not None:
            raise self.trouble
        return self.people.filter(pc.is_in(self.people["person_id"], value_set=pc.unique(person_ids)))


@dataclasses.dataclass
class House:
    """A door with what stands behind it. The user is `ann`, a coordinator of the team castle, who accepted the agreement."""

    door: Door
    vault: Vault
    ties: Relationships

    def tie(self, number: int, kind: str = "caseload", holder_kind: str = "user", holder: str = "ann", **dates: Any) -> int:
        tie = Tie(token(number), kind, holder_kind, holder, **({"valid_from": dt.date(2026, 9, 1)} | dates))
        return self.ties.add([tie], at=NOON, by="system")[0]

    def audited(self) -> list[tuple[str, str]]:
        """Subject and decision of every row of the audit log."""
        return [(row["subject"], row["decision"]) for row in self.door.audit.rows()]


def house(folder: Path, count: int = 5, *, urls: Sequence[str] = (), **changes: dict[int, Any]) -> House:
    """A new house of `count` people in a folder; `changes` as in `population`. `urls`: of its three databases elsewhere."""
    application, audit_at, vault_at = urls or (
        folder / "state" / "application.db", folder / "state" / "audit.db", folder / "vault" / "vault.db",
    )  # fmt: skip
    records, links = population(count, **changes)
    vault = Vault(records, links)
    store = access_store(application)
    agreements = Agreements(store, VERSION)
    agreements.accept("ann", VERSION, NOON)
    people = directory(records, links, team_key=TEAM_KEY, audit_key=AUDIT_KEY)
    ties = Relationships(store, TEAM_KEY.domain)
    audit, queue = Audit(audit_at), GuardianQueue(store)
    reasons = Reasons(vault_at)
    door = Door(
        audit=audit,
        identities=NightIdentities(people, vault, TODAY),
        relationships=ties,
        agreements=agreements,
        purposes=[Purpose()],
        grounds=[Basis()],
        limits=FREE,
        queue=queue,
        break_glass=BreakGlass(store, TEAM_KEY.domain, audit, queue, reasons, GLASS),
        bulk=Bulk(store, audit, BulkRules(rows=4, hours=8)),
    )
    return House(door, vault, ties)


def ask(**changes: Any) -> Request:
    """Ann's request, at noon in London, for case management."""
    request = Request("ann", "care coordinator", "case-management", NOON, team="castle", run_id="n1")
    return dataclasses.replace(request, **changes)


def codes(answer: pa.Table) -> list[str | None]:
    """The refusals, in short: `RELATIONSHIP`."""
    return [code and code.removeprefix("E-ACCESS-") for code in answer["refusal"].to_pylist()]


def names(answer: pa.Table) -> Sequence[str | None]:
    return answer["given_name"].to_pylist()  # type: ignore[no-any-return]
