"""`OperationOutcome` and `CapabilityStatement`: what went wrong, and what this API can do."""

from __future__ import annotations

import datetime as dt

from caseload.fhir.systems import Resource

# Kind of resource to the parameters it can be searched by.
SEARCHES = {
    "List": (), "Patient": ("_id",), "CareTeam": ("patient",), "RiskAssessment": ("patient",), "Flag": ("patient",),
    "Provenance": ("patient",), "AuditEvent": ("patient",),
}  # fmt: skip
TYPES = {"_id": "token", "patient": "reference"}
RELEASED = dt.date(2026, 11, 28)  # of this statement: change it with what it says
ISSUES = {401: "login", 403: "forbidden", 404: "not-found", 400: "invalid", 429: "throttled", 503: "transient"}


def operation_outcome(status: int, text: str) -> Resource:
    """An answer's trouble, by its HTTP status; the text holds no value of a request."""
    code = ISSUES.get(status, "exception")
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]}


def capability_statement(base: str, *, version: str, date: dt.date) -> Resource:
    """What a client may ask: to read, and to search by person; nothing is written through this API."""
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            **({"searchParam": [{"name": name, "type": TYPES[name]} for name in names]} if names else {}),
        }
        for kind, names in SEARCHES.items()
    ]
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": date.isoformat(), "kind": "instance",
        "software": {"name": "Caselink", "version": version},
        "implementation": {"description": "Caselink", "url": f"{base}/fhir"},
        "fhirVersion": "4.0.1", "format": ["application/fhir+json"], "rest": [{"mode": "server", "resource": resources}],
    }  # fmt: skip
