"""Roles and what each may see (governance.md section 5). What is not written here is refused; an unknown role sees nothing."""

from __future__ import annotations

from dataclasses import dataclass

from governance.access.relationships import (
    BREAK_GLASS,
    CASELOAD,
    EPISODE,
    MEETING,
    PRACTICE,
    REFERRAL,
    REGISTRATION,
    TEAM,
    USER,
)

RESOURCES = {
    "identity": "name, NHS number, date of birth, address of one's own people",
    "search": "finding a person among one's own people",
    "bulk": "asking for the identities of many at once, with somebody else's approval",
    "break glass": "one person with whom there is no relationship, with a reason and a review",
    "lists": "caseload lists under pseudonyms, and decisions on them",
    "activity": "activity under a pseudonym, of the categories open to the role",
    "review pairs": "two records side by side, to judge whether they are one person's",
    "analysis tables": "the analysts' tables under their own pseudonyms",
    "aggregates": "suppressed counts and rates",
    "purposes and bases": "purposes, legal bases, opt-out lists' dates",
    "audit": "the audit log, and approvals of bulk requests",
    "break-glass reviews": "the Guardian's queue",
    "run status": "runs, logs, manifests",
}

COORDINATOR = "care coordinator"
PROFESSIONAL = "accountable professional"
MDT_MEMBER = "mdt member"
PRACTICE_USER = "gp practice user"
REVIEWER = "clerical reviewer"
ANALYST = "analyst"
GUARDIAN = "caldicott guardian"
OPERATOR = "operator"


@dataclass(frozen=True)
class Role:
    """One role.

    `may`: names of RESOURCES. `opens`: the (kind, holder) of relationships through which it sees an identity. `purposes`:
    for which it does. `never`: in words, what it is kept from.
    """

    name: str
    may: frozenset[str]
    never: str
    opens: frozenset[tuple[str, str]] = frozenset()
    purposes: frozenset[str] = frozenset()


CARE = frozenset({"case-management"})  # identity is for direct care and for nothing else
OWN = frozenset({(CASELOAD, USER), (EPISODE, USER), (REFERRAL, USER), (BREAK_GLASS, USER)})
TEAMS = frozenset({(REGISTRATION, TEAM), (CASELOAD, TEAM), (EPISODE, TEAM), (REFERRAL, TEAM)})

ROLES = (
    Role(COORDINATOR, frozenset({"identity", "search", "bulk", "break glass", "lists", "activity", "aggregates"}),
         "other teams' people without break-glass", OWN | TEAMS, CARE),
    Role(PROFESSIONAL, frozenset({"identity", "search", "break glass", "lists", "activity", "aggregates"}),
         "bulk", OWN, CARE),
    Role(MDT_MEMBER, frozenset({"identity", "activity"}),
         "search; people outside the meeting's window", frozenset({(MEETING, USER)}), CARE),
    Role(PRACTICE_USER, frozenset({"identity", "search", "bulk", "lists", "activity", "aggregates"}),
         "other practices' people", frozenset({(REGISTRATION, PRACTICE)}), CARE),
    Role(REVIEWER, frozenset({"review pairs"}), "protected identities, activity, lists"),
    Role(ANALYST, frozenset({"activity", "analysis tables", "aggregates"}), "any identifier, by any path"),
    Role(GUARDIAN, frozenset({"aggregates", "purposes and bases", "audit", "break-glass reviews"}), "browsing clinical records"),
    Role(OPERATOR, frozenset({"run status"}), "rows of any table"),
)  # fmt: skip


def find_role(name: str) -> Role:
    """The role of this name; one that may nothing where there is none."""
    return next((role for role in ROLES if role.name == name), Role(name, frozenset(), "everything"))


def can(role: str, resource: str) -> bool:
    """Whether a role may see a resource at all; an unknown role or resource: no."""
    return resource in RESOURCES and resource in find_role(role).may
