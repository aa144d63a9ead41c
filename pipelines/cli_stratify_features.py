"""`caselink stratify features`: the feature table of a day from pseudonymised tables, on DuckDB or Spark, with no project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import AsJson, Quiet, day_of
from schemas.errors import ConfigurationError

People = Annotated[Path, typer.Option("--people", help="person.parquet of a night, or of what analysts were given.")]
Activity = Annotated[Path, typer.Option("--activity", help="The folder of its activity files, or one such file.")]
Day = Annotated[str, typer.Option("--as-at", help="Index date, YYYY-MM-DD: only what was known then counts.")]
Out = Annotated[Path, typer.Option("--out", help="Parquet to write: pseudonym and a column per feature.")]
FeedAge = Annotated[Path | None, typer.Option("--feed-age", help="feed_age.parquet of the night: how late each feed is.")]
EngineName = Annotated[str, typer.Option("--engine", help="duckdb, or spark where one machine is outgrown.")]
Memory = Annotated[int, typer.Option("--memory-mb", min=256, help="Memory for the engine, in MB; more is spilled to disk.")]
Threads = Annotated[int, typer.Option("--threads", min=1, help="Threads of the engine.")]


def features(
    people: People,
    activity: Activity,
    as_at: Day,
    out: Out,
    feed_age: FeedAge = None,
    engine: EngineName = "duckdb",
    memory_mb: Memory = 1500,
    threads: Threads = 2,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Build the features of everybody registered on a day, as a night does."""
    from pipelines.console import Console
    from pipelines.feature_files import open_engine, write_features

    console = Console(as_json, quiet)
    day = day_of(as_at)
    if day is None:
        raise ConfigurationError("E-ARGUMENT", "--as-at is empty.", cure="write it as YYYY-MM-DD")
    files = sorted(activity.glob("*.parquet")) if activity.is_dir() else [activity]
    if not files:
        raise ConfigurationError("E-FEATURES-FILE", "the folder of --activity holds no Parquet file.", cure="name another")
    with open_engine(engine, memory_mb=memory_mb, threads=threads) as running:
        done = write_features(people, files, out, day, engine=running, feed_age=feed_age)
    console.say(f"{done['people']:,} people, {done['features']} features as at {as_at}.")
    console.result(done | {"engine": engine, "out": str(out)})
