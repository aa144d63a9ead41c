"""What can be done about a person in each state by each role, and what is read of a form that somebody filled in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from caseload.desk.filled import NO_DAY, Choices, read
from caseload.desk.forms import DONE, TITLES, Form, done_words, find_form, forms, is_step, may_ever
from caseload.entries.history import Entry, Event
from caseload.entries.states import REASONS
from caseload.entries.strands import STEPS
from governance.access.roles import COORDINATOR, MDT_MEMBER, OPERATOR, PRACTICE_USER, PROFESSIONAL

CHOICES = Choices([("ap1", "ap1")], [("cc1", "cc1")], [("7", "mdt, 1 October 2026")])


def thread(strand: str, state: str, kind: str, *, number: int = 5, other: int | None = None) -> Event:
    at = dt.datetime(2026, 9, 30, tzinfo=dt.UTC)
    return Event(
        number, strand, 4, 1, "p", "x", state, kind, kind, "", "", "", "", "", other, None, None, None, None, False, "a", "r", at,
        "n",
    )  # fmt: skip


@pytest.mark.parametrize(("role", "state", "steps"), [
    (COORDINATOR,   "proposed",   "accept decline defer refer"),
    (PROFESSIONAL,  "proposed",   "accept decline defer refer"),
    (PRACTICE_USER, "proposed",   "refer"),
    (MDT_MEMBER,    "proposed",   ""),
    (OPERATOR,      "proposed",   ""),
    (COORDINATOR,   "accepted",   "begin assign close"),
    (PRACTICE_USER, "accepted",   ""),
    (COORDINATOR,   "active",     "review assign close"),
    (COORDINATOR,   "review due", "review assign close"),
    (COORDINATOR,   "declined",   "reconsider refer"),
    (COORDINATOR,   "closed",     "reconsider refer"),
    (COORDINATOR,   "deferred",   "accept decline defer refer"),
])  # fmt: skip
def test_what_a_role_may_decide_in_each_state(role: str, state: str, steps: str) -> None:
    found = forms(role, Entry("p", state=state, last=3), [], [])
    assert [each.step for each in found if each.of_entry] == steps.split()
    assert {each.last for each in found if each.of_entry} <= {3}


def test_what_belongs_to_a_person_is_offered_as_its_threads_stand() -> None:
    plan, action = thread("plan", "in place", "reablement plan"), thread("action", "to do", "visit")
    found = forms(COORDINATOR, Entry("p"), [plan, action], [])
    assert {each.step for each in found if each.thread == 4} == {
        "plan reviewed", "plan ended", "action done", "action carried forward", "action dropped",
    }  # fmt: skip
    begins = {each.step: each for each in found if not each.thread and not each.of_entry}
    assert set(begins) == {"plan made", "carer linked", "action agreed", "note"}, "no meeting to come, no agenda"
    assert "reablement plan" not in begins["plan made"].reasons, "one such plan is in place already"
    assert {each.step for each in forms(MDT_MEMBER, Entry("p"), [plan, action], [9])} == {
        "action agreed", "action done", "action carried forward", "action dropped",
    }  # fmt: skip
    assert not any("note" in each.asks for each in forms(MDT_MEMBER, Entry("p"), [action], [])), "who reads no note writes none"


@pytest.mark.parametrize(("on", "offered"), [(None, True), (9, False), (8, True)])
def test_a_person_is_put_on_a_meetings_agenda_once(on: int | None, offered: bool) -> None:
    threads = [] if on is None else [thread("item", "on the agenda", "asked for", other=on)]
    assert ("item added" in [each.step for each in forms(COORDINATOR, Entry("p"), threads, [9])]) is offered


def test_who_was_referred_waits_for_a_decision() -> None:
    found = forms(COORDINATOR, Entry("p", event="refer", last=1), [], [])
    assert "refer" not in [each.step for each in found]


def test_every_step_has_its_words() -> None:
    offered = {name for name, (strand, _) in STEPS.items() if strand.name in ("plan", "carer", "action")}
    assert set(TITLES) == set(DONE) == {*REASONS, *offered, "item added", "item withdrawn", "note"}
    assert all(done_words(name.replace(" ", "-")) for name in TITLES)
    assert done_words("<script>") == ""
    assert not is_step("meeting-held")
    assert not may_ever(COORDINATOR, "meeting-held")
    assert may_ever(PROFESSIONAL, "note")
    assert not may_ever(PRACTICE_USER, "note")
    assert find_form([Form("accept")], "accept", 1) is None


ACCEPTING = Form("accept", {"frailty": "frail"}, frozenset({"professional"}), frozenset({"coordinator", "tier", "due", "note"}))
DAY = {"due[day]": "1", "due[month]": "10", "due[year]": "2026"}


@pytest.mark.parametrize(("sent", "said", "errors"), [
    ({"reason": "frailty", "professional": "ap1"}, {"reason": "frailty", "professional": "ap1"}, {}),
    ({}, {}, {"reason": "Choose a reason", "professional": "Choose a professional"}),
    ({"reason": "because", "professional": "<b>"}, {}, {"reason": "Choose a reason", "professional": "Choose a professional"}),
    ({"reason": "frailty", "professional": "ap1", **DAY}, {"due": dt.date(2026, 10, 1)}, {}),
    ({"reason": "frailty", "professional": "ap1", **DAY, "due[day]": "31", "due[month]": "9"}, {}, {"due": NO_DAY}),
    ({"reason": "frailty", "professional": "ap1", **DAY, "due[day]": "١"}, {}, {"due": NO_DAY}),
    ({"reason": "frailty", "professional": "ap1", **DAY, "due[year]": "99999"}, {}, {"due": NO_DAY}),
    ({"reason": "frailty", "professional": "ap1", **DAY, "due[year]": ""}, {}, {"due": NO_DAY}),
    ({"reason": "frailty", "professional": "ap1", "tier": "none"}, {}, {"tier": "Choose one of the list"}),
    ({"reason": "frailty", "professional": "ap1", "note": "x" * 10_000}, {"note": "x" * 10_000}, {}),
    ({"reason": "frailty", "professional": "ap1", "note": "x" * 10_001}, {},
     {"note": "The note has 10,001 characters; 10,000 is the most"}),
    ({"reason": "frailty", "professional": "ap1", "until[day]": "1", "thread": "9"}, {}, {}),  # not asked, not read
])  # fmt: skip
def test_a_form_is_read_field_by_field(sent: dict[str, str], said: dict[str, Any], errors: dict[str, str]) -> None:
    found = read(ACCEPTING, lambda name: sent.get(name, ""), CHOICES)
    assert found.errors == errors
    assert said.items() <= found.said.items()
    assert set(found.said) <= {"reason", "professional", "due", "note"}


@pytest.mark.parametrize(("form", "sent", "said", "errors"), [
    (Form("assign", {"absence": ""}, asks=frozenset({"professional", "coordinator"})), {"reason": "absence"},
     {"reason": "absence"}, {"professional": "Choose who takes over"}),
    (Form("carer linked", {"child": ""}, asks=frozenset({"carer"})), {"reason": "child", "carer": "943 476"}, {"reason": "child"},
     {"carer": "An NHS number has ten digits"}),
    (Form("carer linked", {"child": ""}, asks=frozenset({"carer"})), {"reason": "child", "carer": "999 999-9999"},
     {"reason": "child", "carer": "9999999999"}, {}),
    (Form("item added", {"asked for": ""}, frozenset({"of"})), {"reason": "asked for", "of": "7"},
     {"reason": "asked for", "of": 7}, {}),
    (Form("note", needs=frozenset({"note"})), {}, {}, {"note": "Write the note"}),
])  # fmt: skip
def test_fields_of_other_steps(form: Form, sent: dict[str, str], said: dict[str, Any], errors: dict[str, str]) -> None:
    found = read(form, lambda name: sent.get(name, ""), CHOICES)
    assert (dict(found.said), dict(found.errors)) == (said, errors)
