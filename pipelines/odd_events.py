"""Events that cannot be, counted and named in one line each; none is dropped in silence.

    an event that                               what becomes of it
    starts after the night's date               left out: not known yet, or a slip
    starts before the person's day of birth     left out: it is somebody else's, or a date is wrong
    starts after her death, beyond the grace    left out: the same; the grace is for what is written down a day late
    ends before it starts                       kept, as an event of the day it starts
    has a negative cost                         kept, without that cost

A stay that begins before a death and ends with it, or after it, is no such event. A code that is not in its list costs its value
when the extract is read (`pipelines/extracts/casting.py`) and is counted there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from governance.lives import BORN, DIED
from pipelines.engine import Engine
from pipelines.extracts.events import days_between
from pipelines.extracts.layout import AS_AT

# Days after a death on which an event of a type may still begin; of every other type none. Somebody who is brought in dead is
# booked in after midnight, and a practice's register keeps her until its next extract.
GRACE_DAYS: Mapping[str, int] = {
    "accident_and_emergency": 1, "inpatient_emergency": 1, "inpatient_elective": 1, "inpatient_other": 1, "gp_snapshot": 31,
}  # fmt: skip

# What is left out, and what is kept, with what becomes of it.
LEFT_OUT = {
    "future": "start after the night's date, left out",
    "unborn": "start before the person's birth, left out",
    "dead": "start after the person's death, left out",
}
MENDED = {
    "backwards": "end before they start, kept as events of one day",
    "negative": "have a negative cost, kept without it",
}
MUCH = 0.01  # of a source's events: beyond it the line is a warning, as something is wrong with the source or its links


def _yes(condition: nw.Expr) -> nw.Expr:
    return nw.coalesce(condition, nw.lit(False))


def is_future() -> nw.Expr:
    """Whether an event starts after the night's date."""
    return _yes(nw.col("start_date") > nw.col(AS_AT))


def is_unborn() -> nw.Expr:
    """Whether an event starts before the day of birth; not where that day is not known."""
    return _yes(nw.col("start_date") < nw.col(BORN))


def is_dead() -> nw.Expr:
    """Whether an event starts after the death, beyond its type's grace; not where no death is known."""
    grace: nw.Expr = nw.lit(0)
    for kind, days in GRACE_DAYS.items():
        grace = nw.when(nw.col("activity_type") == kind).then(nw.lit(days)).otherwise(grace)
    return _yes(days_between(DIED, "start_date") > grace)


def can_be() -> nw.Expr:
    """Whether an event lies within its person's life; needs `born` and `died` beside it."""
    return ~is_unborn() & ~is_dead()


def count_odd(events: nw.LazyFrame[Any], tokens: nw.LazyFrame[Any], engine: Engine) -> dict[str, int]:
    """How many events, as delivered, break each rule, and `all`; those of people who may not pass the wall are not looked at.

    An event that breaks several rules for which it is left out is counted under the first.
    """
    joined = events.join(tokens, on=["source", "local_patient_id"], how="inner")
    future, unborn, dead = is_future(), is_unborn(), is_dead()
    here = ~future & ~unborn & ~dead
    rules = {
        "all": nw.lit(True),
        "future": future,
        "unborn": ~future & unborn,
        "dead": ~future & ~unborn & dead,
        "backwards": here & _yes(nw.col("end_date") < nw.col("start_date")),
        "negative": here & _yes(nw.col("cost_pence") < 0),
    }
    flagged = joined.select(**{name: rule.cast(nw.Int64) for name, rule in rules.items()})
    row = engine.to_arrow(flagged.select(nw.col(*rules).sum().cast(nw.Int64))).to_pylist()[0]
    return {name: int(count or 0) for name, count in row.items()}


def odd_lines(source: str, counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """(warnings, notes): one line for each rule that events of the source break."""
    warnings, notes = list[str](), list[str]()
    for name, words in (LEFT_OUT | MENDED).items():
        count = counts[name]
        if count:
            (warnings if count > MUCH * counts["all"] else notes).append(f"{source}: events that {words}: {count}.")
    return warnings, notes
