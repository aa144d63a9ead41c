"""Entries: decisions, what they leave behind, and what follows from them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from caseload.entries.joining import Joining
from caseload.entries.policies import EntryRules
from caseload.entries.strands import CARER, ITEM, PLAN, STAY
from caseload.entries.tables import TABLES
from governance.audit import Audit
from schemas.errors import GovernanceError
from tests.access_drawings import NOON, TODAY, ask, codes, house, subject, token
from tests.entries_drawings import caseload, opened

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def refusal(work: Any, *args: Any, **said: Any) -> str:
    with pytest.raises(GovernanceError) as caught:
        work(*args, **said)
    return caught.value.code


def test_a_decision_leaves_who_when_why_and_its_audit_row(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    entry = desk.decide(1, "accept", coordinator="sam", note=7)
    assert (entry.state, entry.professional, entry.coordinator, entry.reason) == ("accepted", "pat", "sam", "frailty")
    assert (entry.decided_by, entry.role, entry.decided_at, entry.since) == ("ann", "care coordinator", NOON, TODAY)
    assert (entry.tier, entry.due, entry.note, entry.last) == ("case management", dt.date(2026, 10, 30), 7, 1)
    (row,) = desk.house.door.audit.rows()
    assert (row["action"], row["purpose"], row["subject"]) == ("caseload accept", "case-management: frailty", subject(1))
    (event,) = desk.entries.history("castle", token(1))
    assert (event.pseudonym, event.event, event.actor, event.run_id) == (token(1), "accept", "ann", "n1")


def test_an_entry_keeps_its_people_and_its_beginning_until_it_is_closed(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", coordinator="sam", note=7, tier="care navigation")
    begun = desk.decide(1, "begin", at=NOON + DAY)
    assert (begun.professional, begun.coordinator, begun.since, begun.note) == ("pat", "sam", TODAY, None)
    assert (begun.tier, begun.due) == ("care navigation", dt.date(2027, 1, 1))  # three months from 1 October
    moved = desk.decide(1, "assign", professional="sam", at=NOON + DAY)
    assert (moved.professional, moved.coordinator, moved.due) == ("sam", "sam", begun.due)
    closed = desk.decide(1, "close", at=NOON + 2 * DAY)
    assert (closed.professional, closed.coordinator, closed.due, closed.since) == ("", "", None, TODAY + 2 * DAY)


def test_a_review_that_is_due_is_done_and_the_next_one_has_its_day(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    late = NOON + 40 * DAY
    assert desk.state(1, late.date()) == "review due"
    assert desk.decide(1, "review", at=late).due == dt.date(2026, 12, 9)
    assert desk.state(1, late.date()) == "active"


def test_what_was_deferred_comes_back_and_is_decided(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "defer")
    assert desk.state(1, TODAY + 14 * DAY) == "proposed"
    entry = desk.decide(1, "accept", at=NOON + 20 * DAY)
    assert (entry.state, entry.until) == ("accepted", None)


def test_of_two_who_decide_at_once_one_is_told(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    seen = desk.entries.entry("castle", token(1), TODAY).last
    desk.decide(1, "defer", last=seen)
    assert refusal(desk.decide, 1, "accept", last=seen) == "E-ENTRY-STATE"  # the state would lead there: what she saw is stale
    assert desk.state(1) == "deferred"
    assert desk.audited()[-1] == ("caseload accept", "denied")


def test_nobody_decides_of_somebody_elses_patient_and_learns_nothing(tmp_path: Path) -> None:
    made = house(tmp_path, 2)
    made.tie(1)
    desk = dataclasses.replace(caseload(tmp_path / "other"), house=made, entries=opened(made))
    foreign, absent = refusal(desk.decide, 2, "accept"), refusal(desk.decide, 77, "accept")
    assert foreign == absent == "E-ACCESS-RELATIONSHIP"
    assert desk.audited() == [("caseload accept", "denied")] * 2
    assert {row["subject"] for row in made.door.audit.rows()} == {""}
    assert desk.entries.current("castle", TODAY).num_rows == 0


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"role": "analyst"}, "E-ENTRY-ROLE"),
        ({"role": "mdt member"}, "E-ENTRY-ROLE"),
        ({"team": "other"}, "E-ENTRY-TEAM"),
        ({"team": ""}, "E-ENTRY-TEAM"),
        ({"actor": "bob"}, "E-ACCESS-AGREEMENT"),
        ({"reason": "because"}, "E-ENTRY-REASON"),
        ({"until": TODAY + DAY}, "E-ENTRY-DATE"),
    ],
)
def test_what_is_refused_changes_nothing_and_is_written_down(said: dict[str, Any], code: str, tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    assert refusal(desk.decide, 1, "accept", **said) == code
    (row,) = desk.house.door.audit.rows()
    assert (row["decision"], row["purpose"]) == ("denied", f"case-management: refused {code}")
    assert desk.entries.position() == 0
    assert desk.ties(1) == []


def test_a_hostile_step_name_reaches_neither_history_nor_log(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    assert refusal(desk.decide, 1, "=cmd|' /C calc'!A0" * 100) == "E-ENTRY-ROLE"
    assert desk.audited() == [("caseload change", "denied")]
    assert refusal(desk.take, "<script>alert(1)</script>", "x", number=1) == "E-ENTRY-ROLE"


def test_without_an_audit_row_there_is_no_decision(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    with desk.house.door.audit.store.write() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    assert refusal(desk.decide, 1, "accept") == "E-AUDIT-STORE"
    assert desk.entries.position() == 0
    assert desk.ties(1) == []


def test_without_a_decision_there_is_no_audit_row(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    with desk.house.door.audit.store.write() as connection:
        connection.exec_driver_sql("CREATE TRIGGER full BEFORE INSERT ON caseload_event BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert refusal(desk.decide, 1, "accept") == "E-AUDIT-STORE"
    assert desk.house.door.audit.last()[0] == 0


def test_the_database_refuses_every_change_of_a_row(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    desk.entries.look(ask())
    desk.entries.join("castle", Joining({token(1): token(2)}), at=NOON)
    store = desk.house.door.audit.store
    for table in TABLES:
        for statement in (update(table).values(at="x"), table.delete()):
            with pytest.raises(SQLAlchemyError, match="append-only"), store.write() as connection:
                connection.execute(statement)


# Unread: the person's page was not opened on this night, or not for long enough to be read.


@pytest.mark.parametrize(
    ("look", "decided", "unread"),
    [
        (None, NOON, True),
        (ask(at=NOON - HOUR), NOON, False),
        (ask(at=NOON - dt.timedelta(seconds=4)), NOON, True),
        (ask(at=NOON - dt.timedelta(seconds=5)), NOON, False),
        (ask(at=NOON - HOUR, run_id="n0"), NOON, True),  # another night's page
        (ask(at=NOON - HOUR, actor="bob"), NOON, True),  # somebody else's look
    ],
)
def test_a_decision_is_read_or_unread(look: Any, decided: dt.datetime, unread: bool, tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    if look is not None:
        desk.entries.look(look, token(1))
    desk.entries.look(ask(at=NOON - HOUR), token(2))
    assert desk.decide(1, "accept", at=decided).unread is unread


def test_the_last_look_is_that_of_an_earlier_night(tmp_path: Path) -> None:
    entries = caseload(tmp_path).entries
    monday, tuesday = ask(), ask(at=NOON + DAY, run_id="n2")
    assert entries.last_look(monday) is None
    entries.look(monday)
    entries.look(dataclasses.replace(monday, at=NOON + HOUR))
    assert entries.last_look(monday) is None  # her first night still
    assert entries.last_look(tuesday) == (NOON, monday.run_id)
    entries.look(tuesday)
    assert entries.last_look(ask(run_id="n3")) == (NOON + DAY, "n2")
    assert entries.last_look(tuesday, token(1)) is None


@pytest.mark.parametrize("name", ["=1+1", "x" * 10_000, "castle2-7ZCWSQ4QB6NT18QFD7BBXYNR1WX", "Given1 Family1"])
def test_only_a_pseudonym_of_the_team_is_looked_at(name: str, tmp_path: Path) -> None:
    entries = caseload(tmp_path).entries
    assert refusal(entries.look, ask(), name).startswith("E-PSEUDONYM")
    assert refusal(entries.look, ask(team="other")) == "E-ENTRY-TEAM"
    assert entries.last_look(ask(run_id="n2"), name) is None


# What follows: ties.


def test_an_episode_ties_the_team_and_the_two_who_are_responsible(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", coordinator="sam")
    held = [("episode", who, TODAY, None) for who in ("castle", "pat.1", "sam.1", "sam.2")]
    assert desk.ties(1) == held
    desk.decide(1, "assign", professional="sam", at=NOON + 3 * DAY)
    assert desk.ties(1) == [held[0], ("episode", "pat.1", TODAY, TODAY + 3 * DAY), *held[2:]]
    desk.decide(1, "close", at=NOON + 5 * DAY)
    assert {last for _, _, _, last in desk.ties(1)} == {TODAY + 3 * DAY, TODAY + 5 * DAY}


def test_a_referral_ties_until_it_is_decided(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "refer", professional="pat")
    assert desk.ties(1) == [("referral", "castle", TODAY, None), ("referral", "pat.1", TODAY, None)]
    desk.decide(1, "defer", at=NOON + DAY)
    assert desk.ties(1)[0] == ("referral", "castle", TODAY, None)
    desk.decide(1, "decline", at=NOON + 2 * DAY)
    assert ("referral", "castle", TODAY, TODAY + 2 * DAY) in desk.ties(1)
    assert all(last is not None for *_, last in desk.ties(1))


def test_an_episode_that_begins_twice_on_a_day_holds(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    for step in ("accept", "close", "reconsider", "accept"):
        desk.decide(1, step, at=NOON)
    assert ("episode", "castle", TODAY, None) in desk.ties(1)
    assert ("episode", "castle", TODAY, TODAY) in desk.ties(1)
    desk.decide(1, "close", at=NOON + DAY)
    assert ("episode", "castle", TODAY, TODAY + DAY) in desk.ties(1)
    assert desk.entries.mend(at=NOON + DAY, by="system") == 0


def test_the_one_who_takes_a_person_on_sees_her_and_no_longer_once_it_is_over(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    door = desk.house.door
    door.agreements.accept("pat.1", "2026-04", NOON)
    pat = ask(actor="pat.1", role="accountable professional")
    from governance.reidentify import reidentify

    assert codes(reidentify(pat, [token(1)], door)) == ["RELATIONSHIP"]
    desk.decide(1, "accept")
    assert codes(reidentify(pat, [token(1)], door)) == [None]
    desk.decide(1, "close")
    assert codes(reidentify(pat, [token(1)], door)) == ["RELATIONSHIP"]


def test_what_a_crash_left_undone_is_mended_when_it_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")

    def crash(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.entries, "follow", crash)
    for number, step in ((1, "close"), (2, "accept"), (3, "refer")):
        with pytest.raises(KeyboardInterrupt):
            desk.decide(number, step, at=NOON + DAY)
    assert (desk.state(1), desk.state(2), desk.state(3)) == ("closed", "accepted", "proposed")
    assert desk.ties(1)[0][-1] is None
    assert desk.ties(2) == desk.ties(3) == []
    again = opened(desk.house)
    assert again.mend(at=NOON + DAY, by="system") == 2 + 2 + 1
    assert {last for *_, last in desk.ties(1)} == {TODAY + DAY}
    assert desk.ties(2)[0] == ("episode", "castle", TODAY + DAY, None)
    assert desk.ties(3) == [("referral", "castle", TODAY + DAY, None)]
    assert again.mend(at=NOON + DAY, by="system") == 0


def test_a_decision_stands_where_its_ties_cannot_be_written_and_they_come_with_the_next(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    ties = desk.house.ties

    class Locked:
        domain = ties.domain

        def settle(self, *_: Any, **__: Any) -> int:
            raise GovernanceError("E-STORE-OPEN", "locked.")

    desk.entries.ties = {"castle": Locked()}  # type: ignore[dict-item]
    assert desk.decide(1, "accept").state == "accepted"
    assert desk.ties(1) == []
    desk.entries.ties = {"castle": ties}
    desk.decide(2, "accept")
    assert len(desk.ties(1)) == len(desk.ties(2)) == 2


def test_people_go_by_their_new_pseudonyms_too(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    desk.decide(2, "decline")
    entries = desk.entries
    words = {token(1): token(3), token(2): token(4), token(77): token(78)}
    assert entries.carry_over("castle", words, at=NOON) == 2
    assert entries.carry_over("castle", words, at=NOON) == 0
    assert (desk.state(3), desk.state(4), desk.state(1)) == ("accepted", "declined", "accepted")
    assert [each.event for each in entries.history("castle", token(3))] == ["accept"]
    assert entries.current("castle", TODAY)["pseudonym"].to_pylist() == sorted([token(3), token(4)])
    assert desk.decide(3, "begin").state == "active"
    assert desk.state(1) == "active"


def test_what_cannot_be_read_is_a_coded_refusal(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    (tmp_path / "state" / "audit.db").write_bytes(b"no database at all" * 400)
    for work in (lambda: desk.entries.current("castle", TODAY), lambda: desk.entries.look(ask()), desk.entries.position):
        assert refusal(work) == "E-ENTRY-STORE"


def test_an_account_that_is_no_longer_the_professionals_loses_its_tie(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", professional="sam")
    later = opened(desk.house)
    later.accounts = {"sam": ("sam.1",)}
    assert later.mend(at=NOON + DAY, by="system") == 1
    assert ("episode", "sam.2", TODAY, TODAY + DAY) in desk.ties(1)


# Plans, carers, meetings, actions, stays.


def test_a_plan_is_made_looked_at_and_ended(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    made = desk.take("plan made", "advance care plan", number=1, due=TODAY + 90 * DAY, note=3)
    assert refusal(desk.take, "plan made", "advance care plan", number=1) == "E-ENTRY-STATE"  # one of each kind
    assert desk.take("plan made", "contingency plan", number=1).state == "in place"
    seen = desk.take("plan reviewed", number=1, thread=made.thread, last=made.number)
    assert (seen.kind, seen.reason, seen.due, seen.note) == ("advance care plan", "", TODAY + 90 * DAY, None)
    assert refusal(desk.take, "plan ended", number=1, thread=made.thread, last=made.number) == "E-ENTRY-STATE"
    desk.take("plan ended", number=1, thread=made.thread, last=seen.number)
    plans = desk.entries.threads("castle", PLAN, [token(1)])
    assert [(plan.kind, plan.state) for plan in plans] == [("advance care plan", "ended"), ("contingency plan", "in place")]
    assert desk.take("plan made", "advance care plan", number=1).state == "in place"


def test_a_carer_is_linked_by_her_own_pseudonym(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    linked = desk.take("carer linked", "child", number=1, carer=token(2))
    desk.take("carer linked", "partner", number=1)  # in nobody's data
    assert desk.entries.carers("castle", [token(1), token(3)]) == {token(1): [(token(2), "child"), ("", "partner")]}
    assert [row["subject"] for row in desk.house.door.audit.rows()] == [subject(1), subject(2), subject(1)]
    assert refusal(desk.take, "carer linked", "partner", number=1, carer=token(2)) == "E-ENTRY-STATE"
    assert refusal(desk.take, "carer linked", "partner", number=1, carer=token(1)) == "E-ENTRY-FIELD"
    assert refusal(desk.take, "carer linked", "partner", number=1, carer=token(99)) == "E-ACCESS-RELATIONSHIP"
    desk.take("carer unlinked", "no longer cares", number=1, thread=linked.thread, last=linked.number)
    assert desk.entries.carers("castle", [token(1)]) == {token(1): [("", "partner")]}
    assert len(desk.entries.threads("castle", CARER)) == 2


def test_those_invited_see_the_agenda_in_its_window(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    meeting = desk.meet()
    desk.take("item added", "review due", number=1, of=meeting.thread, professional="pat", note=4)
    desk.take("attendee invited", of=meeting.thread, account="Mia Member")
    window = ("meeting", "mia member", TODAY, TODAY + 3 * DAY)
    assert desk.ties(1) == [window]
    item = desk.take("item added", "asked for", number=2, of=meeting.thread)
    assert desk.ties(2) == [window]
    desk.take("item withdrawn", "no longer needed", number=2, thread=item.thread, last=item.number, at=NOON + DAY)
    assert desk.ties(2) == [("meeting", "mia member", TODAY, TODAY + DAY)]
    assert refusal(desk.take, "item added", "asked for", number=1, of=meeting.thread) == "E-ENTRY-STATE"  # once
    assert refusal(desk.take, "item added", "asked for", number=3, of=99) == "E-ENTRY-NONE"
    assert refusal(desk.take, "item added", "asked for", number=3, of=item.thread) == "E-ENTRY-NONE"  # no meeting
    assert desk.entries.mend(at=NOON + DAY, by="system") == 0


def test_a_cancelled_meeting_shuts_its_window_and_one_who_leaves_loses_his(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    meeting = desk.meet()
    desk.take("item added", "asked for", number=1, of=meeting.thread)
    mia, bob = (desk.take("attendee invited", of=meeting.thread, account=name) for name in ("mia", "bob"))
    desk.take("attendee leaves", thread=bob.thread, last=bob.number, at=NOON + DAY)
    assert [tie for tie in desk.ties(1) if tie[3] > TODAY + DAY] == [("meeting", "mia", TODAY, TODAY + 3 * DAY)]
    desk.take("meeting cancelled", thread=meeting.thread, last=meeting.number, at=NOON + DAY)
    assert {tie[3] for tie in desk.ties(1)} == {TODAY + DAY}
    assert mia.state == "invited"
    assert refusal(desk.take, "item added", "asked for", number=2, of=meeting.thread) == "E-ENTRY-STATE"


def test_an_item_is_carried_forward_to_the_next_meeting_and_its_actions_stay_to_be_done(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    first, second = desk.meet(), desk.meet(due=TODAY + 8 * DAY, since=TODAY + 7 * DAY, until=TODAY + 8 * DAY)
    for meeting in (first, second):
        desk.take("attendee invited", of=meeting.thread, account="mia")
    item = desk.take("item added", "asked for", number=1, of=first.thread)
    action = desk.take("action agreed", "visit", number=1, of=item.thread, professional="pat", due=TODAY + 5 * DAY)
    carried = desk.take("item carried forward", "goes on", number=1, thread=item.thread, last=item.number, of=second.thread)
    assert (carried.other, carried.state, carried.kind) == (second.thread, "on the agenda", "asked for")
    assert desk.ties(1) == [
        ("meeting", "mia", TODAY + 7 * DAY, TODAY + 9 * DAY),
        ("meeting", "mia", TODAY, TODAY),
    ] or desk.ties(1) == [("meeting", "mia", TODAY, TODAY), ("meeting", "mia", TODAY + 7 * DAY, TODAY + 9 * DAY)]
    agenda = [each for each in desk.entries.threads("castle", ITEM) if each.other == second.thread]
    assert [each.pseudonym for each in agenda] == [token(1)]
    later = desk.take(
        "action carried forward", "no time", number=1, thread=action.thread, last=action.number, due=TODAY + 9 * DAY
    )  # fmt: skip
    assert (later.state, later.kind, later.professional, later.due) == ("to do", "visit", "pat", TODAY + 9 * DAY)
    assert desk.take("action done", number=1, thread=action.thread, last=later.number).state == "done"


def test_a_stay_has_a_bed_a_way_in_and_a_length(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    stay = desk.take("step up", "getting worse", number=1, ward="ward-1", until=TODAY + 7 * DAY)
    desk.take("step down", "early discharge", number=2, ward="ward-1")
    assert refusal(desk.take, "step up", "getting worse", number=1, ward="ward-1") == "E-ENTRY-STATE"  # she is there
    assert refusal(desk.take, "step up", "getting worse", number=3, ward="ward-1") == "E-ENTRY-BEDS"
    assert refusal(desk.take, "step up", "getting worse", number=3, ward="ward-far") == "E-ENTRY-WARD"
    ended = desk.take("stay ended", "recovered", number=1, thread=stay.thread, last=stay.number, at=NOON + 6 * DAY)
    assert (ended.event, ended.since, (ended.at.date() - ended.since).days) == ("stay ended", TODAY, 6)  # type: ignore[operator]
    assert desk.take("step up", "getting worse", number=3, ward="ward-1", at=NOON + 6 * DAY).state == "on the ward"
    assert [each.state for each in desk.entries.threads("castle", STAY)] == ["left", "on the ward", "on the ward"]


@pytest.mark.parametrize(
    ("step", "reason", "said", "code"),
    [
        ("plan made", "advance care plan", {"number": 0}, "E-ENTRY-FIELD"),  # of nobody
        ("plan made", "a plan", {}, "E-ENTRY-REASON"),
        ("plan made", "advance care plan", {"ward": "ward-1"}, "E-ENTRY-FIELD"),
        ("plan made", "advance care plan", {"due": TODAY - DAY}, "E-ENTRY-DATE"),
        ("plan made", "advance care plan", {"due": TODAY + 733 * DAY}, "E-ENTRY-DATE"),
        ("plan made", "advance care plan", {"note": -1}, "E-ENTRY-NOTE"),
        ("plan made", "advance care plan", {"thread": 1}, "E-ENTRY-STATE"),
        ("plan ended", "", {}, "E-ENTRY-STATE"),  # which?
        ("plan ended", "", {"thread": 5}, "E-ENTRY-NONE"),
        ("action agreed", "visit", {"professional": "far", "due": TODAY}, "E-ENTRY-PROFESSIONAL"),
        ("action agreed", "visit", {"professional": "pat"}, "E-ENTRY-FIELD"),
        ("step up", "getting worse", {"ward": "ward-1", "since": TODAY + DAY}, "E-ENTRY-DATE"),
        ("step up", "getting worse", {"ward": "ward-1", "since": TODAY - 367 * DAY}, "E-ENTRY-DATE"),
        ("meeting planned", "mdt", {"number": 0, "since": TODAY, "due": TODAY, "until": TODAY + 14 * DAY}, "E-ENTRY-DATE"),
        ("meeting planned", "mdt", {"number": 0, "since": TODAY + DAY, "due": TODAY, "until": TODAY + DAY}, "E-ENTRY-DATE"),
        ("meeting planned", "mdt", {"since": TODAY, "due": TODAY, "until": TODAY}, "E-ENTRY-FIELD"),  # about a person
    ],
)
def test_a_step_that_says_what_it_must_not_is_refused(
    step: str, reason: str, said: dict[str, Any], code: str, tmp_path: Path
) -> None:
    desk = caseload(tmp_path)
    assert refusal(desk.take, step, reason, **({"number": 1} | said)) == code
    assert desk.entries.position() == 0


@pytest.mark.parametrize("name", ["x" * 81, "a\u200bb", "  "])
def test_an_account_that_is_none_is_not_invited(name: str, tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    meeting = desk.meet()
    assert refusal(desk.take, "attendee invited", of=meeting.thread, account=name) in {"E-ENTRY-FIELD", "E-ACCESS-TEXT"}
    assert desk.entries.position() == meeting.number


def test_a_thread_of_somebody_else_and_one_that_is_not_there_answer_alike(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    plan = desk.take("plan made", "advance care plan", number=1)
    other = refusal(desk.take, "plan ended", number=2, thread=plan.thread, last=plan.number)
    none = refusal(desk.take, "plan ended", number=2, thread=999, last=plan.number)
    assert other == none == "E-ENTRY-NONE"


def test_a_user_may_ask_for_another_time_to_be_read(tmp_path: Path) -> None:
    desk = caseload(tmp_path, rules=EntryRules(read_seconds=0))
    desk.entries.look(ask(), token(1))
    assert desk.decide(1, "accept").unread is False


def test_only_the_history_of_the_audits_own_database_is_opened(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    again = opened(desk.house, Audit(tmp_path / "state" / "audit.db"))
    assert again.entry("castle", token(1), TODAY).state == "accepted"
    assert again.current("castle", TODAY)["pseudonym"].to_pylist() == [token(1)]
