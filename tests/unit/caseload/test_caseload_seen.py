"""Who saw this record: the audit log about one person, in words, and nothing for anybody else."""

from __future__ import annotations

import dataclasses

import pytest

from caseload.desk import seen
from caseload.desk.person import person_page
from caseload.desk.posts import Post
from caseload.desk.seen import ACTION, seen_by_number, seen_of
from governance.access.roles import GUARDIAN
from governance.audit import Selection
from schemas.errors import GovernanceError
from tests.access_drawings import subject
from tests.made_up_desk import token
from tests.unit.caseload.test_caseload_break_glass import BETH, GRACE, NOBODYS, NUMBERS, OTHER, OWN, Glass


@pytest.fixture
def glass(tmp_path_factory: pytest.TempPathFactory) -> Glass:
    made = Glass(tmp_path_factory.mktemp("seen"))
    person_page(made.visit(), made.services, made.night, token(OWN))
    person_page(made.visit(), made.services, made.night, token(OTHER))
    made.open(NUMBERS[OTHER - 1])
    return made


def logged(glass: Glass, number: int) -> list[tuple[int, str, str]]:
    rows = glass.services.audit.select(Selection(subjects=frozenset({subject(number)})))
    return [(row["seq"], row["actor"], row["role"]) for row in reversed(rows)]


@pytest.mark.parametrize("number", [OWN, OTHER])
def test_the_care_teams_report_is_the_log(glass: Glass, number: int) -> None:
    page = seen_of(glass.visit(), glass.services, glass.night, token(number))
    assert page is not None
    assert page.who
    assert [(each.seq, each.actor, each.role) for each in page.lines] == logged(glass, number)
    assert page.total == len(page.lines)
    assert (page.lines[0].what, page.lines[0].refused) == ("read this report", "")


def test_the_guardians_report_is_the_log_and_says_nothing_of_the_person(glass: Glass) -> None:
    page = seen_by_number(glass.visit("grace", GRACE), glass.services, glass.night, f" {NUMBERS[OTHER - 1]} ")
    assert page is not None
    assert [(each.seq, each.actor, each.role) for each in page.lines] == logged(glass, OTHER)
    assert (page.who, page.pseudonym) == (None, "")
    told = {(each.what, each.purpose, each.refused) for each in page.lines}
    assert ("looked up who this is", "case-management", "not one of your own people today") in told
    assert ("opened by break-glass", "case-management: emergency", "") in told
    assert token(OTHER) not in str(page)
    assert NUMBERS[OTHER - 1] not in str(page)
    assert "Family" not in str(page)


def test_nobody_elses_report_is_shown(glass: Glass) -> None:
    for asked in (token(3), "", "nonsense"):
        assert seen_of(glass.visit(), glass.services, glass.night, asked) is None
    assert seen_by_number(glass.visit("grace", GRACE), glass.services, glass.night, NOBODYS) is None
    assert glass.services.audit.rows(ACTION)[-1]["subject"] == "", "that nobody was found is written down"


def test_only_the_guardian_asks_by_number_and_gives_a_number(glass: Glass) -> None:
    with pytest.raises(GovernanceError, match="E-ACCESS-ROLE"):
        seen_by_number(glass.visit("beth", BETH), glass.services, glass.night, NUMBERS[0])
    with pytest.raises(GovernanceError, match="E-AUDIT-NUMBER") as refused:
        seen_by_number(glass.visit("grace", Post(GUARDIAN)), glass.services, glass.night, "9990000019")
    assert "9990000019" not in str(refused.value)


def test_a_long_report_shows_its_newest_lines(glass: Glass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_ROWS", 2)
    page = seen_of(glass.visit(), glass.services, glass.night, token(OTHER))
    assert page is not None
    assert (len(page.lines), page.total) == (2, len(logged(glass, OTHER)))
    assert dataclasses.asdict(page.lines[0])["seq"] == max(seq for seq, _, _ in logged(glass, OTHER))
