"""Break-glass: a reason, one person, a short while, an alert without a person, a review, and nothing else until it is done."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from governance.access.break_glass import (
    CLOSE,
    JUSTIFIED,
    JUSTIFY,
    LIFT,
    LIFTED,
    NOT_JUSTIFIED,
    OPEN,
    OVERDUE,
    REASON_CODES,
    REJECT,
    STATES,
    WAITING,
)
from governance.access.roles import ROLES
from governance.reidentify import reidentify
from schemas.errors import GovernanceError
from tests.access_drawings import GLASS, NOON, House, ask, codes, house, names, subject, token
from tests.governance_drawings import nhs_number

MINUTES, DAYS = dt.timedelta(minutes=30), dt.timedelta(days=5)
TEXT = "Found collapsed at the day centre, nobody from her team is in"
GUARDIAN = ask(actor="guardian1", role="caldicott guardian", at=NOON + MINUTES)


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.tie(2)
    return made


def broken(home: House, number: int = 1, at: dt.datetime = NOON, **changes: str) -> int:
    said = {"code": "emergency", "text": TEXT} | changes
    return home.door.break_glass.open(ask(at=at), token(number), said["code"], said["text"], home.door.identities)


def state(home: House, at: dt.datetime) -> str:
    [opening] = home.door.break_glass.openings(at)
    return opening.state


def test_one_person_is_opened_for_a_short_while(home: House) -> None:
    assert codes(reidentify(ask(), [token(1)], home.door)) == ["RELATIONSHIP"]
    broken(home)
    for after, shown in ((0, "Given1"), (29, "Given1"), (30, None), (40, None)):
        answer = reidentify(ask(at=NOON + dt.timedelta(minutes=after)), [token(1), token(3)], home.door)
        assert names(answer) == [shown, None]
    assert names(reidentify(ask(actor="bea"), [token(1)], home.door)) == [None]


def test_everybody_hears_of_it_and_only_the_vault_of_the_words(home: House, tmp_path: Path) -> None:
    number = broken(home)
    [row] = home.door.audit.rows("break-glass open")
    assert (row["subject"], row["purpose"], row["actor"]) == (subject(1), "case-management: emergency", "ann")
    [alert] = home.door.queue.alerts()
    assert (alert.kind, alert.actor, alert.about) == ("break-glass", "ann", f"opening {number}: emergency")
    [opening] = home.door.break_glass.openings(NOON)
    assert home.door.break_glass.reasons.text(opening.reason) == TEXT
    assert home.door.break_glass.reasons.text(99) is None
    for seen in (repr(alert), repr(opening)):
        assert not any(each in seen for each in (token(1), subject(1), "collapsed", "Given1"))
    state_bytes = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert b"collapsed" not in state_bytes
    assert b"collapsed" in b"".join(path.read_bytes() for path in (tmp_path / "vault").iterdir())


def test_nothing_tells_whether_the_person_exists(home: House) -> None:
    assert broken(home, 99) == 1
    assert codes(reidentify(ask(), [token(99)], home.door)) == ["RELATIONSHIP"]
    assert home.door.audit.rows("break-glass open")[0]["subject"] == ""


def test_a_protected_person_stays_with_her_own_practices_team(tmp_path: Path) -> None:
    home = house(tmp_path, 2, protected={1: True})
    broken(home)
    assert codes(reidentify(ask(), [token(1)], home.door)) == ["RELATIONSHIP"]


def test_the_audit_row_comes_first(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No row, no opening: and where the words cannot be kept, none either."""

    def refuse(*_: object, **__: object) -> int:
        raise GovernanceError("E-STORE-OPEN", "the store is full.")

    for place, name in ((home.door.audit, "append"), (home.door.break_glass.reasons, "keep")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, refuse)
            with pytest.raises(GovernanceError, match="E-STORE-OPEN"):
                broken(home)
    assert home.door.break_glass.openings(NOON) == []
    assert home.door.queue.alerts() == []


