"""Extracts in: every source landed, or the last good one carried forward, and the age of each."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.clear_files import check_clear_files
from pipelines.config import Configuration
from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.assemble import assemble_activity, came_back
from pipelines.extracts.border import Border
from pipelines.extracts.landing import LandedSource, LandSettings, land
from pipelines.extracts.layout import Extract
from pipelines.extracts.mappings import load_mappings
from pipelines.night import Night, Progress
from pipelines.permission import borders
from pipelines.project import Project
from pipelines.supplier_pseudonyms import register_columns, with_pseudonyms
from schemas.aggregate import FeedAge
from schemas.errors import CaselinkError
from schemas.identifiable import SOURCES
from schemas.table import Rows
from schemas.zones import Zone

USABLE = ("current", "stale")
BARRED = "barred"  # the state of a source that no legal basis lets be read

# What may follow a table's name in a file's name that is shown: dates, and which delivery of them it is.
DATED = re.compile(r"([_-](\d{4}(-?\d{2}){0,2}|refresh|v\d{1,2}))*")

NOTHING_BEFORE: Mapping[str, dt.date] = {}

HERE = "landed:"  # stands for the folder of landed files, so that a project can be moved


def land_all(
    project: Project,
    configuration: Configuration,
    as_at: dt.date,
    progress: Progress,
    *,
    released: frozenset[str],
    barred: Mapping[str, CaselinkError],
) -> list[LandedSource]:
    """Land every source in the order of `EXTRACTS`. A source that is refused, held or missing says so; none stops another.

    A source that is `barred` is not opened: no legal basis lets it be read tonight. Raises `GovernanceError` `E-TRANSIT-CLEAR`.
    """
    check_clear_files(project, configuration, as_at)
    settings = LandSettings(
        synthetic=configuration.area.synthetic,
        refuse_share=configuration.night.refuse_share,
        released=released,
        borders=_with_register_columns(borders(project, configuration), configuration),
    )
    mappings = load_mappings(project.mappings)
    landed = []
    for number, extract in enumerate(EXTRACTS):
        progress(number, len(EXTRACTS))
        if extract.source in barred:
            landed.append(LandedSource(extract.source, BARRED, message=str(barred[extract.source])))
            continue
        source = land(
            with_pseudonyms(extract, configuration),
            project.inbox,
            project.landed,
            mappings=mappings,
            settings=settings,
            as_at=as_at,
        )
        landed.append(with_shown_names(source, extract, project.inbox / extract.source))
    return landed


def _with_register_columns(
    found: Mapping[tuple[str, str], Border], configuration: Configuration
) -> Mapping[tuple[str, str], Border]:
    """The register's border opened for the columns of pseudonyms that the configuration names."""
    border, columns = found["register", "register"], frozenset(register_columns(configuration))
    opened = border if border.columns is None else replace(border, columns=border.columns | columns)
    return {**found, ("register", "register"): opened}


def with_shown_names(source: LandedSource, extract: Extract, folder: Path) -> LandedSource:
    """The source with only those file names in its words that can hold no identifier; others become `file 3 of register`.

    A supplier may name a file after a person, or after a number. A table's name with a date is shown, nothing else.
    """
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    strange = {name: f"file {place} of {source.source}" for place, name in enumerate(names, 1) if not showable(name, extract)}

    def shown(text: str) -> str:
        for name in sorted(strange, key=len, reverse=True):
            text = text.replace(name, strange[name])
        return text

    return replace(source, message=shown(source.message), warnings=tuple(shown(line) for line in source.warnings))


def showable(name: str, extract: Extract) -> bool:
    """Whether a file's name is a table's name and dates, and so can name nobody."""
    stem = name.split(".")[0].lower()
    prefixes = [table.name.lower() for table in extract.tables if stem.startswith(table.name.lower())]
    return bool(prefixes) and DATED.fullmatch(stem.removeprefix(max(prefixes, key=len))) is not None


def feed_ages(
    landed: list[LandedSource],
    configuration: Configuration,
    as_at: dt.date,
    engine: Engine,
    *,
    before: Mapping[str, dt.date] = NOTHING_BEFORE,
) -> Rows[FeedAge]:
    """One row per source: what arrived and how old it is. `stale` where it is older than its calendar allows.

    The last day a source speaks of stands in its files' names; where none does, it is that of its latest event. A list
    of people without a date in its name has no age. `before`: the last day that each source spoke of on the night before; one
    that speaks of an earlier day now is stale too: a file is gone.
    """
    rows = [_feed(source, configuration, as_at, last_day(source, as_at, engine), before.get(source.source)) for source in landed]
    return FeedAge.validate(pa.Table.from_pylist(rows, schema=FeedAge.arrow_schema()))


