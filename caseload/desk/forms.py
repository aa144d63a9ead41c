"""What can be done about a person, and what each step asks: one function says it to the page, to the form and to the action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from caseload.desk.notes import may_write
from caseload.entries.history import Entry, Event
from caseload.entries.permissions import may
from caseload.entries.states import (
    ACCEPT,
    ASSIGN,
    BEGIN,
    CLOSE,
    DECLINE,
    DEFER,
    OF_THE_CLOCK,
    REASONS,
    RECONSIDER,
    REFER,
    REVIEW,
    STATES,
)
from caseload.entries.strands import ACTION, CARER, ITEM, PLAN, STEPS, Strand

NOTE = "note"  # a step of its own: it changes no state
TITLES: Mapping[str, str] = {
    ACCEPT: "Accept", DECLINE: "Decline", DEFER: "Decide later", BEGIN: "Begin", REVIEW: "Record a review",
    ASSIGN: "Hand over", CLOSE: "Close the episode", REFER: "Refer to the team", RECONSIDER: "Reconsider",
    "plan made": "Add a plan", "plan reviewed": "Record a review of the plan", "plan ended": "End the plan",
    "carer linked": "Add a carer", "carer unlinked": "Remove the carer",
    "item added": "Put on a meeting's agenda", "item withdrawn": "Take off the agenda",
    "action agreed": "Agree an action", "action done": "Record as done", "action carried forward": "Give a new day",
    "action dropped": "Drop the action", NOTE: "Write a note",
}  # fmt: skip
DONE: Mapping[str, str] = {
    ACCEPT: "Accepted: the episode has begun.", DECLINE: "Declined. The person is no longer on the list.",
    DEFER: "Put off. The person is back on the list on that day.", BEGIN: "Begun.", REVIEW: "The review is recorded.",
    ASSIGN: "Handed over.", CLOSE: "The episode is closed.", REFER: "Referred. The person waits for the team's decision.",
    RECONSIDER: "The person is proposed again.", "plan made": "The plan is in place.",
    "plan reviewed": "The plan's review is recorded.",
    "plan ended": "The plan has ended.", "carer linked": "The carer is added.", "carer unlinked": "The carer is removed.",
    "item added": "The person is on the agenda.", "item withdrawn": "The person is off the agenda.",
    "action agreed": "The action is agreed.",
    "action done": "The action is done.", "action carried forward": "The action has a new day.",
    "action dropped": "The action is dropped.", NOTE: "The note is kept.",
}  # fmt: skip
# What has to be said with a step of an entry, and may be said besides.
ASKS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    ACCEPT: (frozenset({"professional"}), frozenset({"coordinator", "tier", "due"})),
    DECLINE: (frozenset(), frozenset()),
    DEFER: (frozenset({"until"}), frozenset()),
    BEGIN: (frozenset(), frozenset({"due"})),
    REVIEW: (frozenset(), frozenset({"tier", "due"})),
    ASSIGN: (frozenset(), frozenset({"professional", "coordinator"})),
    CLOSE: (frozenset(), frozenset()),
    REFER: (frozenset(), frozenset({"professional"})),
    RECONSIDER: (frozenset(), frozenset()),
}
SURE = frozenset({DECLINE, CLOSE})  # asked once more: the person leaves the list, and often who decides can no longer open her
ON_PERSON: Sequence[Strand] = (PLAN, CARER, ACTION)
ON_AGENDA = ("item added", "item withdrawn")  # the rest of an item's steps belong to the meeting


@dataclass(frozen=True)
class Form:
    """A step that can be taken now. `reasons`: code to meaning, empty where it takes none. needs, asks: names of fields.

    thread, last: what the step goes on from, and the number of its last event; 0 where it begins. `about`: what that is.
    """

    step: str
    reasons: Mapping[str, str] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    thread: int = 0
    last: int = 0
    about: str = ""

    @property
    def title(self) -> str:
        """The step in words."""
        return TITLES[self.step]

    @property
    def slug(self) -> str:
        """The step in an address."""
        return self.step.replace(" ", "-")

    @property
    def of_entry(self) -> bool:
        """Whether it is a step of the entry itself."""
        return self.step in REASONS

    @property
    def twice(self) -> bool:
        """Whether it is asked once more."""
        return self.step in SURE


def forms(role: str, entry: Entry, threads: Sequence[Event], meetings: Iterable[int]) -> list[Form]:
    """Every step that this role may take about a person now.

    threads: the last events of her plans, carers, actions and places on agendas. meetings: threads of those to come.
    """
    found = [
        _of_entry(event, entry) for event in STATES[entry.state] if event not in OF_THE_CLOCK and _offered(role, event, entry)
    ]
    for each in threads:
        found += [_goes_on(name, each) for name in _steps() if may(role, name) and each.state in STEPS[name][1].after]
    kept = {each.kind for each in threads if each.strand == PLAN.name and each.state == "in place"}
    free = set(meetings) - {each.other for each in threads if each.strand == ITEM.name and each.state == "on the agenda"}
    begins = [name for name in _steps() if may(role, name) and not STEPS[name][1].after and (name not in ON_AGENDA or free)]
    found += [_begins(name, kept) for name in begins]
    if not may_write(role):
        return [replace(each, asks=each.asks - {NOTE}) for each in found]
    return [*found, Form(NOTE, needs=frozenset({NOTE}))]


def find_form(found: Iterable[Form], step: str, thread: int) -> Form | None:
    """The one that an address names; None where it cannot be taken now."""
    return next((each for each in found if each.slug == step and each.thread == thread), None)


def is_step(slug: str) -> bool:
    """Whether an address names a step at all."""
    return any(each.replace(" ", "-") == slug for each in TITLES)


def may_ever(role: str, slug: str) -> bool:
    """Whether a role takes this step at all, of whomever."""
    step = next((each for each in TITLES if each.replace(" ", "-") == slug), "")
    return may_write(role) if step == NOTE else may(role, step)


def _offered(role: str, event: str, entry: Entry) -> bool:
    """Whoever was referred already waits for a decision, not for another referral."""
    return may(role, event) and not (event == entry.event == REFER)


def _steps() -> list[str]:
    return [name for strand in ON_PERSON for name in strand.steps] + list(ON_AGENDA)


def _of_entry(event: str, entry: Entry) -> Form:
    needs, asks = ASKS[event]
    return Form(event, REASONS[event], needs, asks | {NOTE}, last=entry.last)


def _goes_on(name: str, thread: Event) -> Form:
    step = STEPS[name][1]
    return Form(name, step.reasons, step.needs, step.may, thread.thread, thread.number, thread.kind)


def _begins(name: str, kept: set[str]) -> Form:
    step = STEPS[name][1]
    reasons = {code: words for code, words in step.reasons.items() if name != "plan made" or code not in kept}
    left_out = {"of"} if name == "action agreed" else set()
    return Form(name, reasons, step.needs - {"person"}, step.may - left_out)


def done_words(slug: str) -> str:
    """What a page says once a step was taken; nothing for what is no step."""
    return next((words for step, words in DONE.items() if step.replace(" ", "-") == slug), "")