@pytest.mark.parametrize(("changes", "code"), [
    ({"code": "curiosity"}, "E-BREAK-GLASS-CODE"),
    ({"text": " "}, "E-ACCESS-TEXT"),
    ({"text": f"she is {nhs_number(1)}"}, "E-ACCESS-TEXT"),
    ({"text": "born 4 May 1950"}, "E-ACCESS-TEXT"),
])  # fmt: skip
def test_a_reason_is_a_code_and_words_without_identifiers(home: House, changes: dict[str, str], code: str) -> None:
    with pytest.raises(GovernanceError, match=rf"^{code}") as refusal:
        broken(home, **changes)
    assert nhs_number(1) not in str(refusal.value)
    assert home.door.break_glass.openings(NOON) == []


@pytest.mark.parametrize("code", REASON_CODES)
def test_every_coded_reason_opens(home: House, code: str) -> None:
    assert broken(home, code=code) == 1


@pytest.mark.parametrize("role", [role.name for role in ROLES])
def test_who_may_break_glass(home: House, role: str) -> None:
    request = ask(role=role)
    if role in ("care coordinator", "accountable professional"):
        assert home.door.break_glass.open(request, token(1), "cover", TEXT, home.door.identities) == 1
        assert names(reidentify(request, [token(1)], home.door)) == ["Given1"]
        return
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-ROLE"):
        home.door.break_glass.open(request, token(1), "cover", TEXT, home.door.identities)


def test_another_role_of_the_same_user_does_not_see_what_one_opened(home: House) -> None:
    broken(home)
    assert codes(reidentify(ask(role="mdt member"), [token(1)], home.door)) == ["RELATIONSHIP"]


def test_one_person_at_a_time(home: House) -> None:
    number = broken(home)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-OPEN"):
        broken(home, 3)
    home.door.break_glass.close(number, ask())
    assert codes(reidentify(ask(), [token(1)], home.door)) == ["RELATIONSHIP"]
    broken(home, 3)
    assert names(reidentify(ask(), [token(3)], home.door)) == ["Given3"]


# What becomes of an opening: events as they happen, then its state.
LIVES = [
    (OPEN, []),
    (WAITING, [MINUTES]),
    (WAITING, [CLOSE]),
    (WAITING, [DAYS - dt.timedelta(seconds=1)]),
    (OVERDUE, [DAYS]),
    (OVERDUE, [CLOSE, DAYS]),
    (JUSTIFIED, [MINUTES, JUSTIFY]),
    (JUSTIFIED, [CLOSE, JUSTIFY, DAYS]),
    (NOT_JUSTIFIED, [MINUTES, REJECT]),
    (JUSTIFIED, [DAYS, JUSTIFY]),
    (NOT_JUSTIFIED, [DAYS, REJECT]),
    (LIFTED, [MINUTES, REJECT, LIFT]),
    (LIFTED, [DAYS, REJECT, LIFT]),
]  # fmt: skip


@pytest.mark.parametrize(("ends", "events"), LIVES)
def test_the_life_of_an_opening(home: House, ends: str, events: list[str | dt.timedelta]) -> None:
    number, now = broken(home), NOON
    for event in events:
        if isinstance(event, dt.timedelta):
            now = NOON + event
        elif event == CLOSE:
            home.door.break_glass.close(number, ask(at=now))
        else:
            home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, at=now), event)
    assert state(home, now) == ends


def test_the_dict_of_states_is_whole() -> None:
    assert {next_state for events in STATES.values() for next_state in events.values()} | {OPEN} == set(STATES)
    assert {ends for ends, _ in LIVES} == set(STATES)


@pytest.mark.parametrize("event", [JUSTIFY, REJECT])
def test_what_is_not_in_the_dict_is_refused(home: House, event: str) -> None:
    review = home.door.break_glass.review
    number = broken(home)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        review(number, dataclasses.replace(GUARDIAN, at=NOON), event)  # still open
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        review(number + 1, GUARDIAN, event)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-ROLE"):
        review(number, GUARDIAN, "looks fine")
    review(number, GUARDIAN, event)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        review(number, GUARDIAN, event)  # once
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        home.door.break_glass.close(number, ask(at=NOON + MINUTES))
    reviews = home.door.audit.rows("break-glass review")
    assert [row["purpose"] for row in reviews if row["decision"] == "allowed"] == [f"opening {number}: {event}"]


