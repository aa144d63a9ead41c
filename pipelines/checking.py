"""`caselink check`: configuration and extracts only, without a night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipelines.bases import bases_report
from pipelines.bases_words import last_line
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.engine import Engine
from pipelines.feeds import feed_ages, land_all
from pipelines.outlook import STOPPED, outlook, with_national_list
from pipelines.plan import check_day, released
from pipelines.prices import prices_of
from pipelines.project import Project
from pipelines.running import WARNED, choose_as_at, today_in_london
from pipelines.shut_in_checks import check_shut_in
from pipelines.witness import check_witness
from schemas.errors import GovernanceError


def check_extracts(project: Project, given: dt.date | None, console: Console) -> tuple[dict[str, Any], int]:
    """Land every source and say, for each, state, rows, quarantine and age; the answer and the exit code.

    Exit code 0 where every expected source is current; 5 where one is stale, held or missing, or not read for want of a legal
    basis; 1 where the register is unusable; 4 where no night may run: a purpose does not hold, no basis lets the register be
    read, the national opt-out list is too old, the audit log has no witness elsewhere, or the analytic process cannot be shut in.
    Nothing is published and no night begins.
    """
    configuration = load_configuration(project)
    project.make_folders()
    prices_of(project, configuration)
    as_at = choose_as_at(configuration, given)
    with console.progress("Checking extracts") as progress:
        days = tuple(dict.fromkeys((as_at, check_day(configuration, today_in_london()) or as_at)))
        ahead = with_national_list(outlook(project, configuration, days), project, configuration, days)
        ahead = replace(ahead, stopped_by=(*ahead.stopped_by, *refused_anyway(project, configuration)))
        landed = land_all(project, configuration, as_at, progress, released=released(project), barred=ahead.not_read)
    with Engine(project.vault / "spill") as engine:
        feeds = feed_ages(landed, configuration, as_at, engine).to_pylist()
    console.table(
        ["source", "state", "files", "rows", "quarantined", "data to", "days old"],
        [[_cell(feed[name]) for name in SHOWN] for feed in feeds],
        title=f"Extracts as at {as_at.isoformat()}",
    )
    warnings = [line for source in landed for line in source.warnings]
    for line in [f"{feed['source']}: {feed['message']}" for feed in feeds if feed["message"]] + warnings:
        console.say(f"- {line}")
    register = next(feed for feed in feeds if feed["source"] == "register")
    code = 1 if register["state"] in ("missing", "refused") else 0
    expected = [feed for feed in feeds if feed["source"] in configuration.feeds.expected]
    if ahead.stopped_by:
        code = STOPPED
    if not code and (ahead.exit_code or any(feed["state"] != "current" for feed in expected)):
        code = WARNED
    for line in (*map(str, ahead.stopped_by), *ahead.warnings):
        console.say(f"- {line}")
    unusable = f"No night of {as_at.isoformat()} can run: the register cannot be used."
    console.say(unusable if code == 1 else last_line(bases_report(configuration, as_at), ahead))
    found = {"as_at": as_at.isoformat(), "feeds": feeds, "warnings": warnings}
    return found | ahead.as_dict() | {"exit_code": code}, code


def refused_anyway(project: Project, configuration: Configuration) -> Iterator[GovernanceError]:
    """What would refuse a night of this project however good its extracts and its bases are."""
    for check in (check_witness, check_shut_in):
        try:
            check(project, configuration)
        except GovernanceError as refusal:
            yield refusal


SHOWN = ("source", "state", "files", "rows", "rejected", "data_to", "age_days")


def _cell(value: Any) -> Any:
    return "" if value is None else value
