"""The Caldicott desk: what waits, in which order, what is decided, and what is written down before it is read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from caseload.desk import guardian
from caseload.desk.break_glass import close
from caseload.desk.guardian_bases import bases, oversight
from caseload.desk.posts import Post
from governance.access.break_glass import JUSTIFY, LIFT, OVERDUE, REJECT, WAITING
from governance.access.bulk import APPROVE, REFUSE
from governance.access.guardian import LIMIT_ALERT
from governance.access.roles import COORDINATOR, GUARDIAN
from schemas.errors import GovernanceError
from tests.made_up_desk import TEAM, token
from tests.unit.caseload.test_caseload_break_glass import GRACE, NUMBERS, OTHER, TEXT, Glass

DAYS = dt.timedelta(days=1)


@pytest.fixture
def glass(tmp_path: Path) -> Glass:
    return Glass(tmp_path)


def opened(glass: Glass, count: int) -> None:
    for number in range(count):
        glass.open(NUMBERS[OTHER - 1 + number])
        close(glass.visit(), glass.services, number + 1)


def test_overdue_ones_come_first_and_blocks_by_themselves(glass: Glass) -> None:
    opened(glass, 3)
    guardian.review(glass.visit("grace", GRACE), glass.services, 2, REJECT)
    queue = guardian.reviews(glass.visit("grace", GRACE), glass.services)
    assert [(each.number, each.state) for each in queue.to_do] == [(1, WAITING), (3, WAITING)]
    assert [each.number for each in queue.blocked] == [2]
    late = guardian.reviews(glass.visit("grace", GRACE, 6 * DAYS), glass.services)
    assert [(each.number, each.state) for each in late.to_do] == [(1, OVERDUE), (3, OVERDUE)]
    waits = guardian.to_do(glass.visit("grace", GRACE, 6 * DAYS), glass.services)
    assert (waits.overdue, waits.waiting, waits.blocked, waits.ending, waits.purposes) == (2, 0, 1, 2, 1)
    assert token(OTHER) not in str(queue), "whom somebody opened is not shown"


def test_what_she_wrote_is_read_once_that_is_written_down(glass: Glass) -> None:
    opened(glass, 1)
    page = guardian.opening_page(glass.visit("grace", GRACE), glass.services, 1)
    assert page is not None
    assert (page.text, list(page.verdicts), page.own) == (TEXT, [JUSTIFY, REJECT], False)
    assert glass.acts()[-1] == ("break-glass reason read", "allowed")
    assert guardian.opening_page(glass.visit("grace", GRACE), glass.services, 2) is None
    guardian.review(glass.visit("grace", GRACE), glass.services, 1, REJECT)
    page = guardian.opening_page(glass.visit("grace", GRACE), glass.services, 1)
    assert page is not None
    assert list(page.verdicts) == [LIFT]


def test_an_open_one_waits_and_nobody_reviews_her_own(glass: Glass) -> None:
    glass.open(NUMBERS[OTHER - 1])
    page = guardian.opening_page(glass.visit("beth", Post(GUARDIAN)), glass.services, 1)
    assert page is not None
    assert (list(page.verdicts), page.own) == ([], True)
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-STATE"):
        guardian.review(glass.visit("grace", GRACE), glass.services, 1, JUSTIFY)
    close(glass.visit(), glass.services, 1)
    with pytest.raises(GovernanceError, match="E-BREAK-GLASS-REVIEWER"):
        guardian.review(glass.visit("beth", Post(GUARDIAN)), glass.services, 1, JUSTIFY)


def test_limits_that_were_reached_stay_for_30_days(glass: Glass) -> None:
    visit = glass.visit("grace", GRACE)
    for days, about in ((40, "old"), (3, "people in 24 hours: 300"), (1, "requests at night: 1")):
        desk = oversight(glass.services)
        desk.queue.add(LIMIT_ALERT, at=visit.at - days * DAYS, actor="beth", role="care coordinator", about=about)
    found = [each.about for each in guardian.reviews(visit, glass.services).alerts]
    assert found == ["requests at night: 1", "people in 24 hours: 300"]


def test_a_bulk_request_is_decided_by_somebody_else(glass: Glass) -> None:
    cora = Post(COORDINATOR, TEAM)
    bulk = oversight(glass.services).bulk
    first, second, own = (
        bulk.ask(glass.visit(account, cora).request(), [token(1), token(2)]) for account in ("cora", "cora", "grace")
    )
    waiting, _ = guardian.bulk_requests(glass.visit("grace", GRACE), glass.services)
    assert [(each.number, each.people) for each in waiting] == [(first, 2), (second, 2), (own, 2)]
    guardian.decide_bulk(glass.visit("grace", GRACE), glass.services, first, APPROVE)
    guardian.decide_bulk(glass.visit("grace", GRACE), glass.services, second, REFUSE)
    with pytest.raises(GovernanceError, match="E-BULK-APPROVER"):
        guardian.decide_bulk(glass.visit("grace", GRACE), glass.services, own, APPROVE)
    waiting, others = guardian.bulk_requests(glass.visit("grace", GRACE), glass.services)
    assert [each.number for each in waiting] == [own]
    assert [(each.number, each.state, each.decided_by) for each in others] == [
        (second, "refused", "grace"), (first, "approved", "grace"),
    ]  # fmt: skip


def test_bases_that_are_alike_are_one_line(glass: Glass) -> None:
    found = bases(glass.visit("grace", GRACE), glass.services)
    assert [(each.sources, each.days_left) for each in found.ending] == [(["gp", "ecds"], 20)]
    assert [each.sources for each in found.ended] == [["cld"]]
    assert [each.sources for each in found.holding] == [["register"]]
    assert dict(found.missing) == {"case-management": ["mhsds"]}
