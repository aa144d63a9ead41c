"""Published chances held against what happened since: the one check that nobody can learn by heart.

Once a month a night's chances are set aside until their window is over. What is then expected over observed is of the models that
made lists, on people as they were scored, with all that has changed since. Care given to people who were listed is in it, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from stratify.models.design import KEY

SET_ASIDE = pa.schema([("score", pa.string()), ("scored_on", pa.date32()), (KEY, pa.string()), ("p", pa.float64())])

# Of each score. Pseudonyms are random, so the first of them in their order are a sample of everybody. With one event among
# twenty people, expected over observed is then known to about 4 %.
MOST_PEOPLE = 50_000


class Matured(NamedTuple):
    """A month's chances whose window is over: people with a known outcome, events, and events expected."""

    score: str
    scored_on: dt.date
    people: int
    events: int
    expected: float


def set_aside(kept: pa.Table | None, scores: pa.Table, names: list[str], people: pa.Table, as_at: dt.date) -> pa.Table:
    """`SET_ASIDE` rows that wait for their window: those kept so far, and tonight's of each score without any of this month.

    `scores` are tonight's `Score` rows, `names` the scores that are chances. Of people who are no longer in `people` (they opted
    out, or never were one person) nothing is kept.
    """
    before = SET_ASIDE.empty_table() if kept is None else kept.cast(SET_ASIDE)
    this_month = as_at.replace(day=1)
    fresh = [_tonight(scores, name, as_at) for name in names if not _has(before, name, this_month)]
    every = pa.concat_tables([before, *fresh])
    known = every.filter(pc.is_in(every[KEY], value_set=people[KEY].combine_chunks()))
    return known.sort_by([(name, "ascending") for name in ("score", "scored_on", KEY)])


def _has(kept: pa.Table, score: str, month: dt.date) -> bool:
    days = kept.filter(pc.equal(kept["score"], score))["scored_on"]
    return bool(pc.any(pc.greater_equal(days, pa.scalar(month)), min_count=0).as_py())


def _tonight(scores: pa.Table, name: str, as_at: dt.date) -> pa.Table:
    rows = scores.filter(pc.and_(pc.equal(scores["score"], name), scores["value"].is_valid()))
    rows = rows.sort_by(KEY).slice(0, MOST_PEOPLE)
    count = rows.num_rows
    columns = [pa.repeat(name, count), pa.repeat(pa.scalar(as_at), count), rows[KEY], rows["value"]]
    return pa.table(columns, schema=SET_ASIDE)


def groups(waiting: pa.Table) -> set[tuple[str, dt.date]]:
    """Every score and day of which chances wait."""
    found = waiting.group_by(["score", "scored_on"]).aggregate([])
    return set(zip(found["score"].to_pylist(), found["scored_on"].to_pylist(), strict=True))


def matured(waiting: pa.Table, score: str, scored_on: dt.date, outcome: pa.Table) -> Matured:
    """Held against (pseudonym, outcome); those who are not there, or whose outcome is not known, are left out."""
    rows = of_group(waiting, score, scored_on)
    happened = outcome["outcome"].combine_chunks().take(pc.index_in(rows[KEY], value_set=outcome[KEY].combine_chunks()))
    known = rows.filter(happened.is_valid())
    events = int(pc.sum(happened.cast(pa.int64()), min_count=0).as_py())
    return Matured(score, scored_on, known.num_rows, events, round(float(pc.sum(known["p"], min_count=0).as_py()), 6))


def of_group(waiting: pa.Table, score: str, scored_on: dt.date) -> pa.Table:
    """The rows of one score and day."""
    is_it = pc.and_(pc.equal(waiting["score"], score), pc.equal(waiting["scored_on"], pa.scalar(scored_on)))
    return waiting.filter(is_it)


def without(waiting: pa.Table, keys: Iterable[tuple[str, dt.date]]) -> pa.Table:
    """What is left when the rows of these scores and days are gone."""
    for score, day in keys:
        is_it = pc.and_(pc.equal(waiting["score"], score), pc.equal(waiting["scored_on"], pa.scalar(day)))
        waiting = waiting.filter(pc.invert(is_it))
    return waiting
