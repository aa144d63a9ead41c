"""Delivered files into the vault by content: the copy is named by its SHA-256, private, and on the disk before it is used."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipelines.shelf import digest as digest_of
from pipelines.shelf import sync

CHUNK = 1 << 20


class ChangedWhileReadError(Exception):
    """The file changed while it was copied: its supplier is still writing it."""


def land_copy(path: Path, landed: Path, *, keep: bool = True) -> tuple[Path, str]:
    """Copy the file into `landed`, which must be private; where it lies now, and its SHA-256.

    The same bytes are kept once, and not written again. Without `keep` nothing is copied: the file stays where it lies. Raises
    `ChangedWhileReadError` where size or time changed on the way, `OSError` where the file cannot be read.
    """
    landed.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = path.stat()
    digest = digest_of(path)
    target = landed / digest
    if keep and (not target.is_file() or target.stat().st_size != before.st_size):
        _place(path, target, digest)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ChangedWhileReadError
    return target if keep else path, digest


def is_still(path: Path, digest: str) -> bool:
    """Whether a file that was read where it lies has these bytes still."""
    try:
        return digest_of(path) == digest
    except OSError:
        return False


def _place(path: Path, target: Path, digest: str) -> None:
    staging = target.with_name(f".copy-{os.getpid()}")
    try:
        if _copy(path, staging) != digest:
            raise ChangedWhileReadError
        os.replace(staging, target)
        sync(target.parent)
    finally:
        staging.unlink(missing_ok=True)


def _copy(path: Path, staging: Path) -> str:
    digest = hashlib.sha256()
    staging.unlink(missing_ok=True)
    descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with path.open("rb") as stream, os.fdopen(descriptor, "wb") as out:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()
