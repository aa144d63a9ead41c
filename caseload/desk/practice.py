"""*Practice*: a practice's own people by tier, and ten who are not managed yet, with why and what could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.states import OPEN
from caseload.lists import risk_in_words
from governance.access.categories import ORDINARY
from schemas.pseudonymised import TIERS

TEN = 10
LOOKED_AT = 200  # of the practice's people by need, so that ten are found though some are managed
ASKED_TIERS = TIERS[:-1]

# What a practice could do for somebody of whom a column says something, and what it then says (empty: anything but nothing).
# Suggestions of our own, for the practice to judge.
COULD_BE_DONE = (
    ("polypharmacy_band", (), "a structured medicines review"),
    ("frailty_index_band", ("mild", "moderate", "severe"), "a frailty assessment"),
    ("hospital_frailty_band", ("intermediate", "high"), "a frailty assessment"),
    ("rising_why", (), "a call to find out what has changed"),
    ("has_carer", (), "an offer of support to the carer"),
    ("care_package_open", (), "a word with social care about the package"),
)


@dataclass(frozen=True)
class NotManaged:
    """One person who is on nobody's list and in no episode."""

    person: Row
    risk_words: str
    why: Sequence[str]
    could: Sequence[str]
    who: Row | None
    unnamed: str


@dataclass(frozen=True)
class PracticePage:
    """The page. `purposes`: id and description of each declared purpose that the practice's data were used for."""

    practice: str
    people: int
    tiers: Mapping[str, int]
    ten: Sequence[NotManaged]
    names: str
    purposes: Sequence[tuple[str, str]]


def practice_page(visit: Visit, services: Services, night: PublishedNight, practice: str = "") -> PracticePage | None:
    """The page of the visitor's practice, or of one that her team serves; None for any other. Raises what the door raises."""
    team = visit.post.team
    served = {row["gp_practice_code"]: row["people"] for row in night.practices(team)}
    code = visit.post.practice or practice
    if code not in served or (visit.post.practice and practice not in ("", visit.post.practice)):
        return None
    people = night.of_practice(team, code, tiers=ASKED_TIERS, most=LOOKED_AT)
    entries = services.entries.current(team, visit.request().day, [row["pseudonym"] for row in people]).to_pylist()
    managed = {row["pseudonym"] for row in entries if row["state"] in OPEN}
    ten = [row for row in people if row["pseudonym"] not in managed and not row["accountable_professional_id"]][:TEN]
    names = names_of(visit, services, night, [row["pseudonym"] for row in ten])
    return PracticePage(
        practice=code,
        people=served[code],
        tiers=night.tiers_of_practice(team, code),
        ten=[
            NotManaged(
                row,
                risk_in_words(row["risk"], row["risk_band"]) or "",
                _why(night, team, row),
                could_be_done(row),
                names.shown.get(row["pseudonym"]),
                names.why(row["pseudonym"]),
            )
            for row in ten
        ],
        names=names.line,
        purposes=[(each.id, getattr(each, "description", "")) for each in services.doors[team](night).purposes],
    )


def could_be_done(person: Row) -> list[str]:
    """Suggestions for a DeskPerson row, each once."""
    found = [words for column, bands, words in COULD_BE_DONE if person[column] and (not bands or person[column] in bands)]
    return list(dict.fromkeys(found))


def _why(night: PublishedNight, team: str, person: Row) -> list[str]:
    """Why she is in her tier, and what her feeds tell that everybody may see."""
    facts = [row["words"] for row in night.facts(team, person["person"]) if row["category"] == ORDINARY]
    return [person["tier_why"] or "", *facts[:3]]
