"""What the night left out, by source and rule: whole rows, and single values of rows that stayed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.theme import BLUE, LIGHT_BLUE
from measures.report.words import SOURCES, name_of, whole

SHOWN = 15

# How a rule's name ends where only the value was emptied and the row stayed.
VALUE_ONLY = ": value left out"


class Count(NamedTuple):
    """The sum of the counts that are shown, and whether some are withheld, which makes it a least number."""

    known: int
    withheld: bool

    def said(self, thing: str) -> str:
        """`no rows`, `1 row`, `at least 14 rows`, `a few rows`."""
        if not self.known:
            return f"{'a few' if self.withheld else 'no'} {thing}s"
        return f"{'at least ' if self.withheld else ''}{self.known:,} {thing}{'' if self.known == 1 else 's'}"

    @property
    def are(self) -> str:
        """The verb that goes with `said`."""
        return "was" if self.known == 1 and not self.withheld else "were"


def refused_and_emptied(rejects: pa.Table) -> tuple[Count, Count]:
    """Rows that were refused, and values that were left out of rows that stayed."""
    rows = rejects.to_pylist()
    refused, emptied = ([row["count"] for row in rows if _is_value(row) == kind] for kind in (False, True))
    one, two = (Count(sum(count or 0 for count in counts), None in counts) for counts in (refused, emptied))
    return one, two


def in_words(rejects: pa.Table) -> str:
    """Both counts in one sentence."""
    if not rejects.num_rows:
        return "No row broke a rule."
    refused, emptied = refused_and_emptied(rejects)
    words = f"{refused.said('row')} {refused.are} refused, {emptied.said('value')} {emptied.are} left out of rows that stayed."
    return words[0].upper() + words[1:]


def figure(rejects: pa.Table) -> Figure:
    """The rules that were broken most; all of them in the table."""
    rows = sorted(rejects.to_pylist(), key=lambda row: (-(row["count"] or 0), row["source"], row["rule"]))
    drawn = [
        Bar(f"{name_of(SOURCES, row['source'])}: {_rule(row)}", row["count"], _text(row), _colour(row)) for row in rows[:SHOWN]
    ]
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
    advice = " The longest bars are worth a call to the supplier." if rows else ""
    return Figure(
        key="quarantine",
        title="Rows refused and values left out, by the rule they broke",
        reading=in_words(rejects) + advice,
        panels=[Panel(lambda width: bars(drawn, width), f"Bar chart. {words}")] if drawn else (),
        legend=[(BLUE, "rows refused"), (LIGHT_BLUE, "values left out of rows that stayed")] if drawn else (),
        columns=("Source", "Rule", "Left out", "Count"),
        rows=[[name_of(SOURCES, row["source"]), _rule(row), _kind(row), whole(row["count"])] for row in rows],
        numeric=range(3, 4),
    )


def _is_value(row: dict[str, Any]) -> bool:
    return str(row["rule"]).endswith(VALUE_ONLY)


def _rule(row: dict[str, Any]) -> str:
    return str(row["rule"]).removesuffix(VALUE_ONLY)


def _kind(row: dict[str, Any]) -> str:
    return "the value" if _is_value(row) else "the row"


def _text(row: dict[str, Any]) -> str:
    thing = "value" if _is_value(row) else "row"
    return f"{whole(row['count'])} {thing}{'' if row['count'] == 1 else 's'}"


def _colour(row: dict[str, Any]) -> str:
    return LIGHT_BLUE if _is_value(row) else BLUE
