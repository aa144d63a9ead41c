"""Bulk: another account approves, once, for these people, this purpose and this account, before it expires."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from governance.access.bulk import APPROVE, APPROVED, ASKED, EXPIRED, REFUSE, REFUSED, STATES, USED, watermark
from governance.access.roles import ROLES
from governance.reidentify import reidentify
from schemas.errors import GovernanceError
from tests.access_drawings import FREE, NOON, House, ask, codes, house, names, subject, token

HOURS = dt.timedelta(hours=8)
GUARDIAN = ask(actor="guardian1", role="caldicott guardian")
PEOPLE = [token(1), token(2), token(3)]


@pytest.fixture
def home(tmp_path: Path) -> House:
    """A request may name two people, a user see one outside her caseload. 1 and 2 are referred to her, 3 is not hers."""
    made = house(tmp_path)
    for number in (1, 2):
        made.tie(number, "referral")
    limits = dataclasses.replace(FREE, most_rows=2, people_in_24_hours=1)
    return dataclasses.replace(made, door=dataclasses.replace(made.door, limits=limits))


def approved(home: House) -> int:
    number = home.door.bulk.ask(ask(), PEOPLE)
    home.door.bulk.decide(number, GUARDIAN, APPROVE)
    return number


def test_what_was_approved_is_shown_once_and_row_by_row(home: House) -> None:
    number = approved(home)
    answer = reidentify(ask(), PEOPLE, home.door, approval=number)
    assert names(answer) == ["Given1", "Given2", None]
    assert codes(answer) == [None, None, "RELATIONSHIP"]  # an approval makes no relationship
    rows = [(row["subject"], row["decision"]) for row in home.door.audit.rows("reidentify")]
    assert sorted(rows) == sorted([(subject(3), "denied"), (subject(1), "allowed"), (subject(2), "allowed")])
    assert [alert.kind for alert in home.door.queue.alerts()] == ["limit"]  # the limit alarms, though it refuses nobody
    with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
        reidentify(ask(), PEOPLE, home.door, approval=number)
    assert home.vault.reads == 1


def test_without_an_approval_nobody_is_shown(home: House) -> None:
    number = home.door.bulk.ask(ask(), PEOPLE)
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-ROWS"):
        reidentify(ask(), PEOPLE, home.door)
    with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
        reidentify(ask(), PEOPLE, home.door, approval=number)
    with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
        reidentify(ask(), PEOPLE, home.door, approval=number + 1)
    assert home.vault.reads == 0
    assert codes(reidentify(ask(), PEOPLE[:2], home.door)) == ["LIMIT", "LIMIT"]


@pytest.mark.parametrize(("changes", "people"), [
    ({"actor": "bea"}, PEOPLE),
    ({"role": "gp practice user"}, PEOPLE),
    ({"purpose": "population-analysis"}, PEOPLE),
    ({}, PEOPLE[:2]),
    ({}, [*PEOPLE, token(4)]),
    ({}, [token(1), token(2), token(4)]),
])  # fmt: skip
def test_an_approval_is_for_what_was_asked(home: House, changes: dict[str, str], people: list[str]) -> None:
    number = approved(home)
    with pytest.raises(GovernanceError, match=r"^E-BULK-OTHER"):
        reidentify(ask(**changes), people, home.door, approval=number)
    assert names(reidentify(ask(), list(reversed(PEOPLE)), home.door, approval=number)) == [None, "Given2", "Given1"]


@pytest.mark.parametrize("actor", ["ann", "Ann", " ann "])
def test_nobody_approves_her_own_under_another_role(home: House, actor: str) -> None:
    number = home.door.bulk.ask(ask(), PEOPLE)
    for event in (APPROVE, REFUSE):
        with pytest.raises(GovernanceError, match=r"^E-BULK-APPROVER"):
            home.door.bulk.decide(number, dataclasses.replace(GUARDIAN, actor=actor), event)
    assert home.door.bulk.find(number, NOON).state == ASKED


@pytest.mark.parametrize("role", [role.name for role in ROLES])
def test_who_asks_and_who_approves(home: House, role: str) -> None:
    if role in ("care coordinator", "gp practice user"):
        number = home.door.bulk.ask(ask(role=role), PEOPLE)
    else:
        with pytest.raises(GovernanceError, match=r"^E-BULK-ROLE"):
            home.door.bulk.ask(ask(role=role), PEOPLE)
        number = home.door.bulk.ask(ask(), PEOPLE)
    approver = ask(actor="carol", role=role)
    if role == "caldicott guardian":
        home.door.bulk.decide(number, approver, APPROVE)
        assert home.door.bulk.find(number, NOON).decided_by == "carol"
    else:
        with pytest.raises(GovernanceError, match=r"^E-BULK-ROLE"):
            home.door.bulk.decide(number, approver, APPROVE)


@pytest.mark.parametrize(("count", "accepted"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_request_names_so_many_people(home: House, count: int, accepted: bool) -> None:
    people = [token(number) for number in range(1, count + 1)] * 2  # twice the same person is one
    if accepted:
        assert home.door.bulk.find(home.door.bulk.ask(ask(), people), NOON).people == count
        return
    with pytest.raises(GovernanceError, match=r"^E-BULK-ROWS"):
        home.door.bulk.ask(ask(), people)
    assert home.door.bulk.requests(NOON) == []


# What becomes of a request: answers and hours as they pass, then its state.
JUST_BEFORE = HOURS - dt.timedelta(seconds=1)
LIVES = [
    (ASKED, []),
    (ASKED, [JUST_BEFORE]),
    (EXPIRED, [HOURS]),
    (APPROVED, [APPROVE]),
    (APPROVED, [JUST_BEFORE, APPROVE, HOURS]),          # hours count anew from the approval
    (EXPIRED, [APPROVE, HOURS]),
    (REFUSED, [REFUSE]),
    (REFUSED, [REFUSE, HOURS]),
    (USED, [APPROVE, "use"]),
    (USED, [APPROVE, "use", HOURS]),
]  # fmt: skip


@pytest.mark.parametrize(("ends", "events"), LIVES)
def test_the_life_of_a_request(home: House, ends: str, events: list[str | dt.timedelta]) -> None:
    bulk, now = home.door.bulk, NOON
    number = bulk.ask(ask(), PEOPLE)
    for event in events:
        if isinstance(event, dt.timedelta):
            now = NOON + event
        elif event == "use":
            bulk.use(number, ask(at=now), PEOPLE)
        else:
            bulk.decide(number, dataclasses.replace(GUARDIAN, at=now), event)
    assert bulk.find(number, now).state == ends
    if ends != APPROVED:
        with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
            bulk.use(number, ask(at=now), PEOPLE)
    if ends != ASKED:
        with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
            bulk.decide(number, dataclasses.replace(GUARDIAN, at=now), APPROVE)


def test_the_dict_of_states_is_whole() -> None:
    assert {ends for ends, _ in LIVES} == set(STATES)
    assert {state for events in STATES.values() for state in events.values()} | {ASKED} == set(STATES)


def test_one_approval_used_twice_at_the_same_moment_is_used_once(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second saw it approved, too; the transaction finds the first."""
    number = approved(home)
    stale = home.door.bulk.find(number, NOON)
    home.door.bulk.use(number, ask(), PEOPLE)
    monkeypatch.setattr(type(home.door.bulk), "find", lambda *_: stale)
    with pytest.raises(GovernanceError, match=r"^E-BULK-STATE"):
        reidentify(ask(), PEOPLE, home.door, approval=number)
    assert home.vault.reads == 0


