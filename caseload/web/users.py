"""Who may sign in, and as what: the `[[user]]` entries of the configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from caseload.desk.posts import Post


@dataclass(frozen=True)
class User:
    """One account (the sign-in service's stable subject, as `governance.access.accounts.account` writes it) and its posts.

    name: how the pages address her; without one, the account.
    """

    account: str
    posts: tuple[Post, ...] = ()
    name: str = ""

    @property
    def standing(self) -> str:
        """A hash of her posts: a session ends when it changes."""
        return hashlib.sha256("\n".join(sorted(post.key for post in self.posts)).encode()).hexdigest()

    def post(self, key: str) -> Post | None:
        """The post with this key; None where she does not hold it."""
        return next((post for post in self.posts if post.key == key), None)


Users = Callable[[], Mapping[str, User]]  # by account, as the configuration says now
