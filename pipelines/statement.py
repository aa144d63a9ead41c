"""The nightly statement: one signed page for the Caldicott Guardian, written once a night is published.

It lies in `state/statements/`, not in the night's folder: it speaks of the audit log, which is not the same on two machines,
and the same inputs have to give the same night byte for byte (ADR 15).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from governance.checkpoints import is_signed, key_id, public_key
from governance.detectors import plain, rules_found
from governance.keys import key_check_value
from governance.legal_basis import ENDS_SOON, state_of
from pipelines.config import Configuration, load_configuration
from pipelines.history import resolve
from pipelines.keys import root_key
from pipelines.objections import list_of, national_list_age
from pipelines.page_words import words_of
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications
from pipelines.shelf import digest, sync
from pipelines.witness import audit_log, project_signing_key
from schemas.errors import CaselinkError, GovernanceError

LABEL = b"caselink/statement/v1\n"
TEXTS = (".csv", ".md", ".json", ".html", ".sql", ".xlsx")
DATES = frozenset({"date"})  # a night's own words and columns are dated


def statement_path(project: Project, run_id: str) -> Path:
    """Where the statement of a night lies."""
    return project.state / "statements" / f"{run_id}.json"


def state_night(project: Project, configuration: Configuration, run_id: str) -> str:
    """Write the statement of a night just published; what is wrong, in words, or nothing. The night is public already."""
    try:
        found = write_statement(project, configuration, run_id)["statement"]["scanned"]["findings"]
    except (CaselinkError, OSError) as trouble:
        return f"the night has no statement: {trouble if isinstance(trouble, CaselinkError) else type(trouble).__name__}"
    return f"{found} texts of the night look like identifiers: `caselink governance statement`." if found else ""


def write_statement(project: Project, configuration: Configuration, run_id: str) -> dict[str, Any]:
    """Gather, sign and keep the statement of a published night; one that is there is kept as it is."""
    path = statement_path(project, run_id)
    if path.is_file():
        return read_statement(project, run_id)
    facts = statement_facts(project, configuration, run_id)
    signed = {"statement": facts, **_signed(project, configuration, facts)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(signed, indent=1, sort_keys=True), encoding="utf-8")
    sync(part)
    os.replace(part, path)
    return signed


def statement_facts(project: Project, configuration: Configuration, run_id: str) -> dict[str, Any]:
    """What the statement says: counts, dates and references; no name, no number, no path of a machine."""
    row = publications(project, configuration.stores.application).published(run_id)
    if row is None:
        raise GovernanceError("E-STATEMENT-RUN", f"run {run_id} was never published.", cure="see `caselink runs list`")
    seq, chain_head = audit_log(project, configuration).last()
    return {
        "run_id": run_id,
        "as_at": row.as_at.isoformat(),
        "published_at": row.published_at.isoformat(),
        "manifest_sha256": digest(project.night(run_id) / MANIFEST),
        "scanned": scan_night(project.night(run_id)),
        "audit": {"lines": seq, "head": chain_head},
        "bases_ending_within_30_days": [
            {"source": each.source, "purpose": each.purpose, "reference": each.reference, "valid_to": each.valid_to.isoformat()}
            for each in configuration.basis
            if state_of(each, row.as_at) == ENDS_SOON
        ],
        "purposes": {each.id: each.review_by.isoformat() for each in configuration.purpose},
        "national_opt_out_list_age_days": _list_age(project, row.as_at),
        "key": {"epoch": configuration.keys.epoch, "check_value": key_check_value(root_key(project, configuration))},
    }


def _list_age(project: Project, as_at: dt.date) -> int | None:
    folder = project.inbox / "opt_outs"
    return national_list_age([list_of(path) for path in folder.glob("*.csv")] if folder.is_dir() else [], as_at)


def scan_night(folder: Path) -> dict[str, int]:
    """Read every text of a night's folder for identifiers: files, what was read of them and how, and what was found.

    Tables were scanned when they were committed, or are made of such; texts, pages and workbooks are read as they lie. `not_read`
    counts every other file: what is not read is not said to be.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path for path in files if path.suffix in TEXTS]
    tables = [path for path in files if path.suffix == ".parquet"]
    found = sum(len(rules_found(text, coded=False) - DATES) for path in texts for text in _texts(path))
    return {
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "texts_read": len(texts),
        "tables_scanned_at_commit": len(tables),
        "table_rows": sum(pq.read_metadata(path).num_rows for path in tables),
        "not_read": len(files) - len(texts) - len(tables),
        "findings": found,
    }


