"""The morning handover: what ran, what is old, what needs a person. Aggregates only, small numbers withheld."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from governance.policies import Policy
from pipelines.night import Night, code_version
from pipelines.small_counts import in_words

WHAT_TO_DO = {
    "held": "look at the file, then `caselink publish release {source}` or ask the supplier for a new one",
    "refused": "run `caselink check`, then ask the supplier for a corrected file",
    "barred": "it is not read, and its older data are not used; have its legal basis renewed and write the [[basis]] down",
    "missing": "ask the supplier; the lists do without this source",
    "stale": "ask the supplier when the next file comes",
}


@dataclass(frozen=True)
class Morning:
    """The figures of one night that a person needs in the morning. `expected`: the sources that it should have had."""

    expected: tuple[str, ...]
    feeds: list[dict[str, Any]]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    review: dict[str, int | None]
    rejects: list[dict[str, Any]]
    gates: list[dict[str, Any]]
    proposals: dict[str, int | None]
    unplaced: int | None
    extremes: int = 0


def write_handover(night: Night, morning: Morning) -> str:
    """The handover as Markdown."""
    policy = night.configuration.disclosure.chosen()
    parts = [
        f"# Morning handover: {night.configuration.area.name}, as at {night.as_at.isoformat()}",
        f"Run `{night.run_id}`, code `{code_version()}`, after {night.parent or 'no night of an earlier date'}.",
        "## Needs a person",
        *_list(_needs(morning, policy)),
        "## What is old",
        *_list(_old(morning)),
        "## What was proposed",
        *_list(f"{team}: {_count(count)} people proposed" for team, count in sorted(morning.proposals.items())),
        "## Gates of the model",
        *_list(_gate(gate) for gate in morning.gates),
        "## Quarantine",
        *_list(f"{row['source']}, {row['rule']}: {_count(row['count'])} rows" for row in morning.rejects),
        "## Notes on the files",
        *_list(in_words(line, policy) for line in morning.notes),
        f"Counts are under the disclosure policy {policy.name}; `*` is a count that is withheld.",
        "Nothing here was decided: proposals are for a named professional to accept or decline.",
    ]
    return "\n".join(parts) + "\n"


def _needs(morning: Morning, policy: Policy) -> Iterable[str]:
    named = tuple(f"{feed['source']} is " for feed in morning.feeds)
    yield from (in_words(line, policy) for line in morning.warnings if not line.startswith(named))
    for feed in morning.feeds:
        if feed["state"] in WHAT_TO_DO and (feed["source"] in morning.expected or feed["state"] in ("held", "refused", "barred")):
            yield f"{feed['source']} is {feed['state']}: " + WHAT_TO_DO[feed["state"]].format(source=feed["source"])
    for reason, count in morning.review.items():
        yield f"{_count(count)} pairs wait for clerical review ({reason})"
    if morning.extremes:
        yield f"{morning.extremes} published figures say nobody or everybody of a group: look at them before you pass them on"
    if morning.unplaced != 0:
        yield f"{_count(morning.unplaced)} people selected for case management have no professional with room"


def _old(morning: Morning) -> Iterable[str]:
    for feed in morning.feeds:
        if feed["data_to"] is not None:
            yield f"{feed['source']}: data to {feed['data_to'].isoformat()}, {feed['age_days']} days ({feed['state']})"
        elif feed["files"]:
            yield f"{feed['source']}: nothing says to which day it speaks ({feed['state']})"
        elif feed["source"] not in morning.expected:
            yield f"{feed['source']}: none, and none expected"


def shown(figure: float) -> str:
    """A figure of a gate as people read it: counts whole, with a comma; others with two decimals."""
    return f"{figure:,.0f}" if figure.is_integer() and abs(figure) >= 10 else f"{figure:.2f}"


def _count(count: int | None) -> str:
    return "*" if count is None else f"{count:,}"


def _gate(gate: dict[str, Any]) -> str:
    figure = "" if gate["figure"] is None else f", {shown(gate['figure'])}"
    return f"{gate['score'].replace('_', ' ')}, {gate['gate']}: {gate['state']}{figure} ({gate['bound']})"


def _list(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines] or ["- nothing"]
