"""What belongs to an entry beside its own decisions: plans, carers, meetings and their agenda, actions, virtual-ward stays.

Each is a strand of the history with states of its own. What a step has to say and may say is written here, as are its coded
reasons; nothing else is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One step of a strand.

    words: what it is. to: state after it. after: states in which it can happen; empty where it begins a thread. reasons: coded
    reasons with their meaning; none where it takes none. needs, may: what it has to say, and may say besides: `person`,
    `carer`, `of` (a thread that it belongs to), `professional`, `account`, `ward`, `since`, `until`, `due`, `note`.
    """

    words: str
    to: str
    reasons: Mapping[str, str]
    after: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Strand:
    """One strand. of: the strand that its threads belong to, if any. once: columns that no two threads that go on share."""

    name: str
    words: str
    steps: Mapping[str, Step] = field(default_factory=dict)
    of: str = ""
    once: tuple[str, ...] = ()


def _fields(*names: str) -> frozenset[str]:
    return frozenset(names)


NO_REASON: Mapping[str, str] = {}

PLANS = {
    "care and support plan": "what was agreed with the person",
    "advance care plan": "the person's wishes for a time when they cannot say them",
    "treatment escalation plan": "what is to be done, and not done, when things get worse",
    "contingency plan": "what is to be done when care at home fails",
    "reablement plan": "regaining what the person could do",
    "carer's plan": "support for the carer",
}
PLAN = Strand("plan", "a plan in place", {
    "plan made": Step("a plan is in place", "in place", PLANS, needs=_fields("person"), may=_fields("due", "note")),
    "plan reviewed": Step("the plan was looked at again", "in place", NO_REASON, ("in place",), may=_fields("due", "note")),
    "plan ended": Step("the plan holds no more", "ended", NO_REASON, ("in place",), may=_fields("note")),
}, once=("person", "kind"))  # fmt: skip

RELATIONS = {
    "partner": "husband, wife or partner", "child": "son or daughter", "parent": "mother or father",
    "other relative": "of the family", "friend or neighbour": "not of the family", "paid": "paid to care",
}  # fmt: skip
CARER = Strand("carer", "a person who cares for her", {
    "carer linked": Step("cares for her; named by her own pseudonym where she is in the area's data", "cares", RELATIONS,
                         needs=_fields("person"), may=_fields("carer", "note")),
    "carer unlinked": Step("does not care for her any more", "no longer", {
        "no longer cares": "the carer has stopped", "deceased": "the carer has died", "entered in error": "it was a mistake",
    }, ("cares",), may=_fields("note")),
}, once=("person", "other"))  # fmt: skip

