"""Whose rows of a team's list are a visitor's own, as the night proposes and as was decided since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Post, Visit
from caseload.desk.services import Services
from caseload.entries.states import CLOSED, DECLINED, OPEN, PROPOSED
from caseload.lists import GENDERS, LINK_CONFIDENCE, risk_in_words
from governance.access.roles import COORDINATOR, PRACTICE_USER

GONE = (DECLINED, CLOSED)  # states in which somebody is no longer on a list, though the night still proposes her

# What a row says from the person's own, where the night does not list her: an episode goes on whatever the night proposes.
OF_PERSON = ("age_band", "locality", "gp_practice_code", "tier", "rank", "risk", "charlson")


@dataclass(frozen=True)
class Listed:
    """One person on a list. `row`: CaseloadList's columns, null where the night says nothing. `entry`: CURRENT's, empty where
    nothing was decided."""

    pseudonym: str
    row: Mapping[str, Any]
    entry: Mapping[str, Any]

    @property
    def state(self) -> str:
        """How things stand: proposed where nothing was decided."""
        return str(self.entry.get("state") or PROPOSED)

    @property
    def professional(self) -> str:
        """Whose she is: as decided, else as the night proposes; empty where nobody's."""
        return str(self.entry.get("professional") or self.row.get("accountable_professional_id") or "")

    @property
    def coordinator(self) -> str:
        """Who arranges: as decided, else as the night proposes; empty where nobody."""
        return str(self.entry.get("coordinator") or self.row.get("coordinator_id") or "")


def team_rows(visit: Visit, services: Services, night: PublishedNight) -> list[Listed]:
    """Everybody on the team's list: whom the night proposes, and whose episode runs. Those declined or closed are not."""
    team = visit.post.team
    day = visit.request().day
    entries = {each.pseudonym: vars(each) for each in services.entries.standing(team, day)}
    listed = night.listed(team)
    found = [Listed(row["pseudonym"], row, entries.get(row["pseudonym"], {})) for row in listed]
    proposed = {each.pseudonym for each in found}
    others = [name for name, row in entries.items() if name not in proposed and (row["state"] in OPEN or row["event"] == "refer")]
    people = night.people(team, others)
    found += [Listed(name, _as_listed(people.get(name, {})), entries[name]) for name in sorted(others)]
    return [each for each in found if each.state not in GONE]


def is_own(post: Post, each: Listed) -> bool:
    """Whether a row is on the post's own list: a professional's own, a practice's people, and a coordinator's whole team where
    she is no professional of the configuration."""
    if post.role == PRACTICE_USER:
        return each.row.get("gp_practice_code") == post.practice
    if post.professional:
        return post.professional in (each.professional, each.coordinator)
    return post.role == COORDINATOR


def _as_listed(person: Row) -> Row:
    """CaseloadList's columns of somebody whom the night does not list, as far as her own row has them."""
    if not person:
        return {}
    told = {name: person[name] for name in OF_PERSON}
    return told | {
        "gender": GENDERS.get(person["gender"] or ""),
        "risk_in_words": risk_in_words(person["risk"], person["risk_band"]),
        "frailty": person["hospital_frailty_band"],
        "link_confidence": LINK_CONFIDENCE.get(person["link_quality"] or ""),
        "in_tier_by": person["tier_reason"],
        "why_placed": "an episode runs; tonight's list does not propose it anew",
    }
