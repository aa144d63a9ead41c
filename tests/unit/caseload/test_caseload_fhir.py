"""Resources against FHIR's own models (R4B, whose seven resources here are those of R4), and against what each must say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from caseload.fhir.lists import audit_event, bundle, caseload_list, provenance
from caseload.fhir.need import flags, months_later, risk_assessment
from caseload.fhir.outcome import SEARCHES, capability_statement, operation_outcome
from caseload.fhir.people import ACTIVE, PROPOSED, care_team, patient
from caseload.fhir.systems import UK_CORE, Names

NAMES = Names("https://caselink.example", "north")
AS_AT = dt.date(2026, 9, 30)
WHO = {
    "nhs_number": "9000000017", "given_name": "Ada May", "family_name": "Test", "date_of_birth": dt.date(1940, 2, 29),
    "gender": "2", "address": "1 Made Up Road, Nowhere", "postcode": "ZZ99 3AB",
}  # fmt: skip
ROW: dict[str, Any] = {
    "pseudonym": "north1-ABC", "change": "new", "risk": 0.3412, "risk_in_words": "high: about 34 in 100 such people",
    "reasons": "2 emergency admissions since March", "reasons_restricted": "a crisis contact", "gp_practice_code": "Y00001",
    "accountable_professional_id": "dr-one", "coordinator_id": None, "since": dt.date(2026, 9, 1), "data_as_at": AS_AT,
    "link_confidence": "fair: linked because it is likely; check before acting", "frailty": "high",
}  # fmt: skip
AUDIT = {
    "seq": 7, "at": "2026-09-30T11:00:00.000000+00:00", "actor": "beth", "role": "care coordinator", "purpose": "case-management",
    "decision": "denied",
}  # fmt: skip


def every_resource() -> list[dict[str, Any]]:
    listed = caseload_list([ROW], NAMES, title="North", run_id="0123456789abcdef", as_at=AS_AT)
    night = dt.datetime(2026, 9, 30, 3, tzinfo=dt.UTC)
    risk = risk_assessment(ROW, NAMES, version="logistic.1", feeds="mental health is 21 days late")
    assert risk is not None
    return [
        patient("north1-ABC", NAMES, practice="Y00001"),
        patient("north1-ABC", NAMES, practice="Y00001", who=WHO),
        patient("north1-ABC", NAMES, who=dict.fromkeys(WHO)),
        care_team(ROW, NAMES, team="North team", status=PROPOSED),
        risk,
        *flags(ROW, NAMES, warnings=("visit in pairs",)),
        listed,
        caseload_list([], NAMES, title="North", run_id="0123456789abcdef", as_at=AS_AT),
        provenance(["List/x"], NAMES, run_id="0123456789abcdef", recorded=night, as_at=AS_AT, software="Caselink 1"),
        audit_event(AUDIT, NAMES, pseudonym="north1-ABC", source="Caselink"),
        audit_event(AUDIT | {"role": "", "decision": "allowed"}, NAMES, pseudonym=None, source="Caselink"),
    ]


@pytest.mark.parametrize("made", every_resource(), ids=lambda made: f"{made['resourceType']}-{made['id']}")
def test_every_resource_is_what_fhir_calls_one(made: dict[str, Any]) -> None:
    assert get_fhir_model_class(made["resourceType"]).model_validate(made).get_resource_type() == made["resourceType"]


@pytest.mark.parametrize("kind", ["collection", "searchset"])
def test_a_bundle_holds_them_by_their_addresses(kind: str) -> None:
    made = bundle(every_resource(), NAMES, kind=kind)
    assert len(get_fhir_model_class("Bundle").model_validate(made).entry) == len(every_resource())
    assert made["entry"][0]["fullUrl"] == "https://caselink.example/fhir/Patient/north1-ABC"
    assert made.get("total") == (len(every_resource()) if kind == "searchset" else None)


def test_an_empty_answer_is_a_bundle_too() -> None:
    assert bundle([], NAMES, kind="searchset") == {"resourceType": "Bundle", "type": "searchset", "total": 0}


def test_a_wrong_resource_is_found_by_fhirs_models() -> None:
    """The control: what the tests above rest on does refuse."""
    made = patient("north1-ABC", NAMES, who=WHO) | {"birthDate": "yesterday"}
    with pytest.raises(ValueError, match="birthDate"):
        get_fhir_model_class("Patient").model_validate(made)


def test_a_patient_whom_the_door_did_not_show_is_a_code_and_a_practice() -> None:
    made = patient("north1-ABC", NAMES, practice="Y00001")
    assert set(made) == {"resourceType", "id", "meta", "identifier", "generalPractitioner"}
    assert made["identifier"] == [{"system": "https://caselink.example/id/pseudonym/north", "value": "north1-ABC"}]


def test_a_patient_whom_the_door_showed_follows_uk_core() -> None:
    made = patient("north1-ABC", NAMES, who=WHO)
    assert made["meta"]["profile"] == [UK_CORE + "Patient"]
    assert made["identifier"][0] == {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9000000017"}
    assert made["name"] == [{"use": "official", "family": "Test", "given": ["Ada", "May"]}]
    assert (made["gender"], made["birthDate"]) == ("female", "1940-02-29")
    assert made["address"] == [{"use": "home", "line": ["1 Made Up Road", "Nowhere"], "postalCode": "ZZ99 3AB"}]


def test_the_risk_says_what_when_how_likely_and_why_and_nothing_restricted() -> None:
    made = risk_assessment(ROW, NAMES, version="logistic.1", feeds="mental health is 21 days late")
    assert made is not None
    (prediction,) = made["prediction"]
    assert prediction["probabilityDecimal"] == 0.3412
    assert prediction["whenPeriod"] == {"start": "2026-09-30", "end": "2027-09-30"}
    assert prediction["rationale"] == "2 emergency admissions since March"
    assert made["note"] == [{"text": "mental health is 21 days late"}]
    assert "crisis" not in str(made)
    assert "meta" not in made  # UK Core has no profile of it


def test_without_a_risk_there_is_no_assessment() -> None:
    assert risk_assessment(ROW | {"risk": None}, NAMES, version="logistic.1") is None


@pytest.mark.parametrize(
    ("confidence", "frailty", "expected"),
    [
        ("high: linked by NHS number", None, []),
        ("good: linked by name, birth date and address", "intermediate", []),
        ("fair: linked because it is likely; check before acting", None, ["link-north1-ABC"]),
        ("none: records of one source only", "high", ["link-north1-ABC", "frailty-north1-ABC"]),
        (None, "high", ["frailty-north1-ABC"]),
    ],
)
def test_flags_are_what_to_know_before_acting(confidence: str | None, frailty: str | None, expected: list[str]) -> None:
    found = flags(ROW | {"link_confidence": confidence, "frailty": frailty}, NAMES)
    assert [each["id"] for each in found] == expected


def test_a_care_team_names_both_roles_by_id_and_says_whether_a_human_accepted() -> None:
    made = care_team(ROW | {"coordinator_id": "nurse-two"}, NAMES, team="North team", status=ACTIVE)
    members = [each["member"]["identifier"]["value"] for each in made["participant"]]
    assert (members, made["status"], made["period"]) == (["dr-one", "nurse-two"], "active", {"start": "2026-09-01"})


def test_a_list_is_a_snapshot_of_one_night_in_the_order_of_need() -> None:
    rows = [ROW | {"pseudonym": f"north1-{place}", "change": change} for place, change in enumerate(("same", "up"))]
    made = caseload_list(rows, NAMES, title="North", run_id="0123456789abcdef", as_at=AS_AT)
    assert [each["item"]["reference"] for each in made["entry"]] == ["Patient/north1-0", "Patient/north1-1"]
    assert "flag" not in made["entry"][0]
    assert made["entry"][1]["flag"] == {"text": "risk has risen"}
    assert (made["mode"], made["date"]) == ("snapshot", "2026-09-30")


def test_a_refusal_is_an_event_with_a_minor_failure() -> None:
    made = audit_event(AUDIT, NAMES, pseudonym="north1-ABC", source="Caselink")
    assert (made["outcome"], made["recorded"]) == ("4", "2026-09-30T11:00:00Z")
    assert made["agent"][0]["who"]["identifier"]["value"] == "beth"
    assert audit_event(AUDIT | {"decision": "allowed"}, NAMES, pseudonym=None, source="Caselink")["outcome"] == "0"


@pytest.mark.parametrize(
    ("day", "later"),
    [((2026, 9, 30), (2027, 9, 30)), ((2024, 2, 29), (2025, 2, 28)), ((2026, 12, 31), (2027, 12, 31))],
)
def test_twelve_months_later(day: tuple[int, int, int], later: tuple[int, int, int]) -> None:
    assert months_later(dt.date(*day), 12) == dt.date(*later)


def test_trouble_and_capability_are_resources_too() -> None:
    for status in (400, 401, 403, 404, 429, 500, 503):
        made = operation_outcome(status, "not here")
        assert get_fhir_model_class("OperationOutcome").model_validate(made).issue[0].severity == "error"
    made = capability_statement("https://caselink.example", version="1", date=AS_AT)
    model = get_fhir_model_class("CapabilityStatement").model_validate(made)
    assert [each.type for each in model.rest[0].resource] == list(SEARCHES)
    assert {each["code"] for kind in made["rest"][0]["resource"] for each in kind["interaction"]} == {"read", "search-type"}
