"""`caselink check --forecast`: in the afternoon, what tonight will lack, while there is still somebody to telephone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from governance.legal_basis import ENDS_SOON
from pipelines.bases import bases_report
from pipelines.checking import refused_anyway
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.engine import Engine
from pipelines.extracts.landed import LandedSource
from pipelines.feeds import BARRED, NOTHING_BEFORE, carry_forward, data_before, expected_sources, feed_ages, land_all, load_landed
from pipelines.model_words import models_used
from pipelines.objections import list_of, national_list_age
from pipelines.outlook import STOPPED, WARNED, Outlook, outlook, with_national_list
from pipelines.plan import check_day, released, remember_held
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.running import today_in_london
from pipelines.thinned import hold_thinned
from schemas.identifiable import REFERRALS

SOON = 7  # days ahead that are looked at

FALLS_BACK = "tonight rests on the files of the last night, to {data_to}"
WITHOUT = "tonight does without it"
OLDER = "tonight rests on its older data, to {data_to}"
NOT_USED = "it is not read, and its older data are not used"


@dataclass(frozen=True)
class Lack:
    """One thing that tonight will lack, what happens instead, and what can be done this afternoon."""

    what: str
    subject: str
    why: str
    instead: str
    cure: str

    def line(self) -> str:
        """In one line."""
        return f"{self.subject}: {self.why.rstrip('.')}; {self.instead}. {self.cure}"


def tonight(configuration: Configuration, given: dt.date | None, today: dt.date) -> dt.date:
    """The date of the next night: as asked, else the configuration's, else tomorrow's, as a night begins after midnight."""
    return given or configuration.night.as_at or today + dt.timedelta(days=1)


def forecast(
    project: Project, given: dt.date | None, console: Console, *, today: dt.date | None = None
) -> tuple[dict[str, Any], int]:
    """Land what lies in the inbox now and say what tonight will lack; the answer and the exit code.

    0 where nothing lacks, 5 where something does, 1 where the register cannot be used at all, 4 where no night may run. Beside
    what lacks it names what comes due, or ends, in the next seven days, which lacks nothing tonight, and the scores that last
    night gave without a model: whether tonight does, its data decide. Nothing is published.
    """
    configuration = load_configuration(project)
    project.make_folders()
    as_at = tonight(configuration, given, today or today_in_london())
    days = tuple(dict.fromkeys((as_at, check_day(configuration, as_at) or as_at)))
    parent = publications(project, configuration.stores.application).latest_before(as_at)
    earlier = load_landed(project, parent.run_id) if parent else []
    before = data_before(project.night(parent.run_id)) if parent else NOTHING_BEFORE
    with console.progress("Looking ahead") as progress:
        ahead = with_national_list(outlook(project, configuration, days), project, configuration, days)
        ahead = replace(ahead, stopped_by=(*ahead.stopped_by, *refused_anyway(project, configuration)))
        landed = land_all(project, configuration, as_at, progress, released=released(project), barred=ahead.not_read)
    arrived = hold_thinned(landed, earlier, released(project))
    remember_held(project, {each.source: list(each.held) for each in arrived if each.held})  # so that they can be released now
    used = carry_forward(arrived, earlier, ahead.not_read)
    with Engine(project.vault / "spill") as engine:
        feeds = feed_ages(used, configuration, as_at, engine, before=before).to_pylist()
    lacks = [*feed_lacks(feeds, arrived, expected_sources(configuration, earlier)), *other_lacks(ahead)]
    soon = list(coming(project, configuration, feeds, as_at))
    register = next(feed for feed in feeds if feed["source"] == "register")
    code = STOPPED if ahead.stopped_by else 1 if not register["files"] else WARNED if lacks else 0
    rules = by_rule(project.night(parent.run_id)) if parent else []
    _say(console, as_at, lacks, soon, rules)
    told = {"lacks": [each.__dict__ for each in lacks], "soon": soon, "by_rule_last_night": rules}
    return {"as_at": as_at.isoformat(), **told, "exit_code": code}, code


def by_rule(folder: Path) -> list[dict[str, str]]:
    """Scores that the last night gave by the prior-use rule, without a model, and why."""
    return [{"score": each.score, "why": each.fell_back} for each in models_used(folder) if each.fell_back]


def feed_lacks(feeds: Sequence[dict[str, Any]], arrived: Sequence[LandedSource], expected: frozenset[str]) -> Iterator[Lack]:
    """Each expected source that will not be current tonight; and each that is held, refused or not read, expected or not."""
    states = {source.source: source.state for source in arrived}
    for feed in feeds:
        source, state = feed["source"], states[feed["source"]]
        if feed["state"] == "current" or (source not in expected and state == "missing"):
            continue
        why = "has not arrived" if state == "missing" else f"{feed['state'] if state == 'current' else state}: {feed['message']}"
        if state == "barred":
            instead = NOT_USED
        elif not feed["files"]:
            instead = WITHOUT
        else:
            kept = state == "current" or feed["state"] == state  # some of what lies in the inbox is read
            instead = (OLDER if kept else FALLS_BACK).format(data_to=feed["data_to"] or "a day that nothing says")
        yield Lack("feed", source, why, instead, CURES[state].format(source=source))


CURES = {
    "missing": "Ask the supplier for it, or put it into inbox/{source} before the night.",
    "current": "Ask the supplier when the next file comes.",
    "held": "Look at the file, then `caselink publish release {source}`.",
    "refused": "Ask the supplier for a corrected file.",
    "barred": "Have its legal basis renewed, and write the [[basis]] down.",
}


def other_lacks(ahead: Outlook) -> Iterator[Lack]:
    """What purposes, bases and the opt-out list let no night do, or make it warn of."""
    for refusal in ahead.stopped_by:
        yield Lack(
            "night", refusal.code, refusal.message, "no night is published; the lists served now stay", f"Cure: {refusal.cure}."
        )
    if REFERRALS in ahead.not_read:  # no feed, so `feed_lacks` does not know it
        yield Lack("feed", REFERRALS, f"{BARRED}: {ahead.not_read[REFERRALS]}", "nobody is referred", CURES[BARRED])
    for line in ahead.warnings:
        yield Lack("permission", "permission", line, "the night says so", "See docs/how-to/legal-bases.md.")


def coming(
    project: Project, configuration: Configuration, feeds: Sequence[dict[str, Any]], as_at: dt.date
) -> Iterator[dict[str, Any]]:
    """What comes due in the next days: a feed's next file, the end of a basis, the age at which the opt-out list is too old."""
    for feed in feeds:
        if feed["state"] == "current" and feed["data_to"] is not None:
            due = feed["data_to"] + dt.timedelta(days=configuration.feeds.limit(feed["source"]))
            if due < as_at + dt.timedelta(days=SOON):
                yield _soon("feed", feed["source"], due, "the next file is due by then, or the source is stale")
    for row in bases_report(configuration, as_at)["bases"]:
        if row["state"] == ENDS_SOON and row["days_left"] < SOON:
            day = dt.date.fromisoformat(row["valid_to"])
            yield _soon("basis", row["source"], day, f"the last day of its basis for {row['purpose']}")
    lists = [list_of(path) for path in (project.inbox / "opt_outs").glob("*.csv")]
    age, limit = national_list_age(lists, as_at), configuration.opt_outs.max_age_days
    if age is not None and limit is not None and limit - SOON < age <= limit:
        yield _soon(
            "opt-outs", "national", as_at + dt.timedelta(days=limit - age), "the last day on which the list is fresh enough"
        )


def _soon(what: str, subject: str, day: dt.date, why: str) -> dict[str, Any]:
    return {"what": what, "subject": subject, "on": day.isoformat(), "why": why}


def _say(
    console: Console, as_at: dt.date, lacks: Sequence[Lack], soon: Sequence[dict[str, Any]], rules: Sequence[dict[str, str]]
) -> None:
    night = f"The night of {as_at.isoformat()}"
    console.say(f"{night} will lack:" if lacks else f"{night} will lack nothing, as things stand.")
    for each in lacks:
        console.say(f"- {each.line()}")
    for row in soon:
        console.say(f"- Soon, on {row['on']}: {row['what']} {row['subject']}, {row['why']}.")
    for row in rules:
        name = row["score"].replace("_", " ")
        console.say(f"As last night, if no more can be learned: {name} by the prior-use rule ({row['why']}), exit code 5.")
