"""The key that signs a project's checkpoints and statements, and the public keys that tell whether it did.

A key is made once. Where one is gone, or is another than it was, nothing is signed until a person has decided: a new key made in
silence would disown every checkpoint and statement before it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from governance.audit import Act, Audit
from governance.checkpoints import PublicKey, SigningKey, key_id, public_key, signers, signing_key
from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.shelf import write_whole
from schemas.errors import GovernanceError

NEW_KEY = "audit signing key"


def project_signing_key(project: Project, configuration: Configuration) -> SigningKey:
    """The signing key, made when first needed; its public half is written beside for whoever checks.

    One made in the place of an earlier one leaves a line in the log. Raises `GovernanceError` `E-CHECKPOINT-KEYLESS` where it is
    gone though there was one, `E-CHECKPOINT-OTHER` where it is not that of the public key; `E-KEY-*` as
    `checkpoints.signing_key`.
    """
    path, public = _places(project, configuration)
    there = path.exists() or path.is_symlink()
    if not there and (public.exists() or _disowned(project, configuration)):
        what = f"though {public.name} says" if public.exists() else "though checkpoints say"
        raise GovernanceError("E-CHECKPOINT-KEYLESS", f"there is no {path.name}, {what} that there was one.", cure=_cure(public))
    key = signing_key(path)
    if public.exists() and public.read_bytes() != key.public_pem():
        raise GovernanceError("E-CHECKPOINT-OTHER", f"{public.name} is not the public half of {path.name}.", cure=_cure(public))
    if not there and configuration.audit.earlier_public_keys:
        _say_so(project, configuration)
    if not public.exists():
        write_whole(public, key.public_pem().decode("ascii"))
    return key


def public_keys(project: Project, configuration: Configuration) -> dict[str, PublicKey]:
    """By their ids: the public key of now, and the earlier ones that the configuration names. Makes no key."""
    path, public = _places(project, configuration)
    found = list(_earlier(project, configuration))
    if path.exists():
        found.append(public_key(project_signing_key(project, configuration).public_pem()))
    elif public.exists():
        found.append(public_key(public.read_bytes()))
    return {key_id(each): each for each in found}


def _places(project: Project, configuration: Configuration) -> tuple[Path, Path]:
    return project.root / configuration.audit.signing_key, project.root / configuration.audit.public_key


def _earlier(project: Project, configuration: Configuration) -> list[PublicKey]:
    return [public_key((project.root / name).read_bytes()) for name in configuration.audit.earlier_public_keys]


def _disowned(project: Project, configuration: Configuration) -> bool:
    """Whether a configured place holds a checkpoint that a new key, and those named as earlier, would disown."""
    known = {key_id(each) for each in _earlier(project, configuration)}
    return any(signers(project.root / place) - known for place in configuration.audit.checkpoints)


def _cure(public: Path) -> str:
    return (
        f"put the key back from its backup; if it is lost, rename {public.name} and name it under earlier_public_keys in [audit]"
    )


def _say_so(project: Project, configuration: Configuration) -> None:
    from pipelines.auditing import user_at_work

    act = Act(dt.datetime.now(dt.UTC), user_at_work(), NEW_KEY, "a new key signs checkpoints from here on")
    Audit(store_url(project, configuration.stores.audit)).append(act)
