"""Names for the rows of a page: asked of the door for as many people as one request may name, and in words why not for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import CARE, Visit
from caseload.desk.services import Services
from governance.access.decision import AGREEMENT, BASIS, PURPOSE, REGISTER, RELATIONSHIP, REVIEW, ROLE
from governance.access.identity import CONTACT
from governance.access.limits import LIMIT
from governance.reidentify import reidentify

NOT_ASKED = "not asked"
# Why a row has no name, for the person who reads the page.
WORDS = {
    ROLE: "what you work as does not open names",
    AGREEMENT: "the user agreement is not accepted",
    REVIEW: "a break-glass opening of yours waits for its review",
    PURPOSE: "the purpose is not signed off, or past its review",
    BASIS: "no legal basis for showing names holds today",
    RELATIONSHIP: "not one of your own people today",
    REGISTER: "not one of your own people, or the register of this night is too old to say",
    LIMIT: "a limit on how many people you may open was reached",
    NOT_ASKED: "more people than one page may name",
}
FOR_ALL = (ROLE, AGREEMENT, REVIEW, PURPOSE, BASIS)  # the same for every row of a request


@dataclass(frozen=True)
class Names:
    """Who is who on one page. `shown`: pseudonym to what the door showed; `refused`: pseudonym to the code of why not."""

    shown: dict[str, Row]
    refused: dict[str, str]

    @property
    def line(self) -> str:
        """What the page says of it; empty where everybody is named."""
        if not self.refused:
            return ""
        every = len(self.shown) + len(self.refused)
        reasons = sorted({WORDS.get(code, "the door did not open") for code in self.refused.values()})
        return f"Names are shown for {len(self.shown)} of {every} people here. For the others: {'; '.join(reasons)}."

    def why(self, pseudonym: str) -> str:
        """In words, why this person is not named; empty where she is, or was not asked for."""
        code = self.refused.get(pseudonym)
        return WORDS.get(code, "the door did not open") if code else ""


def names_of(
    visit: Visit,
    services: Services,
    night: PublishedNight,
    pseudonyms: Sequence[str],
    *,
    contacts: bool = False,
    purpose: str = CARE,
) -> Names:
    """Ask the door for these people; beyond its most rows in one request nobody is asked for. `contacts`: how to reach them, too.

    Raises what `governance.reidentify` raises: where an audit row cannot be written, or the vault not be read, nobody is named.
    """
    if not pseudonyms:
        return Names({}, {})
    door = services.doors[visit.post.team](night)
    asked, beyond = pseudonyms[: door.limits.most_rows], pseudonyms[door.limits.most_rows :]
    found = reidentify(visit.request(purpose), asked, door).to_pylist()
    refused = {row["pseudonym"]: str(row["refusal"]) for row in found if row["refusal"]}
    left_out = {"refusal"} if contacts else {"refusal", *CONTACT}
    shown = {row["pseudonym"]: _shown(row, left_out) for row in found if not row["refusal"]}
    return Names(shown, refused | dict.fromkeys(beyond, NOT_ASKED))


def _shown(row: dict[str, Any], left_out: set[str]) -> Row:
    """The identity with its name in one text, and the NHS number as it is read aloud: 3, 3 and 4 digits."""
    name, number = " ".join(filter(None, (row["given_name"], row["family_name"]))), row["nhs_number"]
    spoken = f"{number[:3]} {number[3:6]} {number[6:]}" if number else ""
    kept = {key: value for key, value in row.items() if key not in left_out}
    return kept | {"name": name or "no name known", "spoken_number": spoken}
