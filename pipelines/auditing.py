"""The project's audit log: a row for each person whose identifiers are about to leave the vault."""

from __future__ import annotations

import datetime as dt
import os

import pyarrow as pa

from governance.access.roles import OPERATOR
from governance.audit import Act, audit_domain
from governance.keys import DomainKey
from governance.opt_outs import people_of
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.shelf import Shelf
from pipelines.witness import audit_log
from schemas.zones import Zone

__all__ = ["audit_log", "audit_records", "operator_act", "user_at_work"]


def audit_records(project: Project, configuration: Configuration, shelf: Shelf, act: Act, records: pa.Table) -> None:
    """Write down whose `records` (source, local_patient_id) of a night the act is about, before it is done.

    An act about nobody leaves one row without a subject.
    """
    person_ids = people_of(records, shelf.get(Zone.IDENTIFIABLE, "link"))
    key = DomainKey(root_key(project, configuration), audit_domain(configuration.keys.epoch))
    subjects = sorted(pseudonyms(person_ids, key).to_pylist())
    audit_log(project, configuration).append(act, subjects or [""])


def operator_act(at: dt.datetime, action: str, purpose: str, *, run_id: str = "", payload: str = "") -> Act:
    """An act that is done at the command line: by the user at work, as operator.

    No legal basis is named: such acts serve the night and its records as a whole, and each night's bases are in its manifest.
    """
    return Act(at, user_at_work(), action, purpose, run_id=run_id, role=OPERATOR, payload=payload)


def user_at_work() -> str:
    """Who runs the command, where no reviewer is named: the operating system's number, no name."""
    return f"user id {os.geteuid()}"
