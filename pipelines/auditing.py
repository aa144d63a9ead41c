"""The project's audit log: a row for each person whose identifiers are about to leave the vault, and whether it is whole."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa

from governance.audit import Act, Audit, audit_domain
from governance.keys import DomainKey
from governance.opt_outs import people_of
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration, load_configuration
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.zones import Zone


def audit_records(project: Project, configuration: Configuration, shelf: Shelf, act: Act, records: pa.Table) -> None:
    """Write down whose `records` (source, local_patient_id) of a night the act is about, before it is done.

    An act about nobody leaves one row without a subject.
    """
    person_ids = people_of(records, shelf.get(Zone.IDENTIFIABLE, "link"))
    key = DomainKey(root_key(project, configuration), audit_domain(configuration.keys.epoch))
    subjects = sorted(pseudonyms(person_ids, key).to_pylist())
    audit_log(project, configuration).append(act, subjects or [""])


def verify_audit(project: Project) -> dict[str, Any]:
    """How many lines the log has, and the hash of the last.

    Raises `GovernanceError` `E-AUDIT-BROKEN` with the first line that is not as it was written.
    """
    log = audit_log(project, load_configuration(project))
    broken = log.verify()
    if broken is not None:
        raise GovernanceError(
            "E-AUDIT-BROKEN",
            f"line {broken} of the audit log is missing, out of place or not as it was written.",
            cure="keep the database as it is, and tell whoever answers for the audit",
        )
    lines, last_hash = log.last()
    return {"lines": lines, "last_hash": last_hash}


def audit_log(project: Project, configuration: Configuration) -> Audit:
    """The project's audit log."""
    return Audit(store_url(project, configuration.stores.audit))


def user_at_work() -> str:
    """Who runs the command, where no reviewer is named: the operating system's number, no name."""
    return f"user id {os.geteuid()}"
