"""Events of 24 months for the pages of all teams, in one walk through the night's activity.

What events have in common (kind, provider, categories, details) is written once for each distinct combination: people have
millions of events and few of those.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from caseload.desk.tables import DETAILS, EVENT, KIND, DeskNews
from governance.access.categories import categories
from governance.table_files import TableWriter
from governance.wall import scan_strings
from pipelines.engine import Engine
from pipelines.feeds import data_before
from pipelines.fields import FieldList
from pipelines.night import Night
from pipelines.settings.purposes import CASE_MANAGEMENT
from schemas.zones import Zone

DAYS = 730  # 24 months, as the features count them
LASTING = "social_care_service"
NO_EVENT = "gp_snapshot"
NEWS = {"accident_and_emergency": "ecds", "inpatient_emergency": "sus_apc"}  # and the source that tells it
CATEGORISED = ("treatment_function", "primary_support_reason")
ATTRIBUTES = tuple(dict.fromkeys((*DETAILS, *CATEGORISED)))
OF_EVENT = ("start_date", "end_date", "activity_type", "provider_code", "codes")
BATCH_ROWS = 100_000


@dataclass
class DeskTeam:
    """A team's open file: its people by working pseudonym and number, their pseudonyms by number, and what was written so far."""

    file: TableWriter
    members: pa.Table
    pseudonyms: pa.ChunkedArray
    kinds: dict[str, int] = field(default_factory=dict)
    events: int = 0
    news: list[pa.Table] = field(default_factory=list)


def write_events(night: Night, teams: Sequence[DeskTeam], fields: FieldList) -> None:
    """Fill `desk_event`, `desk_kind` and `desk_news` of every team."""
    settings = night.configuration.night
    allowed = fields.written("desk_event", CASE_MANAGEMENT)
    reached = {kind: data_before(night.parent_folder).get(source) for kind, source in NEWS.items()}
    with Engine(night.shelf.folder / "spill", memory_mb=settings.memory_mb, threads=settings.threads) as engine:
        for batch in _events(night, engine, teams):
            for place in pc.unique(batch["team"]).to_pylist():
                mine = _with_categories(batch.filter(pc.equal(batch["team"], place)))
                teams[place].news.append(_news(teams[place], mine, reached))
                _write(teams[place], mine, allowed)
    for team in teams:
        _write_news(team, fields)


def _events(night: Night, engine: Engine, teams: Sequence[DeskTeam]) -> Iterator[pa.Table]:
    """Events of the teams' people with the number of the team and of the person, in the order of both and of the start."""
    files = sorted((night.shelf.folder / Zone.PSEUDONYMISED / "activity").glob("*.parquet"))
    if not files:
        return
    members = pa.concat_tables(
        [
            each.members.append_column("team", pa.repeat(pa.scalar(place, pa.int64()), each.members.num_rows))
            for place, each in enumerate(teams)
        ]
    )
    since = night.as_at - dt.timedelta(days=DAYS)
    events = (
        engine.scan(files)
        .filter(_shown(since, night.as_at))
        .join(engine.from_arrow(members), left_on="pseudonym", right_on="working", how="inner")
    )
    attributes = [nw.col("attributes").struct.field(name).alias(name) for name in ATTRIBUTES]
    yield from engine.batches(events.select("team", "person", *OF_EVENT, *attributes), BATCH_ROWS)


def _shown(since: dt.date, as_at: dt.date) -> nw.Expr:
    recent = nw.col("start_date") >= since
    lasts = (nw.col("activity_type") == LASTING) & (nw.col("end_date").is_null() | (nw.col("end_date") >= since))
    return (recent | lasts) & (nw.col("start_date") <= as_at) & (nw.col("activity_type") != NO_EVENT)


def _with_categories(events: pa.Table) -> pa.Table:
    """The events with their categories of activity, joined by +."""
    attributes = pa.StructArray.from_arrays([_whole(events[name]) for name in CATEGORISED], CATEGORISED)
    found = categories(events.append_column("attributes", attributes))
    parts = [pc.if_else(mask, name, None) for name, mask in found.items()]
    joined = pc.binary_join_element_wise(*parts, "+", null_handling="skip")
    return events.append_column("categories", joined)


def _write(team: DeskTeam, events: pa.Table, allowed: frozenset[str]) -> None:
    columns = {
        name: events[name] if name in allowed else pa.nulls(events.num_rows, KIND.field(name).type) for name in KIND.names[1:]
    }
    told = pa.table(columns, schema=pa.schema(list(KIND)[1:]))
    texts = pc.binary_join_element_wise(*(pc.fill_null(column.cast(pa.string()), "") for column in told.columns), "|")
    first = pc.unique(texts)
    new = [text for text in first.to_pylist() if text not in team.kinds]
    if new:
        rows = told.take(pc.index_in(pa.array(new), value_set=_whole(texts)))
        numbers = pa.array(range(len(team.kinds), len(team.kinds) + len(new)), pa.int64())
        scan_strings(rows, name="desk_kind")
        team.file.add("desk_kind", rows.add_column(0, "kind", numbers))
        team.kinds |= zip(new, numbers.to_pylist(), strict=True)
    kinds = pa.array([team.kinds[text] for text in first.to_pylist()], pa.int64()).take(pc.index_in(texts, value_set=first))
    places = pa.array(range(team.events, team.events + events.num_rows), pa.int64())
    ends = events["end_date"] if "end_date" in allowed else pa.nulls(events.num_rows, pa.date32())
    team.file.add("desk_event", pa.table([events["person"], places, events["start_date"], ends, kinds], schema=EVENT))
    team.events += events.num_rows


def _news(team: DeskTeam, events: pa.Table, reached: dict[str, dt.date | None]) -> pa.Table:
    """Attendances and emergency admissions after the last day that the night before knew of; none on a first night."""
    fresh = pa.chunked_array([pa.repeat(pa.scalar(False), events.num_rows)])
    for kind, day in reached.items():
        if day is not None:
            later = pc.greater(events["start_date"], pa.scalar(day, pa.date32()))
            fresh = pc.or_(fresh, pc.and_(pc.equal(events["activity_type"], kind), later))
    rows = events.filter(fresh)
    return rows.append_column("pseudonym", team.pseudonyms.take(rows["person"])).select(DeskNews.arrow_schema().names)


def _write_news(team: DeskTeam, fields: FieldList) -> None:
    """Two of a kind on one day are one line of news, with the later end."""
    from pipelines.desk_tables import limited

    rows = pa.concat_tables([DeskNews.empty(), *team.news])
    rest = [name for name in rows.column_names if name not in DeskNews.key]
    once = rows.group_by(list(DeskNews.key), use_threads=False).aggregate([(name, "max") for name in rest])
    once = once.rename_columns([name.removesuffix("_max") for name in once.column_names]).select(rows.column_names)
    told = limited(fields, "desk_news", once)
    scan_strings(told, name="desk_news")
    team.file.add("desk_news", told.sort_by([(name, "ascending") for name in DeskNews.key]))


def _whole(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
