"""Facts of the listed people, in words: what each feed tells of a person, with dates, and of which day it speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.pseudonymised import Fact
from schemas.table import Rows
from stratify.features import FEATURES
from stratify.reasons.categories import ORDINARY
from stratify.reasons.dates_in_words import day_in_words, month_in_words
from stratify.reasons.kinds import KINDS, Kind, aggregated
from stratify.reasons.known import known_of_listed
from stratify.reasons.look import Look
from stratify.reasons.personal import PERSONAL, PERSONAL_COLUMNS
from stratify.reasons.practice import practice_rows
from stratify.reasons.undated import PRACTICE, Undated, no_contact
from stratify.reasons.wording import SAYINGS, Seen, Words

GROUPS = frozenset(feature.group for feature in FEATURES)
HUNDREDTHS = 100

Line = tuple[Any, ...]


@dataclass(frozen=True)
class Records:
    """What is known of the listed people: `events` as `aggregated` gives them, `practice` as `practice_rows`, `features` rows."""

    events: pa.Table
    practice: pa.Table
    features: pa.Table


def look_up(
    activity: nw.LazyFrame[Any], listed: nw.LazyFrame[Any], features: pa.Table, now: Look, before: Look | None = None
) -> Records:
    """Run both queries over the activity of the people in `listed` (column `pseudonym`); `features` are their feature rows.

    `before` is the look since which something may be new; without it nothing is.
    """
    frames = (aggregated(known_of_listed(activity, listed, now, before)), practice_rows(activity, listed, now))
    events, practice = (frame.collect("pyarrow").to_native().sort_by("pseudonym") for frame in frames)
    return Records(events, practice, features.sort_by("pseudonym"))


def fact_rows(
    records: Records, listed: Collection[str], look: Look, *, groups: Collection[str] = GROUPS, more: Iterable[Line] = ()
) -> Rows[Fact]:
    """Every fact of the people in `listed`, sorted by pseudonym and in the order in which facts are told.

    `groups` are the model's groups of features: a fact belongs to the first of its kind's that is among them. `more` are further
    lines, told first. Nothing is told of a feed that did not arrive.
    """
    told = (
        more,
        *(_of_kind(kind, records.events, look, groups) for kind in KINDS),
        *(_of_practice(each, records.practice, look) for each in PRACTICE),
        *(_of_person(each, records.features, look) for each in PERSONAL),
        _without_contact(records.events, listed, look),
    )
    return _in_order([_as_table(list(lines)) for lines in told])  # one table a kind: millions of lines never stand in memory


def _of_kind(kind: Kind, events: pa.Table, look: Look, groups: Collection[str]) -> Iterable[Line]:
    names = ["times", "first", "last", "earlier", *(["amount"] if kind.amount is not None else [])]
    table = events.select(["pseudonym", *(f"{kind.name}_{name}" for name in names)]).rename_columns(["pseudonym", *names])
    told = pc.greater(table["times"], 0)
    table = table.filter(pc.or_(told, table["earlier"].is_valid()) if kind.manner == "counted" else told)
    group = next((each for each in kind.groups if each in groups), None)
    told_by, last_day, say = look.told_by(kind.feed), look.data_to.get(kind.feed), SAYINGS[kind.name]
    for row in table.to_pylist():
        amount = (row.get("amount") or 0) / HUNDREDTHS
        words = say(Seen(look.as_at, row["times"], row["first"], row["last"], row["earlier"], amount))
        if words:
            measured = amount if kind.amount is not None else None
            times, first, last = row["times"], row["first"], row["last"] or row["earlier"]
            yield (row["pseudonym"], kind.name, group, *words, kind.feed, told_by, last_day, kind.category,
                   times, measured, first, last)  # fmt: skip


def _of_practice(each: Undated, practice: pa.Table, look: Look) -> Iterable[Line]:
    for row in practice.to_pylist():
        words, day = each.say(row), row["snapshot_date"]
        if words:
            told_by = f"GP records of {day_in_words(day, look.as_at)}"
            amount = row["repeat_medicines"] if each.name == "medicines" else None
            yield row["pseudonym"], each.name, each.group, *words, "gp", told_by, day, each.category, None, amount, None, None


def _of_person(each: Undated, features: pa.Table, look: Look) -> Iterable[Line]:
    feed = each.feed
    told_by, last_day = (look.told_by(feed), look.data_to.get(feed)) if feed else (None, None)
    names = [name for name in PERSONAL_COLUMNS if name in features.column_names]
    for row in features.select(["pseudonym", *names]).to_pylist():
        words = each.say(row)
        if words:
            yield row["pseudonym"], each.name, each.group, *words, feed, told_by, last_day, each.category, None, None, None, None


def _without_contact(events: pa.Table, listed: Collection[str], look: Look) -> Iterable[Line]:
    last = dict(zip(events["pseudonym"].to_pylist(), events["last_contact"].to_pylist(), strict=True))
    for pseudonym in sorted(listed):
        words = no_contact(last.get(pseudonym), look.as_at, month_in_words)
        if words:
            day = last.get(pseudonym)
            yield pseudonym, "no_contact", None, *words, None, None, None, ORDINARY, None, None, None, day


def line(pseudonym: str, name: str, words: Words, *, category: str) -> Line:
    """A line of no group and no single feed."""
    return pseudonym, name, None, *words, None, None, None, category, None, None, None, None


def _as_table(lines: Sequence[Line]) -> pa.Table:
    schema = Fact.arrow_schema()
    fields = [field for field in schema if field.name != "place"]
    columns = zip(*lines, strict=True) if lines else ([] for _ in fields)
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)], schema=pa.schema(fields)
    )


def _in_order(tables: Sequence[pa.Table]) -> Rows[Fact]:
    """By person, and a person's facts in the order of the tables, numbered from 1."""
    table = pa.concat_tables(tables)
    table = table.append_column("order", pa.array(np.arange(table.num_rows), pa.int64()))
    table = table.sort_by([("pseudonym", "ascending"), ("order", "ascending")])
    return Fact.conform(table.append_column("place", places(table["pseudonym"])))  # type: ignore[no-any-return]


def places(pseudonyms: pa.ChunkedArray) -> pa.Array:
    """1, 2, 3 within each run of the same pseudonym."""
    codes = np.asarray(pseudonyms.combine_chunks().dictionary_encode().indices)
    starts = np.flatnonzero(np.diff(codes, prepend=-1)) if len(codes) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(codes)))
    return pa.array(np.arange(len(codes)) - np.repeat(starts, lengths) + 1, pa.int64())
