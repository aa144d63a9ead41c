"""The pages and the API over a made-up night of a few people, signed in to as one of its users; all of it real but the people."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from caseload.desk.posts import Post
from caseload.web.users import User
from governance.access.roles import ANALYST, COORDINATOR, GUARDIAN, MDT_MEMBER, OPERATOR, PRACTICE_USER, PROFESSIONAL
from tests.made_up_desk import AS_AT, LEAD, PRACTICE, TEAM, MadeUpDesk, event, listed, token
from tests.web_site import Site, another_signed_in

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
POSTS = {
    "beth": Post(PROFESSIONAL, TEAM, professional=LEAD),
    "cora": Post(COORDINATOR, TEAM),
    "pete": Post(PRACTICE_USER, TEAM, practice=PRACTICE),
    "mia": Post(MDT_MEMBER, TEAM),
    "gwen": Post(GUARDIAN),
    "anna": Post(ANALYST),
    "olga": Post(OPERATOR),
}
FACT = {
    "fact": "falls", "group": "emergency_inpatient", "category": "ordinary", "feed": "sus_apc", "place": 1,
    "words": "2 emergency admissions since March", "plain_words": "You were in hospital in a hurry twice since March.",
    "told_by": "hospital data to 24 September",
}  # fmt: skip


@dataclasses.dataclass
class DeskWeb:
    """One application. `site`: what a test may move; `desk`: what the night says, before `app` is asked for."""

    site: Site
    desk: MadeUpDesk
    more: dict[str, Any] = dataclasses.field(default_factory=dict)
    served: Any = None

    def app(self, *, provider: Any = None, **settings: Any) -> Any:
        """The application; every user has accepted the agreement."""
        if self.served is None:
            shutil.rmtree(self.site.folder / "runs")  # the night that the site itself stands on
            self.served = dataclasses.replace(self.desk.services(), **self.more)
        self.site.services = self.served
        for account in self.site.users:
            self.site.agreements.accept(account, self.site.version, NOON)
        return self.site.app(provider=provider, **settings)

    def browser(self, account: str, **settings: Any) -> Any:
        """A browser signed in as a user, at an application of its own over the same stores."""
        return another_signed_in(self.site, self.app(**settings), account)


def desk_web(folder: Path, **more: Any) -> DeskWeb:
    """People 1 to 3 on Beth's list, 4 on a colleague's; 5 is the practice's and on no list."""
    users = {account: User(account, (post,)) for account, post in POSTS.items()}
    users["dora"] = User("dora", (POSTS["cora"], POSTS["pete"]))
    site = Site(folder / "area", users=users)
    site.clock.now = NOON
    lists = {
        "caseload": [
            listed(1, reasons="2 emergency admissions since March", frailty="high", link_confidence="fair: check before acting"),
            listed(2, risk=None, change="up"),
            listed(3, reasons_restricted="a stay on a mental health ward"),
            listed(4, accountable_professional_id="another", coordinator_id=None),
        ]
    }
    desk = MadeUpDesk(
        site.folder, site.audit, site.clock, site.version, accounts={LEAD: ["beth"]}, lists=lists,
        facts=[{"number": 1, **FACT}, {"number": 1, **FACT, "place": 2, "category": "mental health", "feed": "mhsds",
                                       "words": "a crisis in May", "plain_words": "You had a crisis in May."}],
        reasons=[{"number": 1, "score": "emergency_admission_12_months", "place": 1, "group": "emergency_inpatient",
                  "share": 1.0, "size": "much", "category": "ordinary"}],
        events=[event(1, "outpatient", AS_AT), event(1, "mental_health_contact", AS_AT, "mental health")],
    )  # fmt: skip
    return DeskWeb(site, desk, more)


__all__ = ["AS_AT", "FACT", "NOON", "POSTS", "DeskWeb", "desk_web", "token"]
