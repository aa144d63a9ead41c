"""docs/reference/entries.md, from the lists that the caseload itself asks."""

from __future__ import annotations

from collections.abc import Iterable

from caseload.entries.permissions import MAY
from caseload.entries.policies import EntryRules
from caseload.entries.states import EVENTS, PROPOSED, REASONS, STATES
from caseload.entries.strands import STEPS, STRANDS, Strand, states_of
from governance.access.reference_page import diagram
from governance.access.roles import ROLES

HEAD = """# Entries

Generated from `caseload/entries/`. What was decided of a person, by whom, in which role, when and why, is a history: rows are
added and never changed, each in one transaction with its line in the audit log. Reasons are coded; free text lies in the vault,
and the history holds its number. The night proposes, and an episode begins when a named human accepts with a reason: a person
whom the night proposes, and of whom nobody has decided anything, is `proposed`."""

FOLLOWS = """## What follows

| while | holds | by |
|---|---|---|
| an entry is accepted, active or review due | an `episode` | the team; accounts of the professional and the coordinator |
| a referral is undecided or put off | a `referral` | the team; the accounts of the professional referred to |
| a meeting's window is open, and the person is on its agenda | a `meeting` | each account invited |

They lie in the access store and are written after the change; what a crash leaves undone is done when the caseload is opened
again, or with the team's next change."""

REFUSALS = {
    "E-ENTRY-ROLE": "the role does not take this step",
    "E-ENTRY-TEAM": "the user works in no team that is known",
    "E-ENTRY-EVENT": "there is no such step",
    "E-ENTRY-REASON": "the reason is none of the step's coded reasons",
    "E-ENTRY-FIELD": "the step lacks what it has to say, or says what it must not",
    "E-ENTRY-DATE": "a day is past, too far away, out of order, or not this step's to set",
    "E-ENTRY-PROFESSIONAL": "nobody of that id is a professional of the team, or nobody is named who has to be",
    "E-ENTRY-TIER": "nobody is accepted for such a tier",
    "E-ENTRY-WARD": "the team has no such virtual ward",
    "E-ENTRY-BEDS": "the virtual ward has no free bed",
    "E-ENTRY-NOTE": "a note is named by its number",
    "E-ENTRY-NONE": "there is no such plan, item, action, ... of this person",
    "E-ENTRY-STATE": "somebody changed it meanwhile, or it is in no state for the step",
    "E-ENTRY-STORE": "the history cannot be read, or its tables not upgraded",
    "E-ENTRY-NEWER": "a newer Caselink has upgraded the history",
}  # the door's own `E-ACCESS-*` come before those of the step: of somebody else's patient nothing is said


def reference_page() -> str:
    """The page as Markdown."""
    parts = [HEAD, "## States", diagram(STATES, PROPOSED), *_steps(), *_roles(), *_strands(), FOLLOWS, _rules(), _refusals()]
    return "\n\n".join(parts) + "\n"


def _steps() -> list[str]:
    rows = ([f"`{step}`", words, "; ".join(f"{code}: {what}" for code, what in REASONS[step].items())]
            for step, words in EVENTS.items())  # fmt: skip
    return ["## Steps and their reasons", _table(["step", "what it is", "reasons"], rows)]


def _roles() -> list[str]:
    roles = [role.name for role in ROLES if MAY.get(role.name)]
    rows = ([f"`{step}`", *("yes" if step in MAY[role] else "" for role in roles)] for step in (*EVENTS, *STEPS))
    others = "Other roles take none. A step about a person needs a relationship that opens her to the role, too."
    return ["## Who may take a step", _table(["step", *roles], rows), others]


def _strands() -> list[str]:
    parts = ["## What belongs to an entry"]
    for strand in STRANDS:
        rows = ([f"`{name}`", step.words, ", ".join(sorted(step.needs)), ", ".join(sorted(step.may)), ", ".join(step.reasons)]
                for name, step in strand.steps.items())  # fmt: skip
        parts += [f"### {strand.name.capitalize()}: {strand.words}", _drawn(strand)]
        parts.append(_table(["step", "what it is", "says", "may say", "reasons"], rows))
    return parts


def _drawn(strand: Strand) -> str:
    """The strand's diagram; the steps that begin a thread lead to its first state."""
    begins = [name for name, step in strand.steps.items() if not step.after]
    first = strand.steps[begins[0]].to
    start = f"[*] --> s{list(states_of(strand)).index(first)}"
    return diagram(states_of(strand), first).replace(start, f"{start}: {' or '.join(begins)}", 1)


def _rules() -> str:
    rules = EntryRules()
    months = ", ".join(f"{tier} {count}" for tier, count in rules.review_months.items())
    return (
        f"## Rules\n\nSet in `[caseload]`. Months from one review to the next: {months}. A decision is put off for at most "
        f"{rules.most_deferred_days} days. A decision is *unread* where the user had not opened the person's page on that night, "
        f"or opened it less than {rules.read_seconds} seconds before. A meeting's window is of at most "
        f"{rules.most_meeting_days} days."
    )


def _refusals() -> str:
    return "## Refusals\n\n" + _table(["code", "what it says"], ([f"`{code}`", text] for code, text in REFUSALS.items()))


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
