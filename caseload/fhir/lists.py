"""`List`, `Provenance`, `AuditEvent` and `Bundle`: a team's list, where it came from, and who looked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from caseload.fhir.systems import (
    AUDIT_TYPE,
    LIST_ORDER,
    PARTICIPANT_TYPE,
    REST_INTERACTION,
    Names,
    Resource,
    identifier,
    instant,
    resource,
    to_patient,
    words,
)  # fmt: skip

CHANGES = {"new": "new on the list", "up": "risk has risen", "down": "risk has fallen"}
# AuditEvent.outcome of R4: success, and a minor failure (here: refused).
SUCCESS, REFUSED = "0", "4"
ALLOWED = "allowed"


def caseload_list(rows: Sequence[Mapping[str, Any]], names: Names, *, title: str, run_id: str, as_at: dt.date) -> Resource:
    """A UK Core List of the people of `CaseloadList` rows, in their order: a snapshot of one published night."""
    entries = []
    for row in rows:
        entry: Resource = {"item": to_patient(row["pseudonym"])}
        if row.get("change") in CHANGES:
            entry["flag"] = words(CHANGES[row["change"]])
        entries.append(entry)
    nobody = words("Nobody is listed", ("http://terminology.hl7.org/CodeSystem/list-empty-reason", "nilknown", "Nil Known"))
    return resource(
        "List", f"list-{names.team}-{run_id}", identifier=[identifier(names.system("run"), run_id)], status="current",
        mode="snapshot", title=title, code=words("caseload: people proposed for case management"), date=as_at.isoformat(),
        orderedBy=words("need, the highest first", (LIST_ORDER, "priority", "Sorted by Priority")), entry=entries,
        emptyReason=None if entries else nobody,
    )  # fmt: skip


def provenance(
    targets: Iterable[str], names: Names, *, run_id: str, recorded: dt.datetime, as_at: dt.date, software: str
) -> Resource:
    """Where resources came from: one published night. targets: `List/...`, `RiskAssessment/...`. software: name and version."""
    agent = {
        "type": words("Assembler", (PARTICIPANT_TYPE, "assembler", "Assembler")),
        "who": {"type": "Device", "display": software},
    }
    return resource(
        "Provenance", f"night-{names.team}-{run_id}", target=[{"reference": target} for target in targets],
        occurredDateTime=as_at.isoformat(), recorded=instant(recorded), activity=words("nightly linkage and stratification"),
        agent=[agent], entity=[{"role": "source", "what": {"identifier": identifier(names.system("run"), run_id)}}],
    )  # fmt: skip


def audit_event(row: Mapping[str, Any], names: Names, *, pseudonym: str | None, source: str) -> Resource:
    """One line of the audit log about one person, named by this team's pseudonym, or about nobody. source: who keeps the log."""
    agent: Resource = {"who": {"identifier": identifier(names.system("account"), row["actor"])}, "requestor": True}
    if row.get("role"):
        agent["role"] = [words(row["role"])]
    entity = [{"what": to_patient(pseudonym)}] if pseudonym else []
    return resource(
        "AuditEvent", f"audit-{row['seq']}", type={"system": AUDIT_TYPE, "code": "rest", "display": "RESTful Operation"},
        subtype=[{"system": REST_INTERACTION, "code": "read", "display": "read"}], action="R",
        recorded=instant(dt.datetime.fromisoformat(row["at"])), outcome=SUCCESS if row["decision"] == ALLOWED else REFUSED,
        purposeOfEvent=[words(row["purpose"])] if row.get("purpose") else [], agent=[agent],
        source={"observer": {"display": source}}, entity=entity,
    )  # fmt: skip


def bundle(resources: Iterable[Resource], names: Names, *, kind: str = "collection", total: int | None = None) -> Resource:
    """A Bundle: `collection` for a file, `searchset` for the answer to a search (then with its total)."""
    entries = [{"fullUrl": f"{names.base}/fhir/{each['resourceType']}/{each['id']}", "resource": each} for each in resources]
    made: Resource = {"resourceType": "Bundle", "type": kind}
    if kind == "searchset":
        for entry in entries:
            entry["search"] = {"mode": "match"}
        made["total"] = len(entries) if total is None else total
    return made | ({"entry": entries} if entries else {})
