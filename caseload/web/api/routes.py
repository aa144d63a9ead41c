"""Every address of the API. What is not in this list does not exist; who may call it is `permissions.may`'s to say."""

from __future__ import annotations

from caseload.desk.my_list import MARKS, SORTS
from caseload.entries.states import STATES
from caseload.web.api import audit, fhir, openapi, rest
from caseload.web.api.route import ApiRoute, Parameter
from caseload.web.route import EVERY_ROLE
from caseload.web.routes import LIST_HOLDERS, WITH_PEOPLE
from governance.access.roles import GUARDIAN

PAGE = Parameter("page", "which page, from 1")
OF_PATIENT = (Parameter("patient", "a pseudonym, or `Patient/` and one"), PAGE)
OF_LIST = (
    Parameter("sort", "in which order", tuple(SORTS)),
    Parameter("show", "only people with this mark", tuple(MARKS)),
    Parameter("state", "only people in this state", tuple(STATES)),
    Parameter("practice", "only people of this practice"),
    Parameter("whose", "the whole team's list, not only one's own", ("team",)),
    Parameter("names", "with identities, as far as the door shows them", ("yes", "no")),
    PAGE,
)


def _of_list(kind: str, of: fhir.Of, words: str) -> tuple[ApiRoute, ApiRoute]:
    """To read a kind of resource by its id, and to search for it by person."""
    return (
        ApiRoute(f"/fhir/{kind}", fhir.searches(kind, of), resource="lists", roles=LIST_HOLDERS, purpose=f"search: {words}",
                 query=OF_PATIENT, answers="Bundle"),
        ApiRoute(f"/fhir/{kind}/{{id}}", fhir.reads(of), resource="lists", roles=LIST_HOLDERS, purpose=f"read: {words}",
                 answers=kind),
    )  # fmt: skip


API_ROUTES: tuple[ApiRoute, ...] = (
    ApiRoute("/api/openapi.json", openapi.show, roles=EVERY_ROLE, needs_night=False, everybody=True, answers="OpenAPI",
             purpose="this description"),
    ApiRoute("/api/me", rest.me, roles=EVERY_ROLE, needs_night=False, answers="Me",
             purpose="who calls, the posts she may choose, the agreement, the night served"),
    ApiRoute("/api/night", rest.night, resource="lists", roles=LIST_HOLDERS, answers="Night",
             purpose="the night served, and how far each source reaches"),
    ApiRoute("/api/list", rest.own_people, resource="lists", roles=LIST_HOLDERS, query=OF_LIST, answers="CaseloadPage",
             purpose="one's own list, a page at a time"),
    ApiRoute("/api/person/{pseudonym}", rest.person, resource="identity", roles=WITH_PEOPLE, answers="Person",
             purpose="one of one's own people"),
    ApiRoute("/fhir/metadata", fhir.metadata, roles=EVERY_ROLE, needs_night=False, everybody=True,
             answers="CapabilityStatement", purpose="what this server can do"),
    ApiRoute("/fhir/List", fhir.lists, resource="lists", roles=LIST_HOLDERS, answers="Bundle", purpose="search: one's own list"),
    ApiRoute("/fhir/List/{id}", fhir.one_list, resource="lists", roles=LIST_HOLDERS, answers="List",
             purpose="read: one's own list"),
    ApiRoute("/fhir/Patient", fhir.patients, resource="identity", roles=LIST_HOLDERS, answers="Bundle",
             query=(Parameter("_id", "a pseudonym"), PAGE), purpose="search: one's own people, through the door"),
    ApiRoute("/fhir/Patient/{id}", fhir.one_patient, resource="identity", roles=WITH_PEOPLE, answers="Patient",
             purpose="read: a person, through the door"),
    *_of_list("CareTeam", fhir.teams, "who looks after a person"),
    *_of_list("RiskAssessment", fhir.risks, "her risk, with reasons and doubts"),
    *_of_list("Flag", fhir.flags, "what to know before acting"),
    *_of_list("Provenance", fhir.origins, "the night that these come from"),
    ApiRoute("/fhir/AuditEvent", audit.events, resource="audit", roles=frozenset({GUARDIAN}), needs_night=False,
             query=OF_PATIENT[:1], answers="Bundle", purpose="search: the audit log's newest lines, of one person or of all"),
    ApiRoute("/fhir/AuditEvent/{id}", audit.event, resource="audit", roles=frozenset({GUARDIAN}), needs_night=False,
             answers="AuditEvent", purpose="read: one line of the audit log"),
)  # fmt: skip
