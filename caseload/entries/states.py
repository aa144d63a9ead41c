"""The states of an entry, what leads from one to the next, and the coded reasons of each step.

A person whom the night proposes, and of whom nobody has decided anything, is proposed: that takes no row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

PROPOSED, ACCEPTED, DECLINED, DEFERRED = "proposed", "accepted", "declined", "deferred"
ACTIVE, REVIEW_DUE, CLOSED = "active", "review due", "closed"

ACCEPT, DECLINE, DEFER, BEGIN, REVIEW = "accept", "decline", "defer", "begin", "review"
ASSIGN, CLOSE, REFER, RECONSIDER = "assign", "close", "refer", "reconsider"
COME_BACK, FALL_DUE = "its day comes", "the day of its review comes"

# state: {what happens: next state}; it draws the diagram in docs/reference/entries.md.
STATES: Mapping[str, Mapping[str, str]] = {
    PROPOSED: {ACCEPT: ACCEPTED, DECLINE: DECLINED, DEFER: DEFERRED, REFER: PROPOSED},
    ACCEPTED: {BEGIN: ACTIVE, ASSIGN: ACCEPTED, CLOSE: CLOSED, FALL_DUE: REVIEW_DUE},
    DECLINED: {RECONSIDER: PROPOSED, REFER: PROPOSED},
    DEFERRED: {COME_BACK: PROPOSED, ACCEPT: ACCEPTED, DECLINE: DECLINED, DEFER: DEFERRED, REFER: PROPOSED},
    ACTIVE: {REVIEW: ACTIVE, ASSIGN: ACTIVE, CLOSE: CLOSED, FALL_DUE: REVIEW_DUE},
    REVIEW_DUE: {REVIEW: ACTIVE, ASSIGN: REVIEW_DUE, CLOSE: CLOSED},
    CLOSED: {RECONSIDER: PROPOSED, REFER: PROPOSED},
}
OPEN = frozenset({ACCEPTED, ACTIVE, REVIEW_DUE})  # an episode runs
OF_THE_CLOCK = frozenset({COME_BACK, FALL_DUE})  # no row says them: they follow from a day

# What a person does to an entry, in words, and why: coded reasons with their meaning. Nothing else is accepted as a reason.
EVENTS: Mapping[str, str] = {
    ACCEPT: "a professional takes the person on: an episode begins",
    DECLINE: "a professional does not take the person on",
    DEFER: "a professional decides later, on a day that is named",
    BEGIN: "first contact made, or a plan agreed",
    REVIEW: "a professional reviewed the person; the next review has its day",
    ASSIGN: "another accountable professional or coordinator takes over",
    CLOSE: "the episode ends",
    REFER: "a professional puts the person forward, whether she is scored or not",
    RECONSIDER: "a decision is taken back, so that the person is proposed again",
}
REASONS: Mapping[str, Mapping[str, str]] = {
    ACCEPT: {
        "clinical judgement": "the professional's own judgement of need",
        "rising need": "need or risk has risen",
        "frequent use": "uses several services often",
        "frailty": "frail, or becoming so",
        "carer strain": "the carer cannot go on as now",
        "requested by the person": "the person, or a carer, asked for it",
    },
    DECLINE: {
        "known and managed": "another service has the person in hand",
        "end of life": "is in the care of an end-of-life service",
        "not amenable": "nothing that the team does would change what is to come",
        "refused": "the person does not want it",
        "wrong data": "the records are wrong, or somebody else's",
        "moved": "no longer lives in the area",
        "deceased": "has died",
    },
    DEFER: {
        "in hospital": "is in hospital now",
        "cannot be reached": "was not reached yet",
        "waits for information": "something has to be found out first",
        "no place now": "nobody has room now",
        "requested by the person": "the person asked for a later day",
    },
    BEGIN: {"first contact": "the person was seen or spoken to", "plan agreed": "a plan was agreed with the person"},
    REVIEW: {
        "continues": "care goes on as planned",
        "plan changed": "care goes on under a changed plan",
        "needs more": "needs more than the plan gives",
        "needs less": "needs less than the plan gives",
    },
    ASSIGN: {
        "absence": "the professional is away",
        "workload": "the professional has no room",
        "skills": "another professional's skills are needed",
        "left the team": "the professional has left",
        "requested by the person": "the person asked for somebody else",
        "entered in error": "the wrong professional was entered",
    },
    CLOSE: {
        "goals met": "what was agreed has been reached",
        "no longer needed": "need has fallen",
        "handed over": "another service has taken over",
        "refused": "the person does not want it any more",
        "lost contact": "the person could not be reached any more",
        "long-term care": "has moved into a care home",
        "end of life": "is now in the care of an end-of-life service",
        "moved": "no longer lives in the area",
        "deceased": "has died",
        "entered in error": "was accepted in error",
    },
    REFER: {
        "clinical concern": "a clinician is concerned",
        "recent change": "something has changed lately",
        "carer strain": "the carer cannot go on as now",
        "frailty": "frail, or becoming so",
        "requested by the person": "the person, or a carer, asked for it",
    },
    RECONSIDER: {
        "entered in error": "the decision was entered in error",
        "situation changed": "what the decision rested on has changed",
    },
}  # fmt: skip


def next_state(state: str, event: str) -> str | None:
    """The state that an event leads to; None where it cannot happen in this one."""
    return STATES[state].get(event)


def state_on(state: str, day: dt.date, *, until: dt.date | None, due: dt.date | None) -> str:
    """The state on a day of an entry whose last row says `state`: the clock may have moved it since."""
    if COME_BACK in STATES[state] and until is not None and until <= day:
        return STATES[state][COME_BACK]
    if FALL_DUE in STATES[state] and due is not None and due <= day:
        return STATES[state][FALL_DUE]
    return state
