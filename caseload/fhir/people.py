"""`Patient` and `CareTeam`: who a person is, as far as the reader may know, and who looks after her."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from caseload.fhir.systems import NHS_NUMBER, ODS_CODE, Names, Resource, by_identifier, identifier, resource, to_patient, words

GENDERS = {"1": "male", "2": "female", "9": "other", "X": "unknown", "0": "unknown"}  # PERSON STATED GENDER CODE
PROPOSED, ACTIVE, INACTIVE = "proposed", "active", "inactive"
ACCOUNTABLE, COORDINATOR = "accountable professional", "care coordinator"


def patient(pseudonym: str, names: Names, *, practice: str | None = None, who: Mapping[str, Any] | None = None) -> Resource:
    """A UK Core Patient. `who`: an IDENTITY row that the door has shown; without it she is a code, and nothing else.

    practice: ODS code of the registered practice. NHS numbers stand under their own system, the pseudonym under this team's.
    """
    ids = [identifier(names.system("pseudonym"), pseudonym)]
    general = [by_identifier("Organization", ODS_CODE, practice)] if practice else []
    if who is None:
        return resource("Patient", pseudonym, identifier=ids, generalPractitioner=general)
    if who.get("nhs_number"):
        ids.insert(0, identifier(NHS_NUMBER, who["nhs_number"]))
    return resource(
        "Patient", pseudonym, identifier=ids, name=_name(who), gender=GENDERS.get(who.get("gender") or ""),
        birthDate=_day(who.get("date_of_birth")), address=_address(who), generalPractitioner=general,
    )  # fmt: skip


def care_team(row: Mapping[str, Any], names: Names, *, team: str, status: str) -> Resource:
    """A UK Core CareTeam: the accountable professional and the coordinator of a `CaseloadList` row, by their ids.

    team: its name. status: PROPOSED until a named human has accepted, then ACTIVE; INACTIVE after the episode.
    """
    pairs = ((ACCOUNTABLE, row.get("accountable_professional_id")), (COORDINATOR, row.get("coordinator_id")))
    members = [
        {"role": [words(role)], "member": by_identifier("Practitioner", names.system("professional"), who)}
        for role, who in pairs
        if who
    ]
    return resource(
        "CareTeam", f"team-{row['pseudonym']}", status=status, name=team, subject=to_patient(row["pseudonym"]),
        period={"start": row["since"].isoformat()} if row.get("since") else None, participant=members,
        managingOrganization=[by_identifier("Organization", names.system("team"), names.team)],
    )  # fmt: skip


def _name(who: Mapping[str, Any]) -> list[Resource]:
    name: Resource = {"use": "official"}
    if who.get("family_name"):
        name["family"] = who["family_name"]
    if who.get("given_name"):
        name["given"] = who["given_name"].split()
    return [name] if len(name) > 1 else []


def _address(who: Mapping[str, Any]) -> list[Resource]:
    lines = [line.strip() for line in (who.get("address") or "").split(",") if line.strip()]
    address: Resource = {"use": "home"}
    if lines:
        address["line"] = lines
    if who.get("postcode"):
        address["postalCode"] = who["postcode"]
    return [address] if len(address) > 1 else []


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
