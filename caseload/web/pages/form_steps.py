"""A form's fields as a step of the history: codes, numbers and days; whatever else is sent counts as nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.permissions import may
from caseload.entries.steps import Doing, take
from caseload.entries.strands import STEPS
from caseload.web.route import Asked
from schemas.errors import GovernanceError

LONGEST = 80  # letters of an id or a code


def doing_of(asked: Asked, allowed: Collection[str], **more: int | str) -> Doing:
    """The step that a form asks for. `more`: what the page itself says, whatever the form does.

    Raises `GovernanceError` `E-ENTRY-EVENT` for a step that the page does not take, `E-ENTRY-DATE` for a day that is none.
    """
    step = asked.value("step")
    if step not in allowed:
        raise GovernanceError("E-ENTRY-EVENT", "this page takes no such step.")
    said: dict[str, object] = {name: asked.value(name)[:LONGEST] for name in ("person", "professional", "account", "ward")}
    said |= {name: day_of(asked.value(name)) for name in ("since", "until", "due")}
    said |= {"thread": number_of(asked.value("thread")), "last": number_of(asked.value("last")) or 0}
    said["of"] = number_of(asked.value("of"))
    takes = STEPS[step][1]
    kept = {name: value for name, value in said.items() if name in takes.needs | takes.may | {"person", "thread", "last"}}
    return Doing(step, asked.value("reason"), **(kept | more))  # type: ignore[arg-type]


def take_step(visit: Visit, services: Services, asked: Asked, doing: Doing) -> None:
    """Take it, through the door of the visitor's team. Raises what `caseload.entries.steps.take` does."""
    take(services.entries, visit.request(), doing, services.doors[visit.post.team](asked.night))


def taken_by(role: str) -> dict[str, bool]:
    """For a page's buttons: step to whether the role may take it."""
    return {step.replace(" ", "_"): may(role, step) for step in STEPS}


def reasons() -> dict[str, Mapping[str, str]]:
    """For a page's choices: step to its coded reasons with their meaning."""
    return {name.replace(" ", "_"): step.reasons for name, (_, step) in STEPS.items()}


def refused_words(error: GovernanceError) -> str:
    """What a page says above its form where a step was refused; other errors are the site's to tell, and are raised again."""
    if not error.code.startswith("E-ENTRY-") or error.code in ("E-ENTRY-STORE", "E-ENTRY-TEAM"):
        raise error
    cure = f" To do: {error.cure}." if error.cure and error.code in ("E-ENTRY-STATE", "E-ENTRY-BEDS") else ""
    return f"Nothing was changed: {error.message}{cure}"


def day_of(text: str) -> dt.date | None:
    """A day as browsers send it; None where nothing was entered."""
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        pass
    raise GovernanceError("E-ENTRY-DATE", "a day is written as day, month and year.")


def number_of(text: str) -> int | None:
    """A number of the history; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
