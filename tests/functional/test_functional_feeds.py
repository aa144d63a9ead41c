"""How old a feed is, from its files' names or, where they say nothing, from its events."""

import datetime as dt
import shutil
from pathlib import Path

from pipelines.config import load_configuration
from pipelines.engine import Engine
from pipelines.feeds import feed_ages, feed_warnings, land_all
from pipelines.night import silent
from pipelines.project import Project


def ages(project: Project, as_at: dt.date, tmp_path: Path) -> dict[str, dict[str, object]]:
    configuration = load_configuration(project)
    landed = land_all(project, configuration, as_at, silent, released=frozenset(), barred={})
    with Engine(tmp_path / "spill") as engine:
        return {row["source"]: row for row in feed_ages(landed, configuration, as_at, engine).to_pylist()}


def test_the_last_day_stands_in_the_name_or_is_that_of_the_latest_event(project: Path, tmp_path: Path) -> None:
    as_at = dt.date(2026, 9, 30)
    named = ages(Project.at(project), as_at, tmp_path)
    assert (named["ecds"]["data_to"], named["ecds"]["age_days"], named["ecds"]["state"]) == (dt.date(2026, 8, 31), 30, "current")
    folder = project / "inbox" / "ecds"
    shutil.copy(next(folder.glob("*2026-08_refresh*")), tmp_path / "ecds.csv")
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.move(tmp_path / "ecds.csv", folder / "ecds.csv")
    (project / "inbox" / "register" / "register.csv").write_bytes(
        next((project / "inbox" / "register").glob("register_2*")).read_bytes()
    )
    for dated in (project / "inbox" / "register").glob("*_2*"):
        dated.unlink()
    unnamed = ages(Project.at(project), as_at, tmp_path)
    last = unnamed["ecds"]["data_to"]
    assert isinstance(last, dt.date)
    assert dt.date(2026, 8, 1) <= last <= dt.date(2026, 8, 31)
    assert (unnamed["register"]["data_to"], unnamed["register"]["state"]) == (None, "current")


def test_a_feed_older_than_its_calendar_is_stale_and_warned_of(project: Path, tmp_path: Path) -> None:
    place = Project.at(project)
    configuration = load_configuration(place)
    late = dt.date(2027, 1, 31)
    landed = land_all(place, configuration, late, silent, released=frozenset(), barred={})
    with Engine(tmp_path / "spill") as engine:
        feeds = feed_ages(landed, configuration, late, engine)
    assert {row["state"] for row in feeds.to_pylist()} == {"stale"}
    warnings = feed_warnings(feeds, frozenset(configuration.feeds.expected))
    assert len(warnings) == 9
    assert any(line.startswith("cld is stale: older than the 140 days") for line in warnings)
