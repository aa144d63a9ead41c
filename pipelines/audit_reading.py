"""Reading the audit log: its last lines, an export between two days, and who saw one person's record. Reading is audited too."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.audit import Selection, audit_domain
from governance.keys import DomainKey
from governance.opt_outs import people_of
from governance.pseudonyms import pseudonyms
from governance.vault import Vault
from pipelines.auditing import operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.history import served_vault
from pipelines.keys import root_key
from pipelines.private_csv import PRIVATE, check_place, write_private_csv
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.shelf import sync
from pipelines.traced import known_records
from pipelines.witness import audit_log
from schemas.errors import ConfigurationError, GovernanceError
from schemas.nhs_number import read_nhs_number
from schemas.zones import Zone

TAIL, EXPORT, READING, SUBJECT_ACCESS = "audit tail", "audit export", "reading the audit log", "who saw one person's record"
KEPT = (
    "seq", "hash_version", "at", "run_id", "actor", "role", "action", "subject", "purpose", "basis", "decision", "payload",
    "commitment", "previous_hash", "hash",
)  # fmt: skip
FORMS = (".csv", ".jsonl")


class Span(NamedTuple):
    """From a moment on and before another; None: no limit."""

    since: dt.datetime | None
    before: dt.datetime | None


def span(first: str | None, last: str | None) -> Span:
    """The days from `first` to `last`, both included, in UTC.

    `ConfigurationError` `E-AUDIT-DAY` for what is no day, and where the last one lies before the first.
    """
    since, end = _midnight(first, "--from"), _midnight(last, "--to")
    if since and end and end < since:
        raise ConfigurationError("E-AUDIT-DAY", "--to lies before --from.", cure="give the earlier day with --from")
    return Span(since, end + dt.timedelta(days=1) if end else None)


def _midnight(day: str | None, option: str) -> dt.datetime | None:
    if day is None:
        return None
    found = None
    try:
        found = dt.date.fromisoformat(day)
    except ValueError:
        found = None
    if found is None:
        raise ConfigurationError("E-AUDIT-DAY", f"{option} is not a date.", cure="write it as YYYY-MM-DD")
    return dt.datetime.combine(found, dt.time(), dt.UTC)


def acts_of_log(project: Project, acts: int, *, at: dt.datetime) -> list[dict[str, Any]]:
    """The last so many acts before this reading, which leaves a line of its own first; see `Audit.acts`."""
    log = audit_log(project, load_configuration(project))
    own = log.append(operator_act(at, TAIL, READING))
    return log.acts(acts, before=own)


def tail_of_log(project: Project, lines: int, *, at: dt.datetime) -> list[dict[str, Any]]:
    """The last so many lines before this reading, which leaves a line of its own first."""
    log = audit_log(project, load_configuration(project))
    own = log.append(operator_act(at, TAIL, READING))
    return [{name: row[name] for name in KEPT} for row in log.select(Selection(last=lines + 1)) if row["seq"] < own][-lines:]


def export_log(project: Project, out: Path, *, within: Span, nhs_number: str | None, at: dt.datetime) -> dict[str, Any]:
    """Write the lines of these days, of everybody or of one person, to a new CSV or JSON-lines file; audited first.

    Raises `ConfigurationError` `E-AUDIT-FORM`, `E-AUDIT-EXISTS`; `GovernanceError` `E-EXPORT-*` (see `private_csv.check_place`)
    and those of `subjects_of`. No message holds the number.
    """
    place = _new_file(project, out)
    configuration = load_configuration(project)
    subjects = None if nhs_number is None else subjects_of(project, configuration, nhs_number)
    act = operator_act(at, EXPORT, READING if subjects is None else SUBJECT_ACCESS)
    log = audit_log(project, configuration)
    own = log.append(act, sorted(subjects) if subjects else [""]) - len(subjects or [""])
    chosen = log.select(Selection(subjects=subjects, since=within.since, before=within.before))
    rows = [{name: row[name] for name in KEPT} for row in chosen if row["seq"] <= own]
    _write(place, rows)
    return {"lines": len(rows), "out": str(place), "form": place.suffix[1:]}


def subjects_of(project: Project, configuration: Configuration, nhs_number: str) -> frozenset[str]:
    """By which pseudonyms the log names the person with this NHS number in the night served now, in every epoch so far.

    Ids that were joined into hers count, those that hers was split from do not: they may be another person's. Raises
    `GovernanceError` `E-AUDIT-NUMBER` where it is no usable NHS number, `E-AUDIT-NOBODY` where nobody in the night has it.
    """
    number = read_nhs_number(nhs_number).number
    if number is None:
        raise GovernanceError("E-AUDIT-NUMBER", "what was given is no NHS number.", cure="one number on standard input")
    shelf = served_vault(project)
    records = known_records(shelf)
    hers = records.filter(pc.equal(records["nhs_number"], number.ten_digits()))
    found = people_of(hers, shelf.get(Zone.IDENTIFIABLE, "link"))
    if not len(found):
        raise GovernanceError("E-AUDIT-NOBODY", "nobody in the night that is served has this number.")
    vault = Vault(store_url(project, configuration.stores.vault))
    ids = pa.array(sorted(vault.with_former_ids(found.to_pylist())), pa.string())
    root = root_key(project, configuration)
    domains = (DomainKey(root, audit_domain(epoch)) for epoch in range(1, configuration.keys.epoch + 1))
    return frozenset(name for key in domains for name in pseudonyms(ids, key).to_pylist())


def purge_log(project: Project, before: str, *, at: dt.datetime) -> dict[str, Any]:
    """Delete the payloads of lines before this day; `ConfigurationError` `E-AUDIT-DAY`, `E-AUDIT-PURGE` for a day to come."""
    moment = _midnight(before, "--before")
    if moment is None or moment > at:
        raise ConfigurationError("E-AUDIT-PURGE", "--before is a day to come.", cure="give a past day")
    removed = audit_log(project, load_configuration(project)).purge(moment, operator_act(at, "", ""))
    return {"payloads": removed, "before": before}


def _new_file(project: Project, out: Path) -> Path:
    place = check_place(project, out)
    if place.suffix not in FORMS:
        raise ConfigurationError("E-AUDIT-FORM", "--out is of no form that is known.", cure="a name that ends in .csv or .jsonl")
    if place.exists():
        raise ConfigurationError("E-AUDIT-EXISTS", "the file is there already.", cure="choose another name")
    return place


def _write(place: Path, rows: list[dict[str, Any]]) -> None:
    if place.suffix == ".csv":
        texts = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
        schema = pa.schema([(name, pa.string()) for name in KEPT])
        write_private_csv(place, pa.Table.from_pylist(texts, schema=schema), for_people=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.writelines(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    sync(place)
