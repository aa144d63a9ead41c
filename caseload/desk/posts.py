"""Who asks, and as what: a post that an account holds, and one visit to one page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from governance.access.decision import Request

CARE = "case-management"  # the purpose for which a page of direct care shows anybody


@dataclass(frozen=True, order=True)
class Post:
    """What an account works as. `role` is a name of `governance.access.roles`; the others are ids, empty where there is none.

    team: of the `[[team]]` in whose domain of pseudonyms she works. practice: a GP practice user's. professional: of the
    `[[professional]]` she is.
    """

    role: str
    team: str = ""
    practice: str = ""
    professional: str = ""

    @property
    def key(self) -> str:
        """The post in one text, the same wherever it is written down; two different posts never share one."""
        return "|".join((self.role, self.team, self.practice, self.professional))


@dataclass(frozen=True)
class Visit:
    """Who asks for this page: made for every request from her session, never from what the request says.

    account: as `governance.access.accounts.account` writes it. at: with a zone. run_id: the night pinned for this request;
    empty where none is published.
    """

    account: str
    post: Post
    at: dt.datetime
    run_id: str = ""

    def request(self, purpose: str = CARE) -> Request:
        """The visit as the door to identities asks for it."""
        post = self.post
        return Request(
            self.account, post.role, purpose, self.at, team=post.team, practice=post.practice, run_id=self.run_id
        )  # fmt: skip
