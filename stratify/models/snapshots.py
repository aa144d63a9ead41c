"""What a model learns from: people at index dates in the past, with what was known of them then and what came after.

Features are built as tonight's are, with feeds as late as tonight's, so that a model learns from what it will be used on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from stratify.features import DAYS_PER_YEAR, available_services, build_features
from stratify.models.night_models import FEWEST_EVENTS, NightModel

Frame = nw.LazyFrame[Any]
Names = frozenset[str]

PERSON, INDEX_DATE, SLICE, OUTCOME = "pseudonym", "index_date", "slice", "outcome"
BESIDE = (PERSON, INDEX_DATE, SLICE, OUTCOME)

# With more index dates than this, whose people are few, all are built in one pass (`_in_one_pass`), and who they are is found in
# memory (`_in_memory`): a query for each costs more in preparing than in running.
MOST_PASSES = 4


@dataclass(frozen=True)
class Past:
    """The tables that snapshots are made of. `lift` makes a lazy table of the engine's from rows held in memory.

    `built` keeps the features of each index date: two models that learn from the same dates build them once.
    """

    people: Frame
    activity: Frame
    lags: Mapping[str, int]
    bands_at: dt.date
    lift: Callable[[pa.Table], Frame]
    built: dict[tuple[dt.date, Names | None], pa.Table] = field(default_factory=dict)


def tonight(model: NightModel, past: Past, as_at: dt.date) -> list[str]:
    """Pseudonyms of those of whom the model is asked at `as_at`, sorted."""
    asked = _collect(model.who(past.people, past.activity, as_at, past.lags, past.bands_at))
    return sorted(asked[PERSON].to_pylist())


def snapshots(model: NightModel, past: Past, slices: Sequence[Sequence[dt.date]], *, data_to: dt.date) -> pa.Table:
    """`pseudonym`, `index_date`, `slice` (its latest index date), `outcome`, and a column per feature; sorted by the first two.

    The outcome is null of those who could not be followed. Where the early slices have fewer than `FEWEST_EVENTS`, so that no
    model will be fitted, the features are those of the rule alone. Raises `E-OUTCOME-WINDOW`.
    """
    dates = [day for each in slices for day in each]
    looked_at = _in_memory(model, past) if len(dates) > MOST_PASSES else past
    asked = pa.concat_tables([_asked(model, looked_at, day, data_to) for day in dates])
    only = None if _early_events(asked, slices) >= FEWEST_EVENTS else frozenset({"age", model.rule.column, model.rule.ties})
    built = _in_one_pass(past, asked, dates, only) if len(dates) > MOST_PASSES else _date_by_date(past, dates, only)
    joined = asked.join(built, [PERSON, INDEX_DATE], join_type="inner")
    latest = {day: max(each) for each in slices for day in each}
    label = pa.array([latest[day] for day in joined[INDEX_DATE].to_pylist()], pa.date32())
    joined = joined.append_column(SLICE, label).sort_by([(PERSON, "ascending"), (INDEX_DATE, "ascending")])
    return joined.select([*BESIDE, *(name for name in built.column_names if name not in BESIDE)])


def _in_memory(model: NightModel, past: Past) -> Past:
    """What the model looks at to say who is asked and what happened, taken out of the engine once: see `MOST_PASSES`."""
    events = past.activity.filter(nw.col("activity_type").is_in(model.looks_at)) if model.looks_at else past.activity
    people, activity = (nw.from_native(_collect(table)).lazy() for table in (past.people, events))
    return replace(past, people=people, activity=activity)


def _asked(model: NightModel, past: Past, day: dt.date, data_to: dt.date) -> pa.Table:
    asked = model.who(past.people, past.activity, day, past.lags, past.bands_at)
    found = model.happened(past.people, past.activity, day, data_to=data_to)
    rows = _collect(asked.join(found, on=PERSON, how="left").select(PERSON, OUTCOME))
    return rows.append_column(INDEX_DATE, pa.array([day] * rows.num_rows, pa.date32()))


def _early_events(asked: pa.Table, slices: Sequence[Sequence[dt.date]]) -> int:
    """Events in all slices but the last, which checks."""
    late = pa.array(slices[-1], pa.date32())
    early = asked.filter(pc.invert(pc.is_in(asked[INDEX_DATE], value_set=late)))
    return int(pc.sum(early[OUTCOME]).as_py() or 0)


def _date_by_date(past: Past, dates: Sequence[dt.date], only: Names | None) -> pa.Table:
    return pa.concat_tables([_built(past, day, only) for day in dates])


def _built(past: Past, day: dt.date, only: Names | None) -> pa.Table:
    if (day, only) not in past.built:
        frame = build_features(past.people, past.activity, day, bands_at=past.bands_at, lags=past.lags, only=only)
        found = _collect(frame)
        past.built[day, only] = found.append_column(INDEX_DATE, pa.array([day] * found.num_rows, pa.date32()))
    return past.built[day, only]


def _in_one_pass(past: Past, asked: pa.Table, dates: Sequence[dt.date], only: Names | None) -> pa.Table:
    """Every person's events moved on by as many days as her index date lies before the latest one, and built there.

    One person at two index dates is two people meanwhile. A service counts as available where it was at the first and the
    last of the dates. Age is moved back afterwards. Everybody asked was registered and alive at her date: when she left or
    died is nobody's business there.
    """
    last = max(dates)
    later = [(last - day).days for day in asked[INDEX_DATE].to_pylist()]
    moved = asked.select([PERSON, INDEX_DATE]).append_column("later", pa.array(later, pa.int32()))
    places = past.lift(moved.append_column("place", pa.array([f"{number:08d}" for number in range(moved.num_rows)])))
    available = available_services(past.activity, min(dates)) & available_services(past.activity, last)
    people = past.people.with_columns(*(nw.lit(None).cast(nw.Date).alias(name) for name in ("registered_to", "month_of_death")))
    built = _collect(
        build_features(
            _renamed(people, places, ("registered_from",)), _renamed(past.activity, places, ("start_date", "end_date")), last,
            bands_at=past.bands_at, available=available, lags=past.lags, only=only,
        )
    )  # fmt: skip
    built = built.sort_by(PERSON)
    rows = moved.take(pc.cast(built[PERSON], pa.int64()))
    age = pc.max_element_wise(pc.subtract(built["age"], pc.divide(pc.cast(rows["later"], pa.float64()), DAYS_PER_YEAR)), 0.0)
    built = built.set_column(built.column_names.index("age"), "age", pc.if_else(pc.is_valid(built["age"]), age, None))
    built = built.set_column(built.column_names.index(PERSON), PERSON, rows[PERSON])
    return built.append_column(INDEX_DATE, rows[INDEX_DATE])


def _renamed(table: Frame, places: Frame, moving: tuple[str, ...]) -> Frame:
    """The rows of everybody in `places`, once for each place and under its name, dates moved on."""
    joined = table.join(places, on=PERSON, how="inner")
    dates = {name: nw.col(name) + nw.col("later") for name in moving}
    return joined.with_columns(pseudonym=nw.col("place"), **dates).drop("place", "later", INDEX_DATE)


def _collect(frame: Frame) -> pa.Table:
    return frame.collect("pyarrow").to_native()
