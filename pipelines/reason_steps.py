"""The step that gives reasons: shares, facts and what is new, of the people who are on a list tonight."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.pseudonymised import Fact, Reason
from schemas.table import TableRef
from schemas.zones import Zone

if TYPE_CHECKING:
    from pipelines.analytic import Bench
    from stratify.reasons import Additive, Look, Records

PSEUDONYMISED, AGGREGATE = Zone.PSEUDONYMISED, Zone.AGGREGATE

# A score that moved by less is as it was, though a band begins between: five people in a hundred, as on the lists.
MOVED = 0.05

# Score name to what its model's columns add, person by person in the order of the features it is given.
Explained = Mapping[str, Callable[[pa.Table], "Additive"]]


def put_reasons(bench: Bench, models: Explained, *, bands_of: str) -> tuple[TableRef, ...]:
    """Write `reason` and `fact` for everybody on a list tonight.

    `models` are the fitted models by score: reasons are given of those who have the score. `bands_of` is the score whose band is
    compared with the last look's.
    """
    from pipelines.analytic_tables import engine_of, scan_activity
    from stratify.reasons import fact_rows, listed_people, look_up

    selection, scores = (bench.shelf.get(PSEUDONYMISED, name) for name in ("selection", "score"))
    listed = listed_people(selection)
    features = of_people(bench.shelf.get(PSEUDONYMISED, "feature"), listed["pseudonym"]).sort_by("pseudonym")
    reasons = [Reason.empty(), *(_reasons_of(score, explain, features, scores) for score, explain in models.items())]
    now, before = look_of(bench.folder, bench.as_at), last_look(bench.parent_folder)
    with engine_of(bench) as engine:
        records = look_up(scan_activity(bench, engine), engine.from_arrow(listed), features, now, before)
    who = listed["pseudonym"].to_pylist()
    news = _news(bench, records, who, (before, now), bands_of) if before is not None else ()
    return (
        bench.shelf.put(Reason, "reason", pa.concat_tables(reasons)),
        bench.shelf.put(Fact, "fact", fact_rows(records, who, now, more=news)),
    )


def _reasons_of(score: str, explain: Callable[[pa.Table], Additive], features: pa.Table, scores: pa.Table) -> pa.Table:
    """The reasons of those among `features` who have the score."""
    from stratify.models.reasons import GROUP_OF
    from stratify.reasons import group_shares, reason_rows

    given = scores.filter(pc.and_(pc.equal(scores["score"], score), scores["value"].is_valid()))
    mine = of_people(features, given["pseudonym"])
    return reason_rows(score, mine["pseudonym"].to_pylist(), group_shares(explain(mine), GROUP_OF))


def _news(bench: Bench, records: Records, who: list[str], looks: tuple[Look, Look], bands_of: str) -> Iterable[tuple[Any, ...]]:
    """What is new since the look of the night before, as lines of facts."""
    from pipelines.analytic_tables import last_night
    from stratify.reasons import listed_people, since_last

    bands = bands_between(last_night(bench, "score"), bench.shelf.get(PSEUDONYMISED, "score"), bands_of, who)
    chosen = last_night(bench, "selection")
    listed_before = frozenset(listed_people(chosen)["pseudonym"].to_pylist() if chosen is not None else ())
    return since_last(records.events, who, *looks, bands=bands, listed_before=listed_before)


def look_of(folder: Path, as_at: dt.date) -> Look:
    """What the feeds of a night spoke of."""
    from stratify.reasons import Look

    feeds = pq.read_table(folder / AGGREGATE / "feed_age.parquet", partitioning=None).to_pylist()
    return Look(as_at, {feed["source"]: feed["data_to"] for feed in feeds})


def last_look(folder: Path | None) -> Look | None:
    """The look of the night before; None where there was none, or it kept no feeds."""
    if folder is None or not (folder / AGGREGATE / "feed_age.parquet").is_file():
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return look_of(folder, dt.date.fromisoformat(manifest["as_at"]))


def bands_between(
    then: pa.Table | None, now: pa.Table, score: str, who: Collection[str]
) -> dict[str, tuple[str | None, str | None]]:
    """A listed person's band of a score on the last night and tonight; the same where the score moved too little to tell of."""
    last = {} if then is None else _scored(then, score, who)
    found = {}
    for pseudonym, (value, band) in _scored(now, score, who).items():
        value_then, band_then = last.get(pseudonym, (None, None))
        moved = value is not None and value_then is not None and abs(value - value_then) >= MOVED
        found[pseudonym] = (band_then if moved else band, band)
    return found


def _scored(scores: pa.Table, score: str, who: Collection[str]) -> dict[str, tuple[float | None, str | None]]:
    rows = of_people(scores.filter(pc.equal(scores["score"], score)), pa.array(who, pa.string()))
    values = zip(rows["value"].to_pylist(), rows["band"].to_pylist(), strict=True)
    return dict(zip(rows["pseudonym"].to_pylist(), values, strict=True))


def of_people(table: pa.Table, who: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The rows of some people."""
    return table.filter(pc.is_in(table["pseudonym"], value_set=who))
