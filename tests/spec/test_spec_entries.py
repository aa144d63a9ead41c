"""Drawn tables: which step leads from which state to which, what each needs to say, and who may take it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from caseload.entries.permissions import MAY, may
from caseload.entries.policies import Decision, EntryRules, check_decision, next_review
from caseload.entries.states import EVENTS, OF_THE_CLOCK, REASONS, STATES, state_on
from caseload.entries.strands import STEPS, STRANDS, goes_on, states_of
from governance.access.roles import ROLES
from schemas.errors import GovernanceError
from tests.access_drawings import TODAY
from tests.entries_drawings import PROFESSIONALS, REASON, caseload

# How an entry comes into each state, from nothing; and what each step then makes of it: "-" where it is refused.
PATHS = {
    "proposed": [],
    "accepted": ["accept"],
    "declined": ["decline"],
    "deferred": ["defer"],
    "active": ["accept", "begin"],
    "closed": ["accept", "close"],
}
TABLE = """
             accept    decline   defer     begin   review  assign    close   refer     reconsider
proposed     accepted  declined  deferred  -       -       -         -       proposed  -
accepted     -         -         -         active  -       accepted  closed  -         -
declined     -         -         -         -       -       -         -       proposed  proposed
deferred     accepted  declined  deferred  -       -       -         -       proposed  -
active       -         -         -         -       active  active    closed  -         -
closed       -         -         -         -       -       -         -       proposed  proposed
"""
LINES = [line.split() for line in TABLE.strip().splitlines()]
STEPS_DRAWN = LINES[0]


@pytest.mark.parametrize("line", LINES[1:], ids=lambda line: line[0])
def test_a_step_leads_where_the_table_says(line: list[str], tmp_path: Path) -> None:
    state, *answers = line
    desk = caseload(tmp_path, len(STEPS_DRAWN))
    for number, (step, expected) in enumerate(zip(STEPS_DRAWN, answers, strict=True), 1):
        for before in PATHS[state]:
            desk.decide(number, before)
        assert desk.state(number) == state
        if expected == "-":
            with pytest.raises(GovernanceError, match="E-ENTRY-STATE"):
                desk.decide(number, step)
            assert desk.state(number) == state
        else:
            assert desk.decide(number, step).state == expected


@pytest.mark.parametrize(
    ("state", "until", "due", "day", "expected"),
    [
        # the clock moves an entry on its day, and not on the day before it
        ("deferred", 14, None, 13, "deferred"),
        ("deferred", 14, None, 14, "proposed"),
        ("accepted", None, 30, 29, "accepted"),
        ("accepted", None, 30, 30, "review due"),
        ("active", None, 30, 31, "review due"),
        ("closed", 14, 30, 99, "closed"),
        ("proposed", None, None, 99, "proposed"),
    ],
)
def test_the_clock_moves_an_entry(state: str, until: int | None, due: int | None, day: int, expected: str) -> None:
    def on(days: int | None) -> dt.date | None:
        return None if days is None else TODAY + dt.timedelta(days=days)

    assert state_on(state, TODAY + dt.timedelta(days=day), until=on(until), due=on(due)) == expected


def test_every_state_is_reached_and_every_step_has_words_and_reasons() -> None:
    reached = {after for steps in STATES.values() for after in steps.values()}
    assert reached == set(STATES)
    assert {step for steps in STATES.values() for step in steps} - OF_THE_CLOCK == set(EVENTS) == set(REASONS) == set(REASON)
    texts = [*EVENTS.values(), *(words for reasons in REASONS.values() for words in reasons.values())]
    assert all(texts)
    assert all(len(code) <= 40 for reasons in REASONS.values() for code in reasons)


def test_every_strand_ends_and_every_step_of_it_has_words() -> None:
    for strand in STRANDS:
        states = states_of(strand)
        assert goes_on(strand)
        assert set(states) - goes_on(strand), f"{strand.name} never ends"
        assert all(set(step.after) <= set(states) and step.words for step in strand.steps.values())
        assert all(len(code) <= 40 for step in strand.steps.values() for code in (*step.reasons, step.to))
    assert len(STEPS) == sum(len(strand.steps) for strand in STRANDS)  # no two strands have a step of one name
    assert not set(STEPS) & set(EVENTS)


MAY_TAKE = """
                          accept  decline  refer  reconsider  plan made  item added  action agreed  action done  step up