def _texts(path: Path) -> Iterator[str]:
    """The lines of a text file in plain characters; of a page and a workbook what their elements and attributes say."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            parts = [words_of(book.read(name).decode("utf-8", "replace")) for name in book.namelist()]
        lines = [line for part in parts for line in part]
    else:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        lines = words_of(text) if path.suffix == ".html" else text.splitlines()
    suspects = pa.array([line for line in lines if "@" in line or any(map(str.isdigit, line))], pa.string())
    for line in plain(suspects).to_pylist() if len(suspects) else ():
        yield _without_pseudonyms(line)


def _without_pseudonyms(line: str) -> str:
    """A line without our own pseudonyms and digests: their digits look like anything."""
    return re.sub(r"\b[a-z][a-z0-9-]*[0-9]-[0-7][0-9A-HJKMNP-TV-Z]{26}|\b[0-9a-f]{16,}\b", "", line)


def _signed(project: Project, configuration: Configuration, facts: dict[str, Any]) -> dict[str, str]:
    key = project_signing_key(project, configuration)
    return {"key_id": key.key_id, "signature": key.signature(_bytes(facts))}


def _bytes(facts: dict[str, Any]) -> bytes:
    """What the signature is of: a label and the statement as JSON with sorted names, without blanks, in ASCII."""
    return LABEL + json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def read_statement(project: Project, run_id: str) -> dict[str, Any]:
    """The statement of a night, once its signature holds.

    Raises `GovernanceError` `E-STATEMENT-NONE` where there is none, `E-STATEMENT-KEY` where another key signed it,
    `E-STATEMENT-SIGNATURE` where it was changed since.
    """
    configuration = load_configuration(project)
    run_id = resolve(project, run_id)
    path = statement_path(project, run_id)
    if not path.is_file():
        raise GovernanceError("E-STATEMENT-NONE", f"there is no statement of run {run_id}.", cure="`caselink run` writes it")
    said = _read(path, run_id)
    ours = public_key(project_signing_key(project, configuration).public_pem())
    earlier = [public_key((project.root / name).read_bytes()) for name in configuration.audit.earlier_public_keys]
    signer = {key_id(each): each for each in (ours, *earlier)}.get(said["key_id"])
    if signer is None:
        raise GovernanceError("E-STATEMENT-KEY", f"another key signed the statement of run {run_id}.", cure="find out whose")
    if not is_signed(signer, said["signature"], _bytes(said["statement"])):
        raise GovernanceError("E-STATEMENT-SIGNATURE", f"the statement of run {run_id} is not as it was signed.")
    manifest = project.night(run_id) / MANIFEST
    if said["statement"]["run_id"] != run_id or (manifest.is_file() and digest(manifest) != said["statement"]["manifest_sha256"]):
        raise GovernanceError("E-STATEMENT-OTHER", f"the statement of run {run_id} speaks of another night, or of other files.")
    return said


def _read(path: Path, run_id: str) -> dict[str, Any]:
    said: Any = None
    with contextlib.suppress(ValueError):
        said = json.loads(path.read_text(encoding="utf-8"))
    facts = said.get("statement") if isinstance(said, dict) else None
    whole = (
        isinstance(facts, dict)
        and {"run_id", "manifest_sha256", "scanned"} <= facts.keys()
        and {"key_id", "signature"} <= said.keys()
    )
    if not whole:
        raise GovernanceError(
            "E-STATEMENT-FORM", f"the statement of run {run_id} cannot be read.", cure="restore it from a backup"
        )
    return dict(said)


def statement_page(said: dict[str, Any]) -> str:
    """The statement for people: one page of Markdown."""
    facts, scanned = said["statement"], said["statement"]["scanned"]
    age = facts["national_opt_out_list_age_days"]
    ending = [
        f"- {each['source']} for {each['purpose']}: {each['reference']} ends {each['valid_to']}"
        for each in facts["bases_ending_within_30_days"]
    ]
    lines = [
        f"# Statement of the night of {facts['as_at']}",
        "",
        f"Run {facts['run_id']}, published {facts['published_at']}. Manifest {facts['manifest_sha256']}.",
        "",
        f"- Read for identifiers: {scanned['files'] - scanned['not_read']:,} of {scanned['files']:,} files; "
        f"{scanned['tables_scanned_at_commit']} tables "
        f"with {scanned['table_rows']:,} rows when they were committed, {scanned['texts_read']} texts as they lie. "
        f"Found: {scanned['findings']}.",
        f"- Audit log: {facts['audit']['lines']:,} lines, the last with the hash {facts['audit']['head']}.",
        f"- National opt-out list: {'none with a date' if age is None else f'{age} days old'}.",
        f"- Key: epoch {facts['key']['epoch']}, check value {facts['key']['check_value']}.",
        *(f"- Purpose {name}: to be reviewed by {day}." for name, day in facts["purposes"].items()),
        "",
        "Legal bases that end within 30 days:",
        "",
        *(ending or ["- none"]),
        "",
        f"Signed with key {said['key_id']}.",
    ]
    return "\n".join(lines) + "\n"