def test_every_step_is_written_down_and_no_step_holds_a_person(home: House) -> None:
    number = approved(home)
    home.door.bulk.use(number, ask(), PEOPLE)
    rows = [(row["action"], row["actor"], row["purpose"], row["subject"]) for row in home.door.audit.rows()]
    assert rows == [
        ("bulk ask", "ann", "case-management: 3 people", ""),
        ("bulk decision", "guardian1", f"request {number}: another account approves", ""),
        ("bulk use", "ann", f"request {number}: it is used", ""),
    ]


def test_an_approver_sees_no_person(home: House) -> None:
    assert not any(each in repr(home.door.bulk.find(approved(home), NOON)) for each in [*PEOPLE, "Given1", subject(1)])


def test_the_watermark_says_whose_copy_it_is(home: House) -> None:
    number = approved(home)
    text = watermark(home.door.bulk.use(number, ask(), PEOPLE))
    assert text == (
        f"Confidential. Copy of ann (care coordinator) for case-management: bulk request {number}, 3 people, "
        "approved by guardian1 on 30 September 2026."
    )
    assert "approved by nobody" in watermark(home.door.bulk.find(home.door.bulk.ask(ask(), PEOPLE), NOON))


def test_who_tries_a_shut_door_is_seen_trying(home: House) -> None:
    bulk, number = home.door.bulk, approved(home)
    tries = [
        (lambda: bulk.ask(ask(role="analyst"), PEOPLE), "ask", "ROLE"),
        (lambda: bulk.ask(ask(), []), "ask", "ROWS"),
        (lambda: bulk.decide(number, ask(), APPROVE), "decision", "ROLE"),
        (lambda: bulk.decide(number, dataclasses.replace(GUARDIAN, actor="ann"), APPROVE), "decision", "APPROVER"),
        (lambda: bulk.decide(number, GUARDIAN, APPROVE), "decision", "STATE"),
        (lambda: bulk.use(number, ask(), PEOPLE[:1]), "use", "OTHER"),
    ]
    for attempt, action, code in tries:
        with pytest.raises(GovernanceError, match=rf"^E-BULK-{code}"):
            attempt()
        last = home.door.audit.rows()[-1]
        assert (last["action"], last["decision"]) == (f"bulk {action}", "denied")
        assert last["purpose"] == f"case-management: refused E-BULK-{code}"
