"""Who may do what to an entry: the role's part, and the relationship's. Screen and action ask the same functions.

Whether policy allows it now is asked elsewhere (`policies`), and whether the state does, of STATES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from caseload.entries.states import EVENTS, REFER
from caseload.entries.strands import ACTION, STEPS
from governance.access.decision import REASONS as REFUSALS
from governance.access.decision import Request
from governance.access.roles import COORDINATOR, MDT_MEMBER, PRACTICE_USER, PROFESSIONAL
from governance.reidentify import Door, decisions
from schemas.errors import GovernanceError

# What each role may do to an entry; a role that is not here may do nothing.
MAY: Mapping[str, frozenset[str]] = {
    COORDINATOR: frozenset({*EVENTS, *STEPS}),
    PROFESSIONAL: frozenset({*EVENTS, *STEPS}),
    MDT_MEMBER: frozenset(ACTION.steps),
    PRACTICE_USER: frozenset({REFER}),
}


@dataclass(frozen=True)
class Permitted:
    """A person whom the request may have to do with: under the team's pseudonym, and under the audit's."""

    pseudonym: str
    subject: str


def may(role: str, event: str) -> bool:
    """Whether a role may do this to an entry of a person it has to do with; an unknown role or event: no."""
    return event in MAY.get(role, frozenset())


def permitted(request: Request, pseudonym: str, door: Door) -> Permitted:
    """The person, where the request has to do with her today.

    Raises `GovernanceError` with the door's own code, in the door's own words: of somebody else's patient it says no more than
    of nobody.
    """
    decided = decisions(request, [pseudonym], door)
    refusal = decided["refusal"][0].as_py()
    if refusal is not None:
        raise GovernanceError(refusal, f"{REFUSALS[refusal]}.")
    return Permitted(pseudonym, decided["subject"][0].as_py())
