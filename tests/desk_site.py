"""A published example area with users, to open its pages as they would: the services of a real project, at one moment."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

from caseload.desk.night import PublishedNight
from caseload.desk.posts import Post, Visit
from caseload.desk.services import Services
from caseload.web.users import User
from governance.access.agreement import Agreements
from governance.access.roles import COORDINATOR, MDT_MEMBER, PRACTICE_USER, PROFESSIONAL
from governance.access.tables import access_store
from pipelines.config import Configuration, load_configuration
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.serving import services_of

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True)
class DeskSite:
    """A project's pages. `users`: of the first team, and one of the second."""

    project: Project
    configuration: Configuration
    services: Services
    users: dict[str, User]

    @property
    def night(self) -> PublishedNight:
        """The night served."""
        found = self.services.nights.current()
        assert found is not None
        return found

    @property
    def team(self) -> str:
        """The first team."""
        return self.configuration.team[0].id

    @property
    def other_team(self) -> str:
        """The second."""
        return self.configuration.team[1].id

    def visit(self, account: str, minutes: float = 0) -> Visit:
        """A visit of a user's, so many minutes after noon."""
        return Visit(account, self.users[account].posts[0], NOON + dt.timedelta(minutes=minutes), self.night.run_id)


def desk_site(folder: Path) -> DeskSite:
    """The site of a published project; everybody accepted the agreement."""
    project = Project.at(folder)
    configuration = load_configuration(project)
    users = _users(configuration)
    services = dataclasses.replace(services_of(project, configuration, lambda: users), clock=lambda: NOON)
    agreements = Agreements(access_store(store_url(project, configuration.stores.application)), configuration.access.agreement)
    for account in users:
        agreements.accept(account, configuration.access.agreement, NOON)
    return DeskSite(project, configuration, services, users)


def _users(configuration: Configuration) -> dict[str, User]:
    mine, theirs = configuration.team[0].id, configuration.team[1].id
    lead = next(each for each in configuration.professional if each.team == mine and each.role == PROFESSIONAL)
    posts = {
        "beth": Post(PROFESSIONAL, mine, professional=lead.id),
        "cora": Post(COORDINATOR, mine),
        "pete": Post(PRACTICE_USER, mine, practice=lead.practices[0]),
        "mia": Post(MDT_MEMBER, mine),
        "otto": Post(COORDINATOR, theirs),
    }
    return {account: User(account, (post,)) for account, post in posts.items()}