MEETING = Strand("meeting", "a meeting of the team, with the days on which those invited may see its people", {
    "meeting planned": Step("a meeting has its day and its window", "planned", {
        "mdt": "multidisciplinary meeting", "virtual ward round": "round of a virtual ward",
    }, needs=_fields("due", "since", "until"), may=_fields("ward", "professional")),
    "meeting held": Step("it took place", "held", NO_REASON, ("planned",)),
    "meeting cancelled": Step("it will not take place", "cancelled", NO_REASON, ("planned",)),
})  # fmt: skip
ATTENDEE = Strand("attendee", "somebody invited to a meeting", {
    "attendee invited": Step("may see the people on the agenda in the meeting's window", "invited", NO_REASON,
                             needs=_fields("of", "account")),
    "attendee leaves": Step("may no longer", "left", NO_REASON, ("invited",)),
}, of="meeting", once=("other", "account"))  # fmt: skip
ITEM = Strand("item", "a person on a meeting's agenda", {
    "item added": Step("is on the agenda; the professional is the case's owner", "on the agenda", {
        "new on the list": "proposed or accepted since the last meeting", "review due": "the day of the review has come",
        "admitted lately": "was admitted or attended A&E", "risk rising": "the risk has risen",
        "asked for": "somebody asked for a discussion", "virtual ward": "is on the ward",
    }, needs=_fields("person", "of"), may=_fields("professional", "note")),
    "item carried forward": Step("is on the agenda of a later meeting", "on the agenda", {
        "no time": "the meeting did not come to it", "waits for information": "something has to be found out first",
        "goes on": "is to be discussed again",
    }, ("on the agenda", "discussed"), needs=_fields("of"), may=_fields("note")),
    "item discussed": Step("was discussed", "discussed", NO_REASON, ("on the agenda",), may=_fields("note", "professional")),
    "item withdrawn": Step("is not to be discussed", "withdrawn", {
        "entered in error": "it was a mistake", "no longer needed": "there is nothing to discuss any more",
    }, ("on the agenda",)),
}, of="meeting", once=("person", "other"))  # fmt: skip
ACTIONS = {
    "visit": "see the person at home", "call": "speak to the person, or to a carer", "medicines review": "look at the medicines",
    "gp review": "an appointment with the practice", "refer to social care": "an assessment by the council",
    "refer to therapy": "physiotherapy, occupational therapy, speech and language therapy",
    "refer to mental health": "an assessment by the mental health service",
    "refer to voluntary sector": "what a voluntary service offers", "refer to virtual ward": "a place on a virtual ward",
    "carer's assessment": "what the carer needs", "make a plan": "agree a plan with the person", "find out": "see the note",
}  # fmt: skip
ACTION = Strand("action", "something that somebody is to do for her by a day", {
    "action agreed": Step("is to be done", "to do", ACTIONS, needs=_fields("person", "professional", "due"),
                          may=_fields("of", "note")),
    "action done": Step("was done", "done", NO_REASON, ("to do",), may=_fields("note")),
    "action carried forward": Step("has a new day", "to do", {
        "no time": "nobody came to it", "waits for information": "something has to be found out first",
        "handed over": "somebody else is to do it",
    }, ("to do",), needs=_fields("due"), may=_fields("professional", "note")),
    "action dropped": Step("is not to be done any more", "dropped", {
        "no longer needed": "there is no need any more", "refused": "the person does not want it", "deceased": "has died",
        "entered in error": "it was a mistake",
    }, ("to do",), may=_fields("note")),
}, of="item")  # fmt: skip
STAY = Strand("stay", "days on a virtual ward", {
    "step up": Step("comes to the ward from home", "on the ward", {
        "getting worse": "would else go to hospital", "needs watching": "is to be watched closely for some days",
    }, needs=_fields("person", "ward"), may=_fields("since", "until", "note", "professional")),
    "step down": Step("comes to the ward from hospital", "on the ward", {
        "early discharge": "would else stay in hospital", "needs watching": "is to be watched closely for some days",
    }, needs=_fields("person", "ward"), may=_fields("since", "until", "note", "professional")),
    "stay reviewed": Step("was seen in a ward round; the day on which she is to leave", "on the ward", {
        "continues": "as planned", "longer": "stays longer than planned", "shorter": "leaves sooner than planned",
    }, ("on the ward",), may=_fields("until", "note")),
    "stay ended": Step("left the ward", "left", {
        "recovered": "to usual care", "admitted": "to hospital", "handed over": "to another service",
        "refused": "does not want it any more", "deceased": "has died", "entered in error": "it was a mistake",
    }, ("on the ward",), may=_fields("note")),
}, once=("person",))  # fmt: skip

STRANDS = (PLAN, CARER, MEETING, ATTENDEE, ITEM, ACTION, STAY)
STEPS: Mapping[str, tuple[Strand, Step]] = {name: (each, step) for each in STRANDS for name, step in each.steps.items()}


def states_of(strand: Strand) -> dict[str, dict[str, str]]:
    """A strand's states as a dict of state to {step: next state}; it draws its diagram. Steps that begin are left out."""
    names = dict.fromkeys(step.to for step in strand.steps.values())
    return {
        state: {name: step.to for name, step in strand.steps.items() if state in step.after} for state in names
    }  # fmt: skip


def goes_on(strand: Strand) -> frozenset[str]:
    """The states from which a step leads on: a thread in one of them is not over."""
    return frozenset(state for state, steps in states_of(strand).items() if steps)
