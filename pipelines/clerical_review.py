"""Clerical review beside the night: pairs given to a clerk, and her decisions taken back. No audit row, no identifier."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from governance.audit import Act
from governance.judgements import ADDED, CONTRARY, KNOWN, Judgements
from linkage.review.agreement import agreement
from linkage.review.pairs import RECORD
from linkage.review.queue import Night, first_reviews, second_reviews, side_by_side
from pipelines import review_files
from pipelines.auditing import audit_records, user_at_work
from pipelines.config import Configuration, load_configuration
from pipelines.history import resolve
from pipelines.judging import SAMPLE, judgement_log
from pipelines.private_csv import check_place
from pipelines.project import Project
from pipelines.review_files import Reject, Said
from pipelines.shelf import Shelf
from pipelines.traced import known_records
from schemas.errors import ConfigurationError
from schemas.identifiable import Judgement, ReviewSample
from schemas.zones import Zone

EXPORT, IMPORT = "link review export", "link review import"
PURPOSE = "clerical review of linkage"
# Who a reviewer is, as the project names her: no name of a person need be in a log.
REVIEWER = re.compile(r"[a-z][a-z0-9._-]{0,39}")
# A clock may be a little fast; a decision of next year would stand for ever.
FAST_CLOCK = dt.timedelta(hours=1)

WRITERS = {"csv": review_files.write_review_csv, "recordlinkage": review_files.write_review_annotations}


class Desk(NamedTuple):
    """What review works with: the project, the served night's tables, and the log."""

    project: Project
    configuration: Configuration
    shelf: Shelf
    log: Judgements


def open_desk(project: Project) -> Desk:
    """The desk of the night served now; `ConfigurationError` `E-RUN-NONE` where there is none."""
    run_id = resolve(project, "current")
    configuration = load_configuration(project)
    shelf = Shelf(project.vault_night(run_id), run_id, identifiable=True)
    return Desk(project, configuration, shelf, judgement_log(project, configuration))


def export_review(
    project: Project, out: Path, *, form: str, reviewer: str | None, second: bool, at: dt.datetime
) -> dict[str, Any]:
    """Write the queue of the served night to a new file in the folder `out`; how many pairs it holds.

    `second`: what others than `reviewer` have judged and is due a second look. Raises `ConfigurationError` `E-REVIEW-REVIEWER`,
    `E-REVIEW-FORMAT`, `E-REVIEW-EXISTS`; those of `private_csv.check_place`.
    """
    if second or reviewer is not None:
        check_reviewer(reviewer)
    if form not in WRITERS:
        raise ConfigurationError("E-REVIEW-FORMAT", "--format is none that is known.", cure=f"one of: {', '.join(WRITERS)}")
    desk = open_desk(project)
    parts = ("review", desk.shelf.run_id, reviewer, "second" if second else None)
    path = check_place(project, out / f"{'-'.join(part for part in parts if part)}{review_files.SUFFIXES[form]}")
    if path.exists():
        raise ConfigurationError(
            "E-REVIEW-EXISTS", "the file is there already, perhaps with decisions in it.", cure="import it, or move it away"
        )
    night, said = night_of(desk.shelf), desk.log.up_to(desk.log.position())
    share = desk.configuration.linkage.review_twice
    pairs = second_reviews(night, said, reviewer or "", share) if second else first_reviews(night, said)
    sides = side_by_side(pairs, night.records)
    who = reviewer or user_at_work()
    audit_pairs(desk, Act(at, who, EXPORT, PURPOSE, run_id=desk.shelf.run_id), sides.pairs)
    desk.log.show(sides.pairs)
    WRITERS[form](path, sides)
    return {"run_id": desk.shelf.run_id, "out": str(path), "pairs": pairs.num_rows, "second": second}


def import_review(project: Project, path: Path, *, reviewer: str, decided_at: dt.datetime, at: dt.datetime) -> dict[str, Any]:
    """Take the decisions of a clerk's file into the log; what was taken, refused and left open, and how clerks agree so far.

    The next night replays them. Raises `ConfigurationError` `E-REVIEW-REVIEWER`, `E-REVIEW-TIME`; those of `read_review`.
    """
    check_reviewer(reviewer)
    if decided_at > at + FAST_CLOCK:
        raise ConfigurationError("E-REVIEW-TIME", "--decided-at lies in the future.", cure="give when the clerk decided")
    desk = open_desk(project)
    said = review_files.read_review(path)
    shown = desk.log.shown()
    good, rejects = review_files.check_said(said, set(shown["reference"].to_pylist()))
    judgements = _judgements(good, shown, reviewer, decided_at)
    audit_pairs(desk, Act(at, reviewer, IMPORT, PURPOSE, run_id=desk.shelf.run_id), judgements)
    outcomes = desk.log.record(Judgement.validate(judgements))
    rejects += [Reject(row.line, review_files.CONTRARY) for row, what in zip(good, outcomes, strict=True) if what == CONTRARY]
    return {
        "added": outcomes.count(ADDED),
        "known": outcomes.count(KNOWN),
        "left_open": sum(not row.decision for row in said),
        "rejected": len(rejects),
        "rejects": [each._asdict() for each in sorted(rejects)],
        "agreement": dataclasses.asdict(agreement(desk.log.up_to(desk.log.position()))),
    }


def check_reviewer(reviewer: str | None) -> None:
    """Refuse a reviewer's id that is no short id."""
    if reviewer is None or not REVIEWER.fullmatch(reviewer):
        raise ConfigurationError(
            "E-REVIEW-REVIEWER",
            "--reviewer is no id.",
            cure="a lower-case letter, then up to 39 of a-z, 0-9, dot, hyphen, underscore",
        )


def _judgements(good: list[Said], shown: pa.Table, reviewer: str, decided_at: dt.datetime) -> pa.Table:
    by_reference = {row.pop("reference"): row for row in shown.to_pylist()}
    rows = [
        {**by_reference[row.reference], "decision": row.decision, "reviewer": reviewer, "decided_at": decided_at} for row in good
    ]
    return pa.Table.from_pylist(rows, schema=Judgement.arrow_schema())


def night_of(shelf: Shelf) -> Night:
    """The tables of one night that review is about, records as linkage knew them; a night before there were samples has none."""
    matches, mergers, waiting = (shelf.get(Zone.IDENTIFIABLE, name) for name in ("match", "register_merger", "review_pair"))
    has_sample = shelf.path(Zone.IDENTIFIABLE, SAMPLE).is_file()
    sample = shelf.get(Zone.IDENTIFIABLE, SAMPLE) if has_sample else ReviewSample.empty()
    return Night(known_records(shelf), matches, mergers, waiting, sample)


def audit_pairs(desk: Desk, act: Act, pairs: pa.Table) -> None:
    """Write down whose records the act is about, before it is done: one row for each person, by her audit pseudonym."""
    register = pa.table({"source": pa.repeat("register", pairs.num_rows), "local_patient_id": pairs["register_id"]})
    audit_records(desk.project, desk.configuration, desk.shelf, act, pa.concat_tables([pairs.select(RECORD), register]))
