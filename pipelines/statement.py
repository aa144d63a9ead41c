"""The nightly statement: one signed page for the Caldicott Guardian, written once a night is published.

It lies in `state/statements/`, not in the night's folder: it speaks of the audit log, which is not the same on two machines,
and the same inputs have to give the same night byte for byte (ADR 15).
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from governance.checkpoints import is_signed
from pipelines.config import Configuration, load_configuration
from pipelines.history import resolve
from pipelines.project import Project
from pipelines.publish import MANIFEST, differing, publications, unlisted
from pipelines.shelf import digest, write_whole
from pipelines.signing_keys import project_signing_key, public_keys
from pipelines.statement_facts import statement_facts
from schemas.errors import CaselinkError, GovernanceError

LABEL = b"caselink/statement/v1\n"
RESTORE = "restore the night's files from a backup, and find out who changed them"


def statement_path(project: Project, run_id: str) -> Path:
    """Where the statement of a night lies."""
    return project.state / "statements" / f"{run_id}.json"


def state_night(project: Project, configuration: Configuration, run_id: str) -> str:
    """Write the statement of a night just published; what is wrong, in words, or nothing. The night is public already."""
    try:
        found = write_statement(project, configuration, run_id)["statement"]["scanned"]["findings"]
    except (CaselinkError, OSError) as trouble:
        state = "cannot be shown" if statement_path(project, run_id).is_file() else "could not be written"
        return f"the night's statement {state}: {trouble if isinstance(trouble, CaselinkError) else type(trouble).__name__}"
    return f"{found} texts of the night look like identifiers: `caselink governance statement`." if found else ""


def write_statement(project: Project, configuration: Configuration, run_id: str) -> dict[str, Any]:
    """Gather, sign and keep the statement of a published night; one that is there is kept as it is."""
    path = statement_path(project, run_id)
    if path.is_file():
        return read_statement(project, run_id)
    facts = statement_facts(project, configuration, run_id)
    signed = {"statement": facts, **_signed(project, configuration, facts)}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, json.dumps(signed, indent=1, sort_keys=True))
    return signed


def _signed(project: Project, configuration: Configuration, facts: dict[str, Any]) -> dict[str, str]:
    key = project_signing_key(project, configuration)
    return {"key_id": key.key_id, "signature": key.signature(_bytes(facts))}


def _bytes(facts: dict[str, Any]) -> bytes:
    """What the signature is of: a label and the statement as JSON with sorted names, without blanks, in ASCII."""
    return LABEL + json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def read_statement(project: Project, run_id: str) -> dict[str, Any]:
    """The statement of a night, once its signature holds and the night's files are as it says.

    `files_there` is false where the files of a night that is not served any more were purged: then nothing can be held against
    them. Raises `GovernanceError` `E-STATEMENT-NONE` where there is none, `E-STATEMENT-KEY` where another key signed it,
    `E-STATEMENT-SIGNATURE` where it was changed since, `E-STATEMENT-OTHER` where it speaks of another night or manifest,
    `E-STATEMENT-FILES` where the night's manifest is gone, or a file of it is missing, changed or new.
    """
    configuration = load_configuration(project)
    run_id = resolve(project, run_id)
    path = statement_path(project, run_id)
    if not path.is_file():
        raise GovernanceError("E-STATEMENT-NONE", f"there is no statement of run {run_id}.", cure="`caselink run` writes it")
    said = _read(path, run_id)
    signer = public_keys(project, configuration).get(said["key_id"])
    if signer is None:
        raise GovernanceError("E-STATEMENT-KEY", f"another key signed the statement of run {run_id}.", cure="find out whose")
    if not is_signed(signer, said["signature"], _bytes(said["statement"])):
        raise GovernanceError("E-STATEMENT-SIGNATURE", f"the statement of run {run_id} is not as it was signed.")
    if said["statement"]["run_id"] != run_id:
        raise GovernanceError("E-STATEMENT-OTHER", f"the statement of run {run_id} speaks of another night.")
    there = not _was_purged(project, configuration, run_id)
    if there:
        check_files(project.night(run_id), said["statement"]["manifest_sha256"])
    return {**said, "files_there": there}


def _was_purged(project: Project, configuration: Configuration, run_id: str) -> bool:
    """Whether nothing is left of a night that is not served: a purge takes the whole folder, and never the served night's."""
    current = publications(project, configuration.stores.application).current()
    return not project.night(run_id).is_dir() and (current is None or current.run_id != run_id)


def check_files(night: Path, manifest_sha256: str) -> None:
    """Refuse a published night's folder that is not, file by file, what the manifest with this digest lists."""
    run_id = night.name
    if not (night / MANIFEST).is_file():
        raise GovernanceError("E-STATEMENT-FILES", f"the manifest of run {run_id} is gone.", cure=RESTORE)
    if digest(night / MANIFEST) != manifest_sha256:
        raise GovernanceError("E-STATEMENT-OTHER", f"the statement of run {run_id} speaks of another manifest.", cure=RESTORE)
    changed, added = differing(night), unlisted(night)
    if changed:
        raise GovernanceError(
            "E-STATEMENT-FILES",
            f"{len(changed)} files of run {run_id} are missing or changed since, the first {changed[0]}.",
            cure=RESTORE,
        )
    if added:  # somebody else named them: their names are not shown
        raise GovernanceError(
            "E-STATEMENT-FILES", f"{len(added)} files lie among those of run {run_id} that the night did not write.", cure=RESTORE
        )


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
