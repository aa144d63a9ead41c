"""The whole story in a browser: a night runs, a coordinator finds her list, accepts somebody with a reason, a meeting records an
action, and the next night keeps the person with her."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.steps import Doing, take
from caseload.web.app import create_app
from caseload.web.front import WebSettings
from governance.access.roles import COORDINATOR, MDT_MEMBER
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.serving import services_of
from pipelines.web_serving import web_settings
from tests.browsers import free_port
from tests.conftest import FALLS_BACK
from tests.web_site import TOKEN

NOTE = "Lives alone; ring the daughter first.\n<b>Dog</b> in the yard."


@dataclasses.dataclass(frozen=True)
class Story:
    """The demonstration of a real night, and a browser in it."""

    project: Project
    services: Services
    settings: WebSettings
    page: Any

    def account(self, role: str) -> str:
        """The first made-up user of the first team in a role."""
        team = next(iter(self.services.teams))
        users = sorted(self.settings.users().values(), key=lambda user: user.account)
        return next(each.account for each in users if (each.posts[0].role, each.posts[0].team) == (role, team))

    def visit(self, account: str) -> Visit:
        """A visit of hers now, for what has no page here."""
        assert self.settings.visits
        night = self.services.nights.current()
        assert night
        return Visit(account, self.settings.users()[account].posts[0], self.settings.visits(), night.run_id)

    def work_as(self, account: str) -> None:
        """Become another of the demonstration's users."""
        self.page.goto("/posts")
        self.page.click(f'form:has(input[value="{account}"]) button')
        self.page.wait_for_selector("h1")
        self.page.goto("/agreement")
        if self.page.locator("main form button").count():
            self.page.click("main form button")

    def send(self) -> None:
        """Press a form's first button."""
        self.page.click("main form button >> nth=0")

    def meeting(self, account: str, invited: str) -> int:
        """A meeting of today to which somebody is invited."""
        visit = self.visit(account)
        request, day = visit.request(), visit.request().day
        night = self.services.nights.current()
        assert night
        door = self.services.doors[visit.post.team](night)
        planned = Doing("meeting planned", "mdt", since=day, due=day, until=day)
        meeting = take(self.services.entries, request, planned, door).thread
        take(self.services.entries, request, Doing("attendee invited", "", of=meeting, account=invited), door)
        return meeting


@pytest.fixture
def story(published: Path, serve: Callable[[Any, int], None], browser: Any) -> Any:
    project, port = Project.at(published), free_port()
    configuration = load_configuration(project)
    settings = web_settings(project, configuration, demo_token=TOKEN, port=port)
    services = services_of(project, configuration, settings.users)
    services.entries.mend(at=services.clock(), by="caselink-serve")
    serve(create_app(services, settings), port)
    context = browser.new_context(base_url=settings.origin)
    page = context.new_page()
    page.goto(f"/demo/{TOKEN}")
    told = Story(project, services, settings, page)
    page.select_option("#account", told.account(COORDINATOR))
    page.click("main button")
    page.wait_for_selector("h1")
    page.goto("/agreement")
    told.send()
    yield told
    context.close()


def accept_somebody(story: Story) -> tuple[str, str]:
    """She opens her list, a person, and accepts with a reason and a note; the person's address and name."""
    page = story.page
    page.click("text=My list")
    assert "This is your first list" in page.inner_text("main")
    first = page.locator("main table a >> nth=0")
    name, address = first.inner_text(), first.get_attribute("href")
    first.click()
    assert name in page.inner_text("h1")
    page.click("nav.caselink-do >> text=Accept")
    assert name in page.inner_text("h1")
    story.send()
    assert "Choose a reason" in page.inner_text(".nhsuk-error-summary")
    page.check('input[value="frailty"]')
    page.fill("#note", NOTE)
    story.send()
    page.wait_for_url("**?done=accept")
    assert "accepted" in page.inner_text("h1")
    assert "<b>Dog</b> in the yard." in page.inner_text("main")
    return address, name


def test_a_coordinator_accepts_and_a_meeting_records_an_action(story: Story) -> None:
    page, coordinator, member = story.page, story.account(COORDINATOR), story.account(MDT_MEMBER)
    address, name = accept_somebody(story)
    story.meeting(coordinator, member)
    page.goto(address)
    page.click("text=Put on a meeting's agenda")
    page.check('input[value="new on the list"]')
    page.select_option("#of", index=1)
    story.send()
    page.wait_for_url("**?done=item-added")
    story.work_as(member)
    page.goto(address)
    assert name in page.inner_text("h1"), "on the agenda of a meeting of today to which she is invited"
    assert "Dog" not in page.inner_text("main"), "notes are for who looks after the person"
    page.click("text=Agree an action")
    page.check('input[value="visit"]')
    page.select_option("#professional", index=1)
    day = story.visit(member).request().day + dt.timedelta(days=7)
    for part in ("day", "month", "year"):
        page.fill(f"#due-{part}", str(getattr(day, part)))
    story.send()
    page.wait_for_url("**?done=action-agreed")
    story.work_as(coordinator)
    page.goto(address)
    assert f"by {day.day} {day:%B %Y}" in page.inner_text("main")
    assert story.services.audit.verify() is None


@pytest.mark.deep
def test_the_next_night_keeps_the_person_with_her(
    story: Story, run_caselink: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    before = story.services.nights.current()
    address, name = accept_somebody(story)
    done = run_caselink("run", "--direct", "--quiet", "--project", str(story.project.root))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    after = story.services.nights.current()
    assert before
    assert after
    assert after.run_id != before.run_id, "a decision makes another night"
    story.page.goto("/list?state=accepted")
    (listed,) = story.page.locator("main table a").all()
    assert (listed.get_attribute("href"), listed.inner_text()) == (address, name)
    assert "This is your first list" not in story.page.inner_text("main")
    listed.click()
    assert "accepted" in story.page.inner_text("h1")
