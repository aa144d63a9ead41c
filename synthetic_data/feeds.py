"""One kind of file: its layout, its calendar, the rows of each period, and the few rows that are bad on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from pipelines.extracts.layout import TableLayout, fold
from synthetic_data.calendars import Calendar, Period, periods
from synthetic_data.chance import Ints
from synthetic_data.recording import Known
from synthetic_data.settings import AreaSettings
from synthetic_data.world import World

LATE = 0.015  # of rows: not yet there in a month's first file
PROVISIONAL = 0.05  # of rows of a first file: one value not yet there
BAD = 0.0005  # of rows: broken on purpose, so that quarantine is never empty


@dataclass(frozen=True)
class Feed:
    """Files of one table of one source. `rows` gives a period's rows; `events` counts what is activity."""

    source: str
    layout: TableLayout
    calendar: Calendar
    rows: Callable[[Period], pa.Table]
    events: int = 0


@dataclass(frozen=True)
class Service:
    """What a service module hands over: its files, and its records with the key the pipeline will form of them."""

    source: str
    feeds: tuple[Feed, ...]
    known: Known
    local_patient_id: pa.Array


@dataclass(frozen=True)
class Spoil:
    """Which column of a table holds a bad value now and then, and what it then says."""

    column: str
    value: str


def dated(
    world: World, source: str, layout: TableLayout, calendar: Calendar, *, day: Ints, key: Ints, columns: Mapping[str, Any],
    spoil: Spoil | None = None, provisional: str | None = None,
) -> Feed:  # fmt: skip
    """A feed of events, each in the file of the period in which its `day` lies. Rows lie in the order of `day`.

    `key` names each event for the draws of lateness and damage; `provisional` is the column that a first file may lack.
    """
    table = arrange(layout, columns)
    late = world.chance.happens(f"late in {layout.name}", LATE, key)
    unsure = world.chance.happens(f"provisional in {layout.name}", PROVISIONAL, key)
    if spoil is not None:
        table = spoiled(table, spoil, world.chance.happens(f"bad in {layout.name}", BAD, key))

    def rows(period: Period) -> pa.Table:
        start, end = np.searchsorted(day, [period.first, period.last + 1])
        part = table.slice(start, end - start)
        if not period.first_version:
            return part
        if provisional is not None:
            part = blanked(part, provisional, unsure[start:end])
        return part.filter(pa.array(~late[start:end]))

    return Feed(source, layout, calendar, rows, len(day))


def standing(world: World, feed: Feed, key: str, provisional: str) -> Feed:
    """A feed whose first file of a month lacks a value here and there that the refresh brings.

    `key` is the column that names a row, `provisional` the column that may be empty.
    """

    def rows(period: Period) -> pa.Table:
        table = feed.rows(period)
        if not period.first_version or not table.num_rows:
            return table
        digits = pc.utf8_slice_codeunits(table[key], -6).cast(pa.int64()).to_numpy()
        empty = world.chance.happens(f"provisional in {feed.layout.name}", PROVISIONAL, digits)
        empty[0] = True  # so that even a short file differs from its refresh
        return blanked(table, provisional, empty)

    return replace(feed, rows=rows)


def arrange(layout: TableLayout, columns: Mapping[str, Any]) -> pa.Table:
    """The columns in the layout's order; `KeyError` where one is not in the layout."""
    place = {item.name: number for number, item in enumerate(layout.fields)}
    ordered = sorted(columns, key=lambda name: place[name])
    return pa.table({name: columns[name] for name in ordered})


def spoiled(table: pa.Table, spoil: Spoil, bad: Any) -> pa.Table:
    """The table with the bad value in the rows marked."""
    column = pc.if_else(pa.array(bad), spoil.value, table[spoil.column].cast(pa.string()))
    return table.set_column(table.column_names.index(spoil.column), spoil.column, column)


def blanked(table: pa.Table, name: str, empty: Any) -> pa.Table:
    """The table with the column empty in the rows marked."""
    column = table[name]
    return table.set_column(
        table.column_names.index(name), name, pc.if_else(pa.array(empty), pa.scalar(None, column.type), column)
    )


def write_feed(feed: Feed, settings: AreaSettings, inbox: Path) -> int:
    """Write the feed's files that are due; how many."""
    due = [(period, inbox / feed.source / f"{feed.layout.name}_{period.name}.csv") for period in periods(feed.calendar, settings)]
    missing = [(period, path) for period, path in due if not arrived(settings, path)]
    for period, path in missing:
        write_csv(feed.rows(period), path)
    return len(missing)


def arrived(settings: AreaSettings, path: Path) -> bool:
    """Whether a file came on an earlier night: what a supplier has delivered stays as it is."""
    return settings.night > 0 and path.exists()


def write_csv(table: pa.Table, path: Path, *, header: bool = True) -> None:
    """One CSV file: UTF-8, comma, empty for null, dates as YYYY-MM-DD."""
    path.parent.mkdir(parents=True, exist_ok=True)
    csv.write_csv(table, str(path), csv.WriteOptions(include_header=header, batch_size=8192))


def known_headers(layout: TableLayout) -> set[str]:
    """Every header the layout reads, folded."""
    return {fold(name) for item in layout.fields for name in (item.name, *item.aliases)}