def test_two_reviews_at_the_same_moment_are_one(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds the first in the transaction, though it saw none before."""
    number = broken(home)
    stale = dataclasses.replace(home.door.break_glass.openings(NOON + MINUTES)[0])
    home.door.break_glass.review(number, GUARDIAN, JUSTIFY)
    monkeypatch.setattr(type(home.door.break_glass), "_find", lambda *_: stale)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        home.door.break_glass.review(number, GUARDIAN, REJECT)


@pytest.mark.parametrize("actor", ["ann", "Ann", " ANN "])
def test_nobody_reviews_her_own_opening_under_another_role(home: House, actor: str) -> None:
    number = broken(home)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-REVIEWER"):
        home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, actor=actor), JUSTIFY)


@pytest.mark.parametrize("role", [role.name for role in ROLES if role.name != "caldicott guardian"])
def test_only_the_guardian_reviews(home: House, role: str) -> None:
    number = broken(home)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-ROLE"):
        home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, role=role), JUSTIFY)


def test_only_the_user_closes_her_own(home: House) -> None:
    number = broken(home)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        home.door.break_glass.close(number, ask(actor="bea"))


def test_a_review_past_its_day_blocks_the_user_until_it_is_done(home: House) -> None:
    number = broken(home)
    for now, answer in ((NOON + DAYS - MINUTES, None), (NOON + DAYS, "REVIEW")):
        assert codes(reidentify(ask(at=now), [token(2)], home.door)) == [answer]
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-OVERDUE"):
        broken(home, 3, at=NOON + DAYS)
    home.door.agreements.accept("bea", home.door.agreements.current, NOON)
    assert codes(reidentify(ask(actor="bea", at=NOON + DAYS), [token(2)], home.door)) == ["RELATIONSHIP"]  # she alone
    home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, at=NOON + DAYS), REJECT)
    assert names(reidentify(ask(at=NOON + DAYS), [token(2)], home.door)) == ["Given2"]


def allowing(home: House, **rules: int) -> House:
    glass = dataclasses.replace(home.door.break_glass, rules=dataclasses.replace(GLASS, **rules))
    return House(dataclasses.replace(home.door, break_glass=glass), home.vault, home.ties)


def reviewed(home: House, number: int, at: dt.datetime, verdict: str = JUSTIFY) -> None:
    home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, at=at), verdict)


def test_after_an_opening_that_was_not_justified_there_is_none_until_the_guardian_lifts_it(home: House) -> None:
    number, later = broken(home), NOON + 2 * MINUTES
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        reviewed(home, number, later, LIFT)  # nothing to lift
    reviewed(home, number, later, REJECT)
    for person in (1, 3):
        for days in (0, 400):
            with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-BLOCKED"):
                broken(home, person, at=later + dt.timedelta(days=days))
    assert names(reidentify(ask(at=later), [token(1), token(2)], home.door)) == [None, "Given2"]  # her own people stay
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-ROLE"):
        home.door.break_glass.review(number, ask(at=later), LIFT)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-REVIEWER"):
        home.door.break_glass.review(number, dataclasses.replace(GUARDIAN, actor="Ann", at=later), LIFT)
    reviewed(home, number, later, LIFT)
    assert home.door.audit.rows("break-glass review")[-1]["purpose"] == f"opening {number}: {LIFT}"
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-STATE"):
        reviewed(home, number, later, LIFT)  # once
    assert broken(home, 3, at=later) == number + 1


def test_another_users_opening_that_was_not_justified_stops_nobody_else(home: House) -> None:
    reviewed(home, broken(home), NOON + MINUTES, REJECT)
    bea = ask(actor="bea", at=NOON + MINUTES)
    assert home.door.break_glass.open(bea, token(1), "cover", TEXT, home.door.identities) == 2


def opened_again(home: House, person: int, at: dt.datetime) -> bool:
    """Whether one more opening is made, and found justified."""
    try:
        number = broken(home, person, at=at)
    except GovernanceError as refusal:
        assert refusal.code == "E-BREAK-GLASS-LIMIT"  # noqa: PT017
        return False
    reviewed(home, number, at + MINUTES)
    return True


def test_openings_of_one_person_are_counted_over_a_month(home: House) -> None:
    home = allowing(home, same_person_in_a_month=2)
    hours = [NOON + dt.timedelta(hours=hour) for hour in (0, 5, 6, 7)]
    assert [opened_again(home, 1, hour) for hour in hours] == [True, True, False, False]
    assert opened_again(home, 3, hours[3])
    month = dt.timedelta(days=30)
    assert [opened_again(home, 1, NOON + month + after) for after in (-MINUTES, MINUTES, 2 * MINUTES)] == [False, True, False]
    assert home.door.audit.rows()[-1]["purpose"] == "case-management: refused E-BREAK-GLASS-LIMIT"


def test_openings_of_one_user_are_counted_over_a_week(home: House) -> None:
    home = allowing(home, in_a_week=3)
    assert [opened_again(home, each, NOON + dt.timedelta(hours=each)) for each in range(1, 6)] == [True, True, True, False, False]
    assert opened_again(home, 4, NOON + dt.timedelta(days=7, hours=2))
    assert home.door.break_glass.open(ask(actor="bea"), token(4), "cover", TEXT, home.door.identities)


def test_a_request_dated_before_the_opening_has_none_of_it(home: House) -> None:
    broken(home)
    for before in (dt.timedelta(seconds=1), dt.timedelta(days=3)):
        early = NOON - before
        assert names(reidentify(ask(at=early), [token(1)], home.door)) == [None]
        assert home.door.break_glass.openings(early) == []
        with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-OPEN"):
            broken(home, 3, at=early)  # and makes no second one beside it
    assert names(reidentify(ask(), [token(1)], home.door)) == ["Given1"]


def test_a_request_dated_before_the_review_does_not_open_it_again(home: House) -> None:
    reviewed(home, broken(home), NOON + MINUTES, REJECT)
    assert names(reidentify(ask(), [token(1)], home.door)) == [None]
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-BLOCKED"):
        broken(home, 3)


def test_the_database_refuses_changes(home: House, tmp_path: Path) -> None:
    home.door.break_glass.close(broken(home), ask())
    connection = sqlite3.connect(tmp_path / "state" / "application.db")
    for table in ("break_glass", "break_glass_event", "guardian_alert"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.close()


def test_who_tries_a_shut_door_is_seen_trying(home: House) -> None:
    number = broken(home)
    glass = home.door.break_glass
    tries = [
        (lambda: glass.open(ask(role="analyst"), token(1), "cover", TEXT, home.door.identities), "open", "ROLE"),
        (lambda: glass.open(ask(), token(1), "curiosity", TEXT, home.door.identities), "open", "CODE"),
        (lambda: glass.open(ask(), token(3), "cover", TEXT, home.door.identities), "open", "OPEN"),
        (lambda: glass.close(number, ask(actor="bea")), "close", "STATE"),
        (lambda: glass.review(number, ask(), JUSTIFY), "review", "ROLE"),
        (lambda: glass.review(number, dataclasses.replace(GUARDIAN, actor="ann"), JUSTIFY), "review", "REVIEWER"),
        (lambda: glass.review(number, dataclasses.replace(GUARDIAN, at=NOON), JUSTIFY), "review", "STATE"),
    ]
    for attempt, action, code in tries:
        with pytest.raises(GovernanceError, match=rf"^E-BREAK-GLASS-{code}"):
            attempt()
        last = home.door.audit.rows()[-1]
        assert (last["action"], last["decision"]) == (f"break-glass {action}", "denied")
        assert last["purpose"] == f"case-management: refused E-BREAK-GLASS-{code}"


def test_two_openings_at_the_same_moment_are_one(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second saw none open; the transaction that would write it finds the first."""
    keep = home.door.break_glass.reasons.keep

    def meanwhile(text: str, *, actor: str, at: dt.datetime) -> int:
        monkeypatch.setattr(home.door.break_glass.reasons, "keep", keep)
        broken(home, 3)
        return keep(text, actor=actor, at=at)

    monkeypatch.setattr(home.door.break_glass.reasons, "keep", meanwhile)
    with pytest.raises(GovernanceError, match=r"^E-BREAK-GLASS-OPEN"):
        broken(home)
    assert names(reidentify(ask(), [token(1), token(3)], home.door)) == [None, "Given3"]
