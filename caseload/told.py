"""Reasons as a list tells them: the facts of the groups that raise a person's risk, each feed and its day named once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Row = Mapping[str, Any]

# Groups of reasons that a list tells, the most telling first, and facts of each.
MOST_REASONS = 5
MOST_FACTS = 3

# The category that every reader of a list may see; everything else stands in a column of its own.
ORDINARY = "ordinary"
SINCE_LAST = "since_last"
NOTHING_NEW = "Nothing new "  # how the sentence of a person of whom nothing became known goes on or begins


@dataclass(frozen=True)
class Told:
    """What a list says of one person; null where there is nothing to say."""

    reasons: str | None = None
    since_last: str | None = None
    restricted: str | None = None


def says_news(words: str | None) -> bool:
    """Whether the sentence since the last night tells anything: everybody listed has one, most that nothing is new."""
    return bool(words) and NOTHING_NEW not in str(words)


def told_columns(told: Told | None, short: str | None) -> dict[str, str | None]:
    """A list's columns `reasons`, `since_last` and `reasons_restricted`.

    The `short` reasons beside a score only where there are no others at all: they do not keep apart what not everybody may see.
    """
    if told is None:
        return {"reasons": short}
    reasons = told.reasons if told.reasons or told.restricted else short
    return {"reasons": reasons, "since_last": told.since_last, "reasons_restricted": told.restricted}


def told_of(reasons: pa.Table | None, facts: pa.Table | None, score: str, who: pa.ChunkedArray) -> dict[str, Told]:
    """Person to what is told of her: `reasons` are Reason rows, of which those of `score` count, `facts` Fact rows.

    Nobody where either is missing: a night from before there were any.
    """
    if reasons is None or facts is None:
        return {}
    mine = _by_person(reasons.filter(pc.equal(reasons["score"], score)), who)
    return {pseudonym: _told(mine.get(pseudonym, []), rows) for pseudonym, rows in _by_person(facts, who).items()}


def _told(reasons: Sequence[Row], facts: Sequence[Row]) -> Told:
    groups = [row["group"] for row in reasons]
    ordinary = [row for row in facts if row["category"] == ORDINARY]
    apart = [row for row in facts if row["category"] != ORDINARY]
    news, news_apart = ([row["words"] for row in rows if row["fact"] == SINCE_LAST] for rows in (ordinary, apart))
    said_apart = [with_feeds(of_groups(groups, apart)), *news_apart]
    return Told(
        with_feeds(of_groups(groups, ordinary)) or None,
        news[0] if news else None,
        "; ".join(filter(None, said_apart)) or None,
    )


def of_groups(groups: Iterable[str], facts: Sequence[Row]) -> list[Row]:
    """The facts of the first groups that have any, in the order of the groups."""
    by_group: dict[str, list[Row]] = {}
    for row in facts:
        by_group.setdefault(row["group"] or "", []).append(row)
    shown = [group for group in groups if group in by_group][:MOST_REASONS]
    return [row for group in shown for row in by_group[group][:MOST_FACTS]]


def with_feeds(facts: Iterable[Row]) -> str:
    """`2 emergency admissions since March, the last on 3 May; 9 nights in hospital in 12 months (hospital data to 24 May)`.

    A feed and its day are named once, after the last of the facts in a row that it tells.
    """
    parts = []
    for told_by, rows in groupby(facts, key=lambda row: row["told_by"]):
        words = "; ".join(row["words"] for row in rows)
        parts.append(f"{words} ({told_by})" if told_by else words)
    return "; ".join(parts)


def _by_person(table: pa.Table, who: pa.ChunkedArray) -> dict[str, list[Row]]:
    """A person's rows, in the order of their places."""
    mine = table.filter(pc.is_in(table["pseudonym"], value_set=who))
    found: dict[str, list[Row]] = {}
    for row in mine.sort_by([("pseudonym", "ascending"), ("place", "ascending")]).to_pylist():
        found.setdefault(row["pseudonym"], []).append(row)
    return found
