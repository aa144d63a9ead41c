"""docs/reference/access.md, from the lists that the door itself asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from governance.access import break_glass, bulk
from governance.access.categories import CATEGORIES, marks, sees, shipped_visibility
from governance.access.decision import REASONS
from governance.access.limits import BOUND_OF, LIMIT, TRIGGERS
from governance.access.relationships import HOLDERS, KINDS
from governance.access.roles import RESOURCES, ROLES, can

HEAD = """# Access

Generated from `governance/access/`. In words: [who may see a name](../explanation/who-may-see-a-name.md). Whatever is not in
a table here is refused: another role, another resource, another relationship, another category."""

LIMITS = """Every bound is a figure of `[access]` in `caselink.toml`; none has a default. A trigger that goes off is an alarm
in the Guardian's queue, one a day for each user and trigger. Rows of the user's own active caseload (`caseload`, `episode`) are
shown all the same; others are refused with `E-ACCESS-LIMIT`, unless an approved bulk request names them. Windows are counted from
the audit log, the request at hand included: requests whether shown or refused, people only where shown."""


def reference_page() -> str:
    """The page as Markdown."""
    return "\n\n".join([HEAD, *_roles(), *_decision(), *_limits(), *_states(), *_categories()]) + "\n"


def diagram(states: Mapping[str, Mapping[str, str]], begins: str) -> str:
    """A dict of states as a Mermaid diagram."""
    names = {state: f"s{place}" for place, state in enumerate(states)}
    lines = [f'    state "{state}" as {name}' for state, name in names.items()]
    lines += [f"    [*] --> {names[begins]}"]
    lines += [
        f"    {names[state]} --> {names[then]}: {event}" for state, events in states.items() for event, then in events.items()
    ]
    lines += [f"    {names[state]} --> [*]" for state, events in states.items() if not events]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _roles() -> list[str]:
    marked = [
        [name, words, *("yes" if can(role.name, name) else "" for role in ROLES)] for name, words in RESOURCES.items()
    ]  # fmt: skip
    opens = [
        [kind, words, *(", ".join(holder for holder in HOLDERS if (kind, holder) in role.opens) for role in ROLES if role.opens)]
        for kind, words in KINDS.items()
    ]
    return [
        "## What each role may see",
        _table(["resource", "what it is", *(role.name for role in ROLES)], marked),
        _table(["role", "never"], ([role.name, role.never] for role in ROLES)),
        "## Which relationship opens an identity, and held by whom",
        _table(["relationship", "meaning", *(role.name for role in ROLES if role.opens)], opens),
        "A relationship holds from its first day up to, and not on, its last, by London's calendar. An identity opens for the "
        "purposes " + ", ".join(f"`{each}`" for each in sorted({each for role in ROLES for each in role.purposes})) + " alone.",
    ]


def _decision() -> list[str]:
    return ["## Why a row is refused", _table(["code", "what it says"], ([f"`{code}`", text] for code, text in REASONS.items()))]


def _limits() -> list[str]:
    rows = ([trigger, f"`{BOUND_OF[trigger]}`", words] for trigger, words in TRIGGERS.items())
    return ["## Limits", LIMITS, _table(["trigger", "figure", "goes off at"], rows), f"The code of a refused row is `{LIMIT}`."]


def _states() -> list[str]:
    return [
        "## Break-glass",
        _table(["reason", "meaning"], break_glass.REASON_CODES.items()),
        diagram(break_glass.STATES, break_glass.OPEN),
        "## Bulk requests",
        diagram(bulk.STATES, bulk.ASKED),
    ]


def _categories() -> list[str]:
    seen = [[name, *("yes" if sees(role.name, name) else "" for role in ROLES)] for name in CATEGORIES]
    why = [[role, category, source] for (role, category), source in shipped_visibility().items()]
    rows = ([mark.category, mark.column, f"{mark.match} `{mark.value}`", mark.meaning, mark.source] for mark in marks())
    return [
        "## Activity by category",
        "An event is shown where the role sees every category it belongs to. `[access.sees]` replaces a role's column.",
        _table(["category", *(role.name for role in ROLES)], seen),
        _table(["role", "category", "why it is shown"], why),
        "How an event's categories are recognised:",
        _table(["category", "column", "where it", "meaning", "source"], rows),
    ]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
