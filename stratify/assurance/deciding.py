"""Which model makes tonight's list: tonight's, yesterday's, or none.

    tonight  yesterday's model, on tonight's check        the list is made by
    -------  -------------------------------------------  -----------------------------------------
    green    any                                          tonight's
    amber    green or amber, fitted 31 days ago or less   yesterday's, and the night says so
    amber    red, older, of other features, or none       tonight's, and the night says so
    red      any                                          nobody's: no new list, yesterday's is served

A model that failed its gate is never published, whatever there is to put in its place.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from stratify.assurance.bounds import KEPT_DAYS

State = Literal["green", "amber", "red"]
Chosen = Literal["tonight", "yesterday", "none"]


class Earlier(NamedTuple):
    """The model of the night before. `state` is of its gates on tonight's check; `reads_tonight`: it takes tonight's features."""

    state: State
    fitted_on: dt.date
    reads_tonight: bool = True


class Decision(NamedTuple):
    """Which model is used, and why, in words for the night's warnings; no words where all is well."""

    model: Chosen
    why: str


def decide(tonight: State, earlier: Earlier | None, as_at: dt.date) -> Decision:
    """The model for the list of the night of `as_at`, from the worst gate of tonight's model, and the model of the night before.

    `earlier` is null on a first night, and where the night before published no such model.
    """
    if tonight == "green":
        return Decision("tonight", "")
    if tonight == "red":
        return Decision("none", "the model failed its gate")
    against = _why_not(earlier, as_at)
    if earlier is None or against:
        return Decision("tonight", f"a gate of the model is amber; it is used because {against}")
    kept = f"a gate of tonight's model is amber: the model fitted on {earlier.fitted_on.isoformat()} is kept"
    return Decision("yesterday", kept)


def _why_not(earlier: Earlier | None, as_at: dt.date) -> str:
    """Why the model of the night before is not kept; empty where it is."""
    if earlier is None:
        return "there is no earlier one"
    if not earlier.reads_tonight:
        return "the earlier one does not read tonight's features"
    if earlier.state == "red":
        return "the earlier one fails its gate on the same people"
    if (as_at - earlier.fitted_on).days > KEPT_DAYS:
        return f"the earlier one was fitted more than {KEPT_DAYS} days ago"
    return ""
