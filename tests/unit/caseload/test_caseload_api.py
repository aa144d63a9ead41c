"""The API over a made-up night: what each caller is given, what she is refused, and what is written down before."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from caseload.desk.posts import Visit
from caseload.web.headers import ALWAYS
from governance.audit import Act
from schemas.errors import GovernanceError
from tests.access_drawings import FREE
from tests.desk_web import NOON, POSTS, DeskWeb, desk_web, token
from tests.made_up_desk import RUN
from tests.web_site import client

KINDS = ("List", "CareTeam", "RiskAssessment", "Flag", "Provenance")
STRANGERS = ("nonsense", "north1-", "<script>", "9000000017", token(4), token(8))


@pytest.fixture
def web(tmp_path: Path) -> DeskWeb:
    return desk_web(tmp_path)


def written(web: DeskWeb, decision: str = "allowed") -> list[dict[str, Any]]:
    return [row for row in web.site.audit.rows("reidentify") if row["decision"] == decision]


def resources(answer: Any) -> list[dict[str, Any]]:
    """The resources of a Bundle, each what FHIR calls one."""
    assert answer.status_code == 200, answer.text
    made = answer.json()
    get_fhir_model_class("Bundle").model_validate(made)
    return [each["resource"] for each in made.get("entry", [])]


def test_a_list_gives_codes_and_names_only_where_they_are_asked_for(web: DeskWeb) -> None:
    browser = web.browser("beth")
    found = browser.get("/api/list").json()
    assert [each["pseudonym"] for each in found["people"]] == [token(1), token(2), token(3)]
    assert {each["identity"] for each in found["people"]} == {None}
    assert written(web) == []
    named = browser.get("/api/list?names=yes").json()
    assert all(each["identity"]["nhs_number"] for each in named["people"])
    assert "telephone" not in named["people"][0]["identity"]
    assert len(written(web)) == 3
    assert "mental health ward" not in str(named), "what not everybody may see is in no list"
    assert (named["run_id"], named["total"], named["pages"], named["names"]) == (RUN, 3, 1, "")
    assert browser.get("/api/list?page=2").json()["people"] == []
    assert [each["pseudonym"] for each in browser.get("/api/list?show=rising").json()["people"]] == [token(2)]


def test_a_practice_is_told_of_no_other_practices_people_not_even_as_codes(web: DeskWeb) -> None:
    web.desk.lists["caseload"][1]["gp_practice_code"] = "A99002"
    web.desk.lists["departures"] = [
        {"pseudonym": token(7), "accountable_professional_id": "x", "reason": "has died", "left_on": NOON.date()}
    ]
    browser = web.browser("pete")
    for path in (
        "/api/list",
        "/api/list?whose=team",
        "/list?whose=team",
        "/list/print?whose=team",
        "/fhir/List",
        "/fhir/CareTeam",
    ):
        text = browser.get(path).text
        assert (token(1) in text or token(1)[-6:] in text or "Given1" in text, token(2) in text) == (True, False), path
        assert "Given2" not in text
        assert token(7) not in text
    assert token(2) in web.browser("cora").get("/api/list?whose=team").text


def test_a_machines_call_is_no_look(web: DeskWeb) -> None:
    browser = web.browser("beth")
    browser.get("/api/list?names=yes")
    assert browser.get(f"/api/person/{token(1)}").status_code == 200
    entries = web.site.services.entries
    other_night = Visit("beth", POSTS["beth"], NOON, "fedcba9876543210").request()
    assert entries.last_look(other_night) is None


def test_a_person_is_told_as_far_as_the_role_sees(web: DeskWeb) -> None:
    assert "a crisis in May" in web.browser("beth").get(f"/api/person/{token(1)}").text
    web.more, web.served = {"sees": {"accountable professional": ("ordinary",)}}, None
    found = web.browser("beth").get(f"/api/person/{token(1)}").json()
    assert found["identity"]["telephone"] == "01632 960001"
    assert found["identity"]["visiting_warnings"] == "<b>two</b> to a visit"
    assert [each["facts"] for each in found["reasons"]] == [
        [{"words": "2 emergency admissions since March", "told_by": "hospital data to 24 September"}]
    ]
    assert "crisis" not in str(found)
    assert found["hidden"] is True
    assert [each["service"] for each in found["timeline"]] == ["Outpatient appointment"]
    assert "person" not in found["need"], "the night's own number of a person stays in the night"


@pytest.mark.parametrize("account", ["beth", "pete", "mia"])
def test_who_is_not_there_and_who_is_anothers_are_answered_alike(web: DeskWeb, account: str) -> None:
    browser = web.browser(account)
    strangers = STRANGERS if account != "pete" else STRANGERS[:4]  # every one of these is Pete's practice's
    for place in ("/api/person/{}", "/fhir/Patient/{}"):
        answers = [browser.get(place.format(each)) for each in strangers]
        assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    if account != "mia":
        for kind, prefix in (("CareTeam", "team"), ("RiskAssessment", "risk"), ("Flag", "frailty"), ("Provenance", "night")):
            answers = [browser.get(f"/fhir/{kind}/{prefix}-{each}") for each in STRANGERS[:4]]
            assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
            searches = [browser.get(f"/fhir/{kind}", params={"patient": each}) for each in STRANGERS[:4]]
            assert {each.text for each in searches} == {'{"resourceType":"Bundle","type":"searchset","total":0}'}


def test_a_patient_is_shown_by_the_door_and_written_down(web: DeskWeb) -> None:
    browser = web.browser("beth")
    made = browser.get(f"/fhir/Patient/{token(2)}").json()
    assert get_fhir_model_class("Patient").model_validate(made)
    assert made["identifier"][0]["system"] == "https://fhir.nhs.uk/Id/nhs-number"
    assert made["generalPractitioner"][0]["identifier"]["value"] == "A99001"
    assert len(written(web)) == 1
    found = resources(browser.get("/fhir/Patient"))
    assert [each["id"] for each in found] == [token(1), token(2), token(3)]
    assert len(written(web)) == 4
    assert [each["id"] for each in resources(browser.get("/fhir/Patient", params={"_id": token(3)}))] == [token(3)]
    assert resources(browser.get("/fhir/Patient", params={"_id": token(4)})) == []


def test_a_limit_leaves_ones_own_person_a_code(web: DeskWeb) -> None:
    """A coordinator's limits are hard outside her own caseload: whom she may not name yet is still her team's."""
    web.desk.limits = dataclasses.replace(FREE, people_in_24_hours=1)
    made = web.browser("cora").get(f"/fhir/Patient/{token(5)}").json()
    assert set(made) == {"resourceType", "id", "meta", "identifier", "generalPractitioner"}
    assert [each["system"].rsplit("/", 1)[-1] for each in made["identifier"]] == ["north"]


@pytest.mark.parametrize("kind", KINDS)
def test_resources_of_ones_own_people_are_searched_and_read(web: DeskWeb, kind: str) -> None:
    browser = web.browser("beth")
    found = resources(browser.get(f"/fhir/{kind}"))
    assert found
    assert {each["resourceType"] for each in found} == {kind}
    for each in found:
        answer = browser.get(f"/fhir/{kind}/{each['id']}")
        assert (answer.json(), answer.headers["content-type"]) == (each, "application/fhir+json")
        get_fhir_model_class(kind).model_validate(each)
        assert token(4) not in answer.text, "a colleague's person is on no list of hers"
    if kind != "List":
        hers = resources(browser.get(f"/fhir/{kind}", params={"patient": f"Patient/{token(1)}"}))
        assert hers == [each for each in found if each["id"].endswith(token(1))]
        by_address = f"http://127.0.0.1:8000/fhir/Patient/{token(1)}"
        assert resources(browser.get(f"/fhir/{kind}", params={"patient": by_address})) == hers
    assert written(web) == [], "codes alone, so nobody was shown"


def test_what_they_say(web: DeskWeb) -> None:
    browser = web.browser("beth")
    assert [each["id"] for each in resources(browser.get("/fhir/RiskAssessment"))] == [f"risk-{token(1)}", f"risk-{token(3)}"]
    assert [each["id"] for each in resources(browser.get("/fhir/Flag"))] == [f"link-{token(1)}", f"frailty-{token(1)}"]
    (own,) = resources(browser.get("/fhir/List"))
    assert own["id"] == f"list-north-ap1-{RUN}"
    assert [each["item"]["reference"] for each in own["entry"]] == [f"Patient/{token(each)}" for each in (1, 2, 3)]
    (made,) = resources(browser.get("/fhir/Provenance", params={"patient": token(1)}))
    assert [each["reference"].split("/")[0] for each in made["target"]] == ["RiskAssessment", "CareTeam", "Flag", "Flag"]
    assert made["recorded"] == "2026-11-28T02:31:00Z"
    assert {each["status"] for each in resources(browser.get("/fhir/CareTeam"))} == {"proposed"}


def test_a_long_list_comes_in_pages(web: DeskWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseload.web.api.fhir.PAGE_ROWS", 2)
    browser = web.browser("beth")
    first = browser.get("/fhir/CareTeam").json()
    assert "total" not in first
    assert first["link"] == [{"relation": "next", "url": "http://127.0.0.1:8000/fhir/CareTeam?page=2"}]
    second = browser.get("/fhir/CareTeam?page=2").json()
    assert "link" not in second
    assert [each["resource"]["id"] for each in (*first["entry"], *second["entry"])] == [f"team-{token(n)}" for n in (1, 2, 3)]
    assert resources(browser.get("/fhir/CareTeam?page=-1")) == [each["resource"] for each in first["entry"]]


def test_the_guardian_reads_the_log_and_nobody_else_does(web: DeskWeb) -> None:
    web.browser("beth").get(f"/fhir/Patient/{token(1)}")
    (row,) = written(web)
    guardian = web.browser("gwen")
    found = resources(guardian.get("/fhir/AuditEvent", params={"patient": f"Patient/{row['subject']}"}))
    assert [each["agent"][0]["who"]["identifier"]["value"] for each in found] == ["beth"]
    assert guardian.get(f"/fhir/AuditEvent/{found[0]['id']}").json() == found[0]
    assert resources(guardian.get("/fhir/AuditEvent"))[0]["agent"][0]["who"]["identifier"]["value"] == "gwen"
    assert len(web.site.audit.rows("read audit")) == 3
    for wrong in ("audit-0", "audit-", "audit-99999", "audit--1", "audit-²", token(1)):
        assert guardian.get(f"/fhir/AuditEvent/{wrong}").status_code == 404
    assert guardian.get("/fhir/Patient").status_code == 403
    assert web.browser("cora").get("/fhir/AuditEvent").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fhir/Patient?identifier=9000000017", 400), ("/fhir/CareTeam?patient=x&patient=y", 400), ("/api/list?sort=name", 400),
        ("/fhir/CareTeam?patient=" + "x" * 201, 400), ("/api/person/nobody?names=yes", 400), ("/fhir/Observation", 404),
        ("/api/nope", 404), ("/api/list?post=elsewhere", 403),
    ],
)  # fmt: skip
def test_trouble_is_a_resource_or_a_problem_and_repeats_nothing(web: DeskWeb, path: str, status: int) -> None:
    answer = web.browser("beth").get(path)
    assert answer.status_code == status
    if path.startswith("/fhir"):
        assert answer.headers["content-type"] == "application/fhir+json"
        assert get_fhir_model_class("OperationOutcome").model_validate(answer.json()).issue[0].severity == "error"
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    assert not any(word in answer.text for word in ("9000000017", "xxxx", "nobody", "elsewhere"))


def test_nothing_is_written_through_the_api(web: DeskWeb) -> None:
    browser = web.browser("beth")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = browser.request(method, "/fhir/Patient")
        assert (answer.status_code, answer.json()["resourceType"]) == (405, "OperationOutcome")
        assert browser.request(method, "/api/list").status_code == 405
    assert client(web.app()).post("/fhir/Patient").status_code == 405


def test_whoever_is_nobody_is_refused_but_for_the_descriptions(web: DeskWeb) -> None:
    stranger = client(web.app())
    for path in ("/api/me", "/api/list", "/fhir/Patient", f"/fhir/Patient/{token(1)}"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert stranger.get("/api/openapi.json").status_code == 200
    made = stranger.get("/fhir/metadata").json()
    get_fhir_model_class("CapabilityStatement").model_validate(made)


def test_every_answer_carries_the_headers_of_a_page(web: DeskWeb) -> None:
    browser = web.browser("beth")
    for path in ("/api/list", "/fhir/Patient", "/fhir/metadata", "/fhir/nope", "/api/openapi.json", "/api/person/x"):
        answer = browser.get(path)
        assert {name: answer.headers[name] for name in ALWAYS} == dict(ALWAYS)
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_another_site_cannot_ask_in_her_name(web: DeskWeb) -> None:
    browser = web.browser("beth")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        assert browser.get("/api/list?names=yes", headers=headers).status_code == 403
    assert written(web) == []


def test_the_agreement_comes_first_and_a_caller_too_often_waits(web: DeskWeb) -> None:
    browser = web.browser("beth", requests_a_minute=3)
    web.site.agreements.current = "2027-1"
    assert browser.get("/api/list").status_code == 403
    assert browser.get("/api/me").json()["agreement"] == {"version": "2026-1", "accepted": False}
    web.site.agreements.current = "2026-1"
    answers = [browser.get("/api/list").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert int(browser.get("/api/list").headers["retry-after"]) > 0
    assert browser.get("/fhir/List").status_code == 200


def test_without_a_night_or_a_vault_or_an_audit_log_nobody_is_shown(web: DeskWeb) -> None:
    browser = web.browser("beth")
    served, web.site.services = web.served, None
    assert browser.get("/fhir/Patient").status_code == 200
    web.served = dataclasses.replace(served, nights=SimpleNamespace(current=lambda: None))
    assert web.browser("beth").get("/fhir/Patient").status_code == 503
    assert web.browser("beth").get("/api/me").json()["night"] is None

    def locked(_night: Any) -> Any:
        raise GovernanceError("E-ACCESS-VAULT", "the vault cannot be read.")

    web.served = dataclasses.replace(served, doors={"north": locked})
    answer = web.browser("beth").get("/fhir/Patient")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
    assert web.browser("beth").get("/fhir/CareTeam").status_code == 200, "codes need no vault"


def test_a_full_audit_log_shows_no_identity_and_the_rest_works(web: DeskWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = web.browser("beth")

    def full(_act: Act, _subjects: Any = ("",)) -> int:
        raise GovernanceError("E-AUDIT-STORE", "the audit log cannot be written.")

    monkeypatch.setattr(web.site.audit, "append", full)
    assert browser.get(f"/fhir/Patient/{token(1)}").status_code == 503
    assert browser.get("/fhir/RiskAssessment").status_code == 200
    assert browser.get("/api/me").status_code == 200


def test_a_role_that_may_not_is_refused_and_it_is_written_down(web: DeskWeb) -> None:
    assert web.browser("anna").get("/fhir/Patient").status_code == 403
    assert [(row["actor"], row["purpose"], row["decision"]) for row in web.site.audit.rows("call the API")] == [
        ("anna", "GET /fhir/Patient", "denied")
    ]
