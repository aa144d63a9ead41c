"""Break-glass on a made-up night: one person, found and opened in one step, and what stops it."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import pytest

from caseload.desk.break_glass import NEXT, close, in_words, open_now, open_one, page_of
from caseload.desk.guardian import review
from caseload.desk.night import PublishedNight
from caseload.desk.person import person_page
from caseload.desk.posts import Post, Visit
from caseload.desk.search import Terms
from caseload.desk.services import Services
from governance.access.agreement import Agreements
from governance.access.break_glass import JUSTIFIED, JUSTIFY, LIFT, NOT_JUSTIFIED, REJECT, STATES, WAITING
from governance.access.roles import GUARDIAN, MDT_MEMBER, PROFESSIONAL
from governance.access.tables import access_store
from governance.audit import Audit
from schemas.errors import GovernanceError
from tests.access_drawings import population
from tests.governance_drawings import nhs_number
from tests.made_up_desk import LEAD, PEOPLE, PRACTICE, RUN, TEAM, MadeUpDesk, listed, token
from tests.places import place

NOON = dt.datetime(2026, 9, 30, 11, tzinfo=dt.UTC)
BETH, GRACE = Post(PROFESSIONAL, TEAM, professional=LEAD), Post(GUARDIAN)
NUMBERS = population(PEOPLE)[0]["nhs_number"].to_pylist()
OWN, OTHER = 1, 5  # on her list, and not
NOBODYS = nhs_number(900)
TEXT = "Found on the floor by a neighbour."


class Glass:
    """Beth, a professional whose list holds one person, and the Guardian. Every act is a minute after the one before."""

    def __init__(self, folder: Path) -> None:
        Agreements(access_store(place(folder, "application")), "1").accept("beth", "1", NOON)
        audit = Audit(place(folder, "audit"))
        lists = {"caseload": [listed(OWN)]}
        made = MadeUpDesk(folder, audit, lambda: NOON, "1", accounts={LEAD: ["beth"]}, lists=lists)
        self.services: Services = made.services()
        night = self.services.nights.current()
        assert night is not None
        self.night: PublishedNight = night
        self._minutes = itertools.count()

    def visit(self, account: str = "beth", post: Post = BETH, later: dt.timedelta = dt.timedelta()) -> Visit:
        return Visit(account, post, NOON + dt.timedelta(minutes=next(self._minutes)) + later, RUN)

    def open(self, number: str, code: str = "emergency", text: str = TEXT) -> str:
        return open_one(self.visit(), self.services, self.night, Terms(number), code=code, text=text)

    def refusal(self, number: str, **more: str) -> str:
        with pytest.raises(GovernanceError) as refused:
            self.open(number, **more)
        return refused.value.code

    def acts(self) -> list[tuple[str, str]]:
        return [(row["action"], row["decision"]) for row in self.services.audit.rows()]


@pytest.fixture
def glass(tmp_path: Path) -> Glass:
    return Glass(tmp_path)


def test_one_person_is_opened_told_of_and_closed(glass: Glass) -> None:
    assert person_page(glass.visit(), glass.services, glass.night, token(OTHER)) is None
    assert glass.open(NUMBERS[OTHER - 1]) == token(OTHER)
    assert glass.acts()[-3:] == [("break-glass search", "allowed"), ("reidentify", "denied"), ("break-glass open", "allowed")]
    told = open_now(glass.services.break_glass, "beth", TEAM, NOON + dt.timedelta(minutes=5))
    assert told is not None
    assert (told.number, told.person, told.reason) == (1, token(OTHER), "a risk to life or of serious harm now")
    assert open_now(glass.services.break_glass, "cora", TEAM, NOON + dt.timedelta(minutes=5)) is None, "her own pages alone"
    opened = page_of(glass.visit(), glass.services, glass.night)
    assert (opened.practice, opened.served_by) == (PRACTICE, "North team")
    page = person_page(glass.visit(), glass.services, glass.night, token(OTHER))
    assert page is not None
    assert page.who
    assert glass.refusal(NUMBERS[OTHER]) == "E-BREAK-GLASS-OPEN"
    close(glass.visit(), glass.services, told.number)
    assert glass.acts()[-1] == ("break-glass close", "allowed")
    assert open_now(glass.services.break_glass, "beth", TEAM, NOON + dt.timedelta(minutes=20)) is None
    assert person_page(glass.visit(), glass.services, glass.night, token(OTHER)) is None
    closed = page_of(glass.visit(), glass.services, glass.night)
    assert ([each.state for each in closed.openings], closed.practice) == ([WAITING], "")


def test_it_ends_by_itself(glass: Glass) -> None:
    glass.open(NUMBERS[OTHER - 1])
    assert open_now(glass.services.break_glass, "beth", TEAM, NOON + dt.timedelta(minutes=29)) is not None
    assert open_now(glass.services.break_glass, "beth", TEAM, NOON + dt.timedelta(minutes=30)) is None


def test_ones_own_people_need_no_opening(glass: Glass) -> None:
    assert glass.open(NUMBERS[OWN - 1]) == token(OWN)
    assert page_of(glass.visit(), glass.services, glass.night).openings == []


def test_who_is_not_there_and_several_who_fit_are_answered_alike(glass: Glass) -> None:
    assert glass.refusal(NOBODYS) == "E-BREAK-GLASS-NOBODY"
    unknown = Terms(family="Nobody", born=dt.date(1950, 1, 1))
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-NOBODY"):
        open_one(glass.visit(), glass.services, glass.night, unknown, code="emergency", text=TEXT)
    assert page_of(glass.visit(), glass.services, glass.night).openings == []
    assert glass.acts().count(("break-glass search", "allowed")) == 2, "a search for nobody is written down, too"


@pytest.mark.parametrize(
    ("number", "more", "code"),
    [
        ("12", {}, "E-BREAK-GLASS-TERMS"),
        ("", {}, "E-BREAK-GLASS-TERMS"),
        (NUMBERS[OTHER - 1], {"code": ""}, "E-BREAK-GLASS-CODE"),
        (NUMBERS[OTHER - 1], {"code": "curiosity"}, "E-BREAK-GLASS-CODE"),
        (NUMBERS[OTHER - 1], {"text": " "}, "E-ACCESS-TEXT"),
        (NUMBERS[OTHER - 1], {"text": f"It is {NUMBERS[OTHER - 1]}"}, "E-ACCESS-TEXT"),
    ],
)
def test_what_lacks_is_said_and_nobody_is_looked_up(glass: Glass, number: str, more: dict[str, str], code: str) -> None:
    assert glass.refusal(number, **more) == code
    assert glass.acts() == []


def test_who_is_blocked_cannot_find_out_who_is_there(glass: Glass) -> None:
    """Whoever may not open is refused before anybody is looked up, so that the answer says nothing."""
    glass.open(NUMBERS[OTHER - 1])
    close(glass.visit(), glass.services, 1)
    review(glass.visit("grace", GRACE), glass.services, 1, REJECT)
    before = glass.acts().count(("break-glass search", "allowed"))
    assert glass.refusal(NUMBERS[OTHER]) == glass.refusal(NOBODYS) == "E-BREAK-GLASS-BLOCKED"
    assert glass.acts().count(("break-glass search", "allowed")) == before
    assert [each.state for each in page_of(glass.visit(), glass.services, glass.night).openings] == [NOT_JUSTIFIED]
    review(glass.visit("grace", GRACE), glass.services, 1, LIFT)
    assert glass.open(NUMBERS[OTHER]) == token(OTHER + 1)


def test_a_late_review_shuts_every_door(glass: Glass) -> None:
    glass.open(NUMBERS[OTHER - 1])
    late = dt.timedelta(days=6)
    visit = glass.visit(later=late)
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-OVERDUE"):
        open_one(visit, glass.services, glass.night, Terms(NUMBERS[OTHER]), code="emergency", text=TEXT)
    assert person_page(glass.visit(later=late), glass.services, glass.night, token(OWN)) is None
    review(glass.visit("grace", GRACE, late), glass.services, 1, JUSTIFY)
    assert person_page(glass.visit(later=late), glass.services, glass.night, token(OWN)) is not None
    assert [each.state for each in page_of(glass.visit(later=late), glass.services, glass.night).openings] == [JUSTIFIED]


def test_a_role_without_it_is_refused(glass: Glass) -> None:
    mia = Post(MDT_MEMBER, TEAM)
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-ROLE"):
        open_one(
            glass.visit("mia", mia), glass.services, glass.night, Terms(NUMBERS[0]), code="emergency", text=TEXT
        )  # fmt: skip
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-ROLE"):
        page_of(glass.visit("mia", mia), glass.services, glass.night)


def test_nobody_closes_anothers_opening(glass: Glass) -> None:
    glass.open(NUMBERS[OTHER - 1])
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-STATE"):
        close(glass.visit("cora", BETH), glass.services, 1)
    assert open_now(glass.services.break_glass, "beth", TEAM, NOON + dt.timedelta(minutes=10)) is not None


def test_every_state_has_words() -> None:
    assert set(NEXT) == set(STATES)
    assert in_words(GovernanceError("E-X", "it is shut.", cure="ask somebody")) == "It is shut. Ask somebody."