def data_before(folder: Path | None) -> dict[str, dt.date]:
    """The last day that each source spoke of on a published night; nothing where there is none."""
    path = folder / Zone.AGGREGATE / "feed_age.parquet" if folder else None
    if path is None or not path.is_file():
        return {}
    rows = pq.read_table(path, columns=["source", "data_to"], partitioning=None).to_pylist()
    return {row["source"]: row["data_to"] for row in rows if row["data_to"] is not None}


def last_day(source: LandedSource, as_at: dt.date, engine: Engine) -> dt.date | None:
    """The last day up to `as_at` that a source speaks of; None where nothing says."""
    if source.data_to is not None:
        return min(source.data_to, as_at)
    extract = next(each for each in EXTRACTS if each.source == source.source)
    events = assemble_activity(extract, source, engine, as_at) if source.files else None
    if events is None:
        return None
    found: dt.date | None = engine.to_arrow(events.select(nw.col("start_date").max()))["start_date"][0].as_py()
    return found


def _feed(
    source: LandedSource, configuration: Configuration, as_at: dt.date, data_to: dt.date | None, before: dt.date | None
) -> dict[str, object]:
    age = (as_at - data_to).days if data_to else None
    limit = configuration.feeds.limit(source.source)
    late = ""
    if source.state == "current" and age is not None and age > limit:
        late = f"older than the {limit} days its calendar allows, {age - limit} days late"
    elif source.state == "current" and data_to is not None and before is not None and data_to < before:
        late = f"its data end before those of the last night, which went to {before.isoformat()}: a file is gone"
    return {
        "source": source.source,
        "state": "stale" if late else source.state,
        "files": len(source.files),
        "rows": sum(file.rows for file in source.files),
        "rejected": sum(file.rejected for file in source.files),
        "data_to": data_to,
        "age_days": age,
        "message": source.message or late or None,
    }


def expected_sources(configuration: Configuration, earlier: Iterable[LandedSource]) -> frozenset[str]:
    """Sources that a night should have: those the configuration names, and those that the night before read."""
    return frozenset(configuration.feeds.expected) | {each.source for each in earlier if each.files and each.source in SOURCES}


def expected_tonight(night: Night) -> frozenset[str]:
    """The same of a night that is under way."""
    return expected_sources(night.configuration, load_landed(night.project, night.parent) if night.parent else ())


def feed_warnings(feeds: Rows[FeedAge], expected: frozenset[str]) -> list[str]:
    """In words, each expected source that the night has to do without or has only in an older state."""
    return [
        f"{feed['source']} is {feed['state']}: {feed['message'] or 'no file in its inbox folder'}; {_without(feed['state'])}."
        for feed in feeds.to_pylist()
        if feed["state"] != "current" and feed["source"] in expected
    ]


def _without(state: str) -> str:
    """What the lists do without a source in this state: what no basis covers is not carried forward either."""
    return (
        "lists do without it, and its older data are not used"
        if state == BARRED
        else "lists rest on its older data or do without"
    )


def returned(source: LandedSource, engine: Engine, as_at: dt.date) -> list[str]:
    """An alarm where people whom a flag kept out of a source are in it again without the flag (governance.md G05)."""
    back = came_back(source, engine, as_at)
    if not back:
        return []
    return [f"{source.source}: {back} people whom a flag kept out are in it again without the flag; ask the supplier why."]


def save_landed(project: Project, run_id: str, landed: list[LandedSource]) -> None:
    """Write down, in the vault, which converted files a night was made of; paths as they lie in `vault/landed`."""
    folder = project.vault_night(run_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps([source.to_dict() for source in landed], indent=1, default=str)
    (folder / "landed.json").write_text(text.replace(f"{project.landed}/", HERE))


def load_landed(project: Project, run_id: str) -> list[LandedSource]:
    """What `save_landed` wrote; nothing where that night wrote nothing."""
    path = project.vault_night(run_id) / "landed.json"
    if not path.is_file():
        return []
    text = path.read_text().replace(HERE, f"{project.landed}/")
    return [LandedSource.from_dict(each) for each in json.loads(text)]


def carry_forward(
    landed: list[LandedSource], earlier: list[LandedSource], barred: Mapping[str, CaselinkError]
) -> list[LandedSource]:
    """For each source that `_rests_on` the files of the night before, those, marked stale with the reason.

    What is `barred` tonight is not carried forward either.
    """
    there = [
        each
        for each in earlier
        if each.files and each.source not in barred and all(file.converted_path.is_file() for file in each.files)
    ]
    before = {each.source: each for each in there}
    return [
        source.with_files_of(before[source.source]) if _rests_on(before.get(source.source), source) else source
        for source in landed
    ]


def _rests_on(before: LandedSource | None, source: LandedSource) -> bool:
    """Whether the night before has more of a source: tonight nothing of it can be read, or its newest file came again and is held
    or refused, so that what is left ends earlier."""
    if before is None or source.state in USABLE:
        return False
    if not source.usable_files:
        return True
    return source.data_to is not None and before.data_to is not None and source.data_to < before.data_to