care coordinator          yes     yes      yes    yes         yes        yes         yes            yes          yes
accountable professional  yes     yes      yes    yes         yes        yes         yes            yes          yes
mdt member                -       -        -      -           -          -           yes            yes          -
gp practice user          -       -        yes    -           -          -           -              -            -
clerical reviewer         -       -        -      -           -          -           -              -            -
analyst                   -       -        -      -           -          -           -              -            -
caldicott guardian        -       -        -      -           -          -           -              -            -
operator                  -       -        -      -           -          -           -              -            -
nobody                    -       -        -      -           -          -           -              -            -
"""


def test_who_may_take_a_step() -> None:
    head, *lines = MAY_TAKE.strip().splitlines()
    steps = [each for each in (*EVENTS, *STEPS) if f" {each} " in f" {head} "]
    steps.sort(key=lambda step: f" {head} ".index(f" {step} "))
    assert len(steps) == 9
    drawn = {line[:26].strip(): [cell == "yes" for cell in line[26:].split()] for line in lines}
    assert {role: [may(role, step) for step in steps] for role in drawn} == drawn
    assert set(drawn) == {role.name for role in ROLES} | {"nobody"}
    assert all(not may(role.name, "no such step") for role in ROLES)
    assert set(MAY) <= {role.name for role in ROLES}


def said(event: str, **changes: Any) -> Decision:
    plain: dict[str, Any] = {"reason": REASON.get(event, "x"), "last": 0}
    if event in ("accept", "assign"):
        plain["professional"] = "pat"
    if event == "defer":
        plain["until"] = TODAY + dt.timedelta(days=1)
    return Decision(event, **(plain | changes))


def days(count: int) -> dt.date:
    return TODAY + dt.timedelta(days=count)


@pytest.mark.parametrize(
    ("decision", "code"),
    [
        (said("accept"), None),
        (said("accept", professional=""), "E-ENTRY-PROFESSIONAL"),
        (said("accept", professional="far"), "E-ENTRY-PROFESSIONAL"),  # another team's
        (said("accept", professional="=cmd()"), "E-ENTRY-PROFESSIONAL"),
        (said("accept", coordinator="sam"), None),
        (said("accept", coordinator="far"), "E-ENTRY-PROFESSIONAL"),
        (said("accept", tier="care navigation"), None),
        (said("accept", tier="none"), "E-ENTRY-TIER"),
        (said("accept", tier="<script>"), "E-ENTRY-TIER"),
        (said("accept", due=days(1)), None),
        (said("accept", due=days(0)), "E-ENTRY-DATE"),
        (said("accept", due=next_review(TODAY, 6)), None),
        (said("accept", due=next_review(TODAY, 6) + dt.timedelta(days=1)), "E-ENTRY-DATE"),
        (said("close", due=days(3)), "E-ENTRY-DATE"),
        (said("assign", professional=""), "E-ENTRY-PROFESSIONAL"),
        (said("assign", professional="", coordinator="sam"), None),
        (said("defer", until=None), "E-ENTRY-DATE"),
        (said("defer", until=days(0)), "E-ENTRY-DATE"),
        (said("defer", until=days(180)), None),
        (said("defer", until=days(181)), "E-ENTRY-DATE"),
        (said("defer", until=dt.date(9999, 12, 31)), "E-ENTRY-DATE"),
        (said("decline", until=days(3)), "E-ENTRY-DATE"),
        (said("decline", reason="frailty"), "E-ENTRY-REASON"),  # a reason of another step
        (said("decline", reason=""), "E-ENTRY-REASON"),
        (said("decline", reason="=HYPERLINK()"), "E-ENTRY-REASON"),
        (said("decline", reason="x" * 100_000), "E-ENTRY-REASON"),
        (said("decline", note=1), None),
        (said("decline", note=0), "E-ENTRY-NOTE"),
        (said("decline", note=2**40), "E-ENTRY-NOTE"),
        (said("delete"), "E-ENTRY-EVENT"),
        (said("its day comes"), "E-ENTRY-EVENT"),  # the clock's, nobody's
    ],
)
def test_what_policy_allows(decision: Decision, code: str | None) -> None:
    def check() -> None:
        check_decision(decision, TODAY, rules=EntryRules(), team="castle", professionals=PROFESSIONALS)

    if code is None:
        check()
    else:
        with pytest.raises(GovernanceError) as refusal:
            check()
        assert refusal.value.code == code
        assert not any(text in str(refusal.value) for text in ("HYPERLINK", "script", "xxx", "cmd"))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-09-30", 1, "2026-10-30"),
        ("2026-01-31", 1, "2026-02-28"),  # the month's last day where it has none such
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-10-15", 3, "2027-01-15"),
        ("2026-08-31", 6, "2027-02-28"),
    ],
)
def test_the_next_review(day: str, months: int, expected: str) -> None:
    assert next_review(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(expected)
