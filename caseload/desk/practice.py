"""*Practice*: a practice's own people by tier, ten who are not managed yet with why and what could be done, who has whom, and
what the data were used for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseload.desk.managed import Share, Used, by_professional, managed_of, shares, used
from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import Listed
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.states import PROPOSED
from caseload.lists import risk_in_words
from governance.access.categories import ORDINARY
from schemas.pseudonymised import TIERS

TEN = 10
MOST_NAMED = 60  # people on one page
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
    ("in_hospital", (), "a call within two days of leaving hospital"),
    ("readmission_band", ("high", "very high"), "a call within two days of leaving hospital"),
    ("lives_in_care_home", (), "a look together with the care home, and an advance care plan"),
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
class Managed:
    """One person who has somebody: as decided, or as the night proposes."""

    row: Listed
    who: Row | None
    unnamed: str


@dataclass(frozen=True)
class PracticePage:
    """The page. `managed`: people in an episode or proposed, as many as one page names; `more`: how many are left out.

    led_by: of each professional how many. `uses`: what the night's data were used for.
    """

    practice: str
    practices: Sequence[str]
    people: int
    shares: Sequence[Share]
    ten: Sequence[NotManaged]
    managed: Sequence[Managed]
    more: int
    led_by: Sequence[Row]
    names: str
    uses: Sequence[Used]


def practice_page(visit: Visit, services: Services, night: PublishedNight, practice: str = "") -> PracticePage | None:
    """The page of the visitor's practice, or of one that her team serves; None for any other. Raises what the door raises."""
    team = visit.post.team
    served = {row["gp_practice_code"]: row["people"] for row in night.practices(team)}
    code = visit.post.practice or practice or next(iter(sorted(served)), "")
    if code not in served or (visit.post.practice and practice not in ("", visit.post.practice)):
        return None
    managed = managed_of(visit, services, night, code)
    ten = _ten(visit, services, night, code)
    shown = managed[: MOST_NAMED - len(ten)]
    asked = [*(row["pseudonym"] for row in ten), *(each.pseudonym for each in shown)]
    names = names_of(visit, services, night, asked)
    return PracticePage(
        practice=code,
        practices=[] if visit.post.practice else sorted(served),
        people=served[code],
        shares=shares(night.tiers_of_practice(team, code), served[code], managed),
        ten=[_not_managed(night, team, row, names) for row in ten],
        managed=[Managed(each, names.shown.get(each.pseudonym), names.why(each.pseudonym)) for each in shown],
        more=len(managed) - len(shown),
        led_by=by_professional(managed),
        names=names.line,
        uses=used(services, night, team),
    )


def _ten(visit: Visit, services: Services, night: PublishedNight, code: str) -> list[Row]:
    """The ten of highest need who are on nobody's list, in no episode, and not declined or put off."""
    team = visit.post.team
    people = night.of_practice(team, code, tiers=ASKED_TIERS, most=LOOKED_AT)
    entries = services.entries.current(team, visit.request().day, [row["pseudonym"] for row in people]).to_pylist()
    decided = {row["pseudonym"] for row in entries if row["state"] != PROPOSED}
    return [row for row in people if row["pseudonym"] not in decided and not row["accountable_professional_id"]][:TEN]


def _not_managed(night: PublishedNight, team: str, row: Row, names: Names) -> NotManaged:
    who = row["pseudonym"]
    words = risk_in_words(row["risk"], row["risk_band"]) or ""
    return NotManaged(row, words, _why(night, team, row), could_be_done(row), names.shown.get(who), names.why(who))


def could_be_done(person: Row) -> list[str]:
    """Suggestions for a DeskPerson row, each once."""
    found = [words for column, bands, words in COULD_BE_DONE if person[column] and (not bands or person[column] in bands)]
    return list(dict.fromkeys(found))


def _why(night: PublishedNight, team: str, person: Row) -> list[str]:
    """Why she is in her tier, and what her feeds tell that everybody may see."""
    facts = [row["words"] for row in night.facts(team, person["person"]) if row["category"] == ORDINARY]
    return [each for each in (person["tier_why"], *facts[:3]) if each]
