"""The API, files and paper over a real night: every row is what FHIR calls one, and the plain sheet is the night's own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fhir.resources.R4B import get_fhir_model_class

from caseload.web.agreement_text import SHIPPED, AgreementText
from caseload.web.app import create_app
from caseload.web.front import WebSettings
from caseload.web.gate import COOKIE
from caseload.web.sessions import Sessions
from governance.access.agreement import Agreements
from governance.access.tables import access_store
from pipelines.publish import store_url
from pipelines.web_runs import PublishedRuns
from tests.desk_site import NOON, DeskSite, desk_site
from tests.web_site import DEMO_ORIGIN, TOKEN, client, token_of


@pytest.fixture
def site(published: Path) -> DeskSite:
    return desk_site(published)


def browser_of(site: DeskSite, account: str) -> Any:
    store = store_url(site.project, site.configuration.stores.application)
    version = site.configuration.access.agreement
    settings = WebSettings(
        origin=DEMO_ORIGIN,
        store=store,
        users=lambda: site.users,
        agreements=Agreements(access_store(store), version),
        agreement_text=AgreementText(version, SHIPPED),
        runs=PublishedRuns(site.project),
        demo_token=TOKEN,
        requests_a_minute=1000,
    )
    browser = client(create_app(site.services, settings))
    sessions = Sessions(store, idle=settings.idle, absolute=settings.absolute, clock=lambda: NOON)
    user = site.users[account]
    browser.cookies.set(COOKIE, sessions.begin(user, user.posts[0].key, demo=True))
    return browser


def test_a_nights_list_as_fhir_as_a_file_and_on_paper(site: DeskSite) -> None:
    listed = [row["pseudonym"] for row in site.night.listed(site.team)]
    beth = browser_of(site, "beth")
    for kind in ("List", "Patient", "CareTeam", "RiskAssessment", "Flag", "Provenance"):
        made = beth.get(f"/fhir/{kind}").json()
        parsed = get_fhir_model_class("Bundle").model_validate(made)
        assert kind == "Flag" or parsed.entry, kind
    people = [each["resource"]["id"] for each in beth.get("/fhir/Patient").json()["entry"]]
    assert people == listed[: len(people)]
    foreign = site.night.listed(site.other_team)[0]["pseudonym"]
    assert beth.get(f"/fhir/Patient/{foreign}").text == beth.get(f"/fhir/Patient/{listed[0][:-3]}000").text
    told = beth.get(f"/api/person/{listed[0]}").json()
    assert told["identity"]["nhs_number"]
    assert told["timeline"]
    sheets = [beth.get(f"/person/{each}/sheet") for each in listed[:3]]
    assert {each.status_code for each in sheets} == {200}
    assert all("What we noticed" in each.text and "How to say no" in each.text for each in sheets)
    cora = browser_of(site, "cora")
    form = {"csrf": token_of(cora.get("/take-away").text), "form": "xlsx", "names": "yes"}
    book = openpyxl.load_workbook(io.BytesIO(cora.post("/take-away", data=form).content))
    assert book["My list"].max_row == len(listed) + 1
    assert site.services.audit.verify() is None
