"""Names that FHIR resources refer to: systems of identifiers, UK Core profiles, code systems; and small parts of resources.

Profiles are those of UK Core for FHIR R4 (https://simplifier.net/guide/uk-core-implementation-guide-stu3-sequence), which has
none for RiskAssessment, Provenance and AuditEvent: those follow FHIR R4 (4.0.1) itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
PROFILED = frozenset({"Patient", "List", "Flag", "CareTeam"})

LIST_ORDER = "http://terminology.hl7.org/CodeSystem/list-order"
AUDIT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
REST_INTERACTION = "http://hl7.org/fhir/restful-interaction"
PARTICIPANT_TYPE = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"


@dataclass(frozen=True)
class Names:
    """Systems of this installation's own ids. `base`: the address of its API, without a slash at the end.

    `team`: whose pseudonyms name people; the same person has another one in another team's resources.
    """

    base: str
    team: str

    def system(self, kind: str) -> str:
        """The system of ids of a kind: `pseudonym`, `professional`, `team`, `run`, `account`, `score`."""
        return f"{self.base}/id/{kind}/{self.team}" if kind == "pseudonym" else f"{self.base}/id/{kind}"


def resource(kind: str, identity: str = "", **elements: Any) -> Resource:
    """A resource without its empty elements, and with the UK Core profile where its kind has one."""
    made: Resource = {"resourceType": kind}
    if identity:
        made["id"] = identity
    if kind in PROFILED:
        made["meta"] = {"profile": [UK_CORE + kind]}
    return made | {name: value for name, value in elements.items() if value not in (None, "", [], {})}


def identifier(system: str, value: str) -> Resource:
    """An Identifier."""
    return {"system": system, "value": value}


def words(text: str | None, *coding: tuple[str, str, str]) -> Resource | None:
    """A CodeableConcept of a text and, where given, codings (system, code, display); None where there is no text."""
    if not text:
        return None
    coded = [{"system": system, "code": code, "display": display} for system, code, display in coding]
    return {"coding": coded, "text": text} if coded else {"text": text}


def to_patient(pseudonym: str) -> Resource:
    """A Reference to a person."""
    return {"reference": f"Patient/{pseudonym}"}


def by_identifier(kind: str, system: str, value: str) -> Resource:
    """A Reference to something that this API does not hold, by its identifier."""
    return {"type": kind, "identifier": identifier(system, value)}


def instant(moment: dt.datetime) -> str:
    """A moment, in UTC to the second."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
