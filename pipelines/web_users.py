"""Who may sign in to the pages: the `[[user]]` entries as the file says now, and the made-up ones of a demonstration."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from caseload.desk.posts import Post
from caseload.web.users import User
from governance.access.accounts import account
from governance.access.roles import (
    ANALYST,
    COORDINATOR,
    GUARDIAN,
    MDT_MEMBER,
    OPERATOR,
    PRACTICE_USER,
    PROFESSIONAL,
    REVIEWER,
)
from pipelines.config import Configuration, load_configuration
from pipelines.project import Project
from schemas.errors import CaselinkError

PRACTICES_EACH = 2  # practices of a team that a demonstration has a user for


class ListedUsers:
    """The project's `[[user]]` entries. The file is read again when it changes; one that cannot be read keeps the last users.

    A session ends by itself when its user's posts change (`caseload.web.sessions`).
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._stamp = self._read_stamp()
        self._users = users_of(load_configuration(project))

    def __call__(self) -> Mapping[str, User]:
        """By account."""
        stamp = self._read_stamp()
        with self._lock:
            if stamp != self._stamp:
                self._stamp, self._users = stamp, self._reload()
            return self._users

    def _reload(self) -> Mapping[str, User]:
        try:
            return users_of(load_configuration(self._project))
        except CaselinkError:
            return self._users

    def _read_stamp(self) -> tuple[int, int]:
        found = self._project.configuration.stat()
        return found.st_mtime_ns, found.st_size


def users_of(configuration: Configuration) -> Mapping[str, User]:
    """The declared users, by account."""
    made = {}
    for each in configuration.user:
        posts = tuple(Post(post.role, post.team, post.practice, post.professional) for post in each.post)
        made[account(each.account)] = User(account(each.account), posts, each.name)
    return made


def demo_users(configuration: Configuration) -> Callable[[], Mapping[str, User]]:
    """One made-up user, each an account of her own, for every role: of each team, and of its professionals and practices."""
    made: dict[str, User] = {}

    def add(name: str, post: Post) -> None:
        made[account(f"demo {name}")] = User(account(f"demo {name}"), (post,), f"Demo: {name}")

    for team in configuration.team:
        staff = [each for each in configuration.professional if each.team == team.id]
        for each in staff:
            role = PROFESSIONAL if each.role == PROFESSIONAL else COORDINATOR
            add(f"{role} {each.id}", Post(role, team.id, professional=each.id))
        add(f"{MDT_MEMBER} {team.id}", Post(MDT_MEMBER, team.id))
        practices = sorted({practice for each in staff for practice in each.practices})
        for practice in practices[:PRACTICES_EACH]:
            add(f"{PRACTICE_USER} {practice}", Post(PRACTICE_USER, team.id, practice=practice))
    for name in (f"{REVIEWER} 1", f"{REVIEWER} 2"):
        add(name, Post(REVIEWER))
    for role in (ANALYST, GUARDIAN, OPERATOR):
        add(role, Post(role))
    return lambda: made
