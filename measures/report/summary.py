"""The paragraph and the handful of figures at the top of the report."""

from __future__ import annotations

from typing import NamedTuple

from measures.report.charts import feeds
from measures.report.charts.proposals import ACCOUNTABLE, unplaced
from measures.report.charts.rejects import Count, in_words, refused_and_emptied
from measures.report.charts.waterfall import COLOURS as NOT_LINKED
from measures.report.charts.waterfall import counts_by_step
from measures.report.tables import ReportTables
from measures.report.words import NO_FIGURE, WITHHELD, day, percent, plural, whole
from measures.rows import AREA, UNKNOWN
from measures.tiers import PROPOSED
from schemas.pseudonymised import TIERS

TOP_TIER = TIERS[0]
NO_RECORDS = "no records outside the register"


class KeyFigure(NamedTuple):
    """A figure in large type with a line beneath."""

    label: str
    value: str
    note: str


def summary(tables: ReportTables) -> str:
    """What a reader in a hurry should know, in one paragraph."""
    sentences = [_feeds(tables), _linkage(tables), _lists(tables), in_words(tables.rejects)]
    return " ".join(sentence for sentence in sentences if sentence)


def key_figures(tables: ReportTables) -> list[KeyFigure]:
    """People, share linked, people in case management, people proposed, rows refused."""
    people, chosen, rate = _case_management(tables)
    linked, records = _linked(tables)
    refused, emptied = refused_and_emptied(tables.rejects)
    return [
        KeyFigure("People", people, f"{_without_locality(tables)} in no known locality"),
        KeyFigure("Records linked", linked, f"of {records} outside the register" if _records(tables) else NO_RECORDS),
        KeyFigure("In case management", chosen, f"{rate} of people"),
        KeyFigure("Proposed", _proposed(tables), f"{_without(tables)} without a place"),
        KeyFigure("Rows refused", _at_least(refused), f"{emptied.said('value')} left out of rows that stayed"),
    ]


def _feeds(tables: ReportTables) -> str:
    rows = sorted(tables.feeds.to_pylist(), key=lambda row: str(row["source"]))
    night = f"Night of {tables.header.area}: data as at {day(tables.header.as_at)}."
    return f"{night} {feeds.in_words(rows) or f'All {len(rows)} feeds are current.'}"


def _linkage(tables: ReportTables) -> str:
    """Empty where the register was all that came."""
    if not _records(tables):
        return ""
    linked, records = _linked(tables)
    return f"Of {records} person records outside the register, {linked} were linked to a person."


def _lists(tables: ReportTables) -> str:
    people, chosen, rate = _case_management(tables)
    rows = [row for row in tables.proposals.to_pylist() if row["measure"] == PROPOSED]
    professionals = [row for row in rows if row["breakdown"] == ACCOUNTABLE]
    return (
        f"Of {people} people, {chosen} ({rate}) are in case management; {_proposed(tables)} of them are proposed to "
        f"{plural(len(professionals), 'accountable professional')}, {_without(tables)} found no place."
    )


def _at_least(count: Count) -> str:
    """`14`; `14+` where some of it is withheld; `*` where all of it is."""
    if not count.withheld:
        return f"{count.known:,}"
    return f"{count.known:,}+" if count.known else WITHHELD


def _linked(tables: ReportTables) -> tuple[str, str]:
    """Share linked, and records, of all sources but the register; withheld counts are left out."""
    counts, records = counts_by_step(tables.waterfall), _records(tables)
    left = sum(counts[step].known for step in NOT_LINKED if step in counts)
    return percent(1 - left / records if records else None), whole(records)


def _records(tables: ReportTables) -> int:
    """Person records outside the register; withheld counts are left out."""
    return sum(count.known for count in counts_by_step(tables.waterfall).values())


def _case_management(tables: ReportTables) -> tuple[str, str, str]:
    """People, people in case management, and their share."""
    rows = tables.tiers.to_pylist()
    row = next((row for row in rows if row["organisation"] == AREA and row["category"] == TOP_TIER), None)
    if row is None:
        return NO_FIGURE, NO_FIGURE, NO_FIGURE
    return whole(row["denominator"]), whole(row["numerator"]), percent(row["rate"], withheld=row["suppressed"])


def _without_locality(tables: ReportTables) -> str:
    rows = [row for row in tables.tiers.to_pylist() if row["organisation"] == UNKNOWN]
    return whole(rows[0]["denominator"]) if rows else "0"


def _proposed(tables: ReportTables) -> str:
    """People with an accountable professional: all who should have one, less those without a place."""
    row = unplaced(tables.proposals)
    if not row:
        return NO_FIGURE
    if row["numerator"] is None or row["denominator"] is None:
        return WITHHELD
    return whole(row["denominator"] - row["numerator"])


def _without(tables: ReportTables) -> str:
    row = unplaced(tables.proposals)
    return whole(row["numerator"]) if row else NO_FIGURE
