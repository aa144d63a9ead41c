"""Signed checkpoints of the audit log: what the log was at a moment, kept where whoever writes the log cannot change it.

A checkpoint is one JSON line `{"log_id", "seq", "head", "ts", "key_id", "signature"}`. The signature is Ed25519 (RFC 8032) over
a label, a line feed and the other five members as JSON: names sorted, no spaces, ASCII. `docs/reference/audit.md` says how to
check one without Caselink.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from governance.keys import FileKey, create_root_key
from schemas.errors import GovernanceError

PublicKey = Ed25519PublicKey  # for rooms that do not import cryptography
LABEL = b"caselink/audit-checkpoint/v1\n"
SIGNED = ("head", "key_id", "log_id", "seq", "ts")
PRIVATE = 0o600
LINE_BYTES = 4096  # no checkpoint is nearly as long


@dataclass(frozen=True)
class Checkpoint:
    """One line. `seq` and `head` are number and hash of the log's last row at `ts` (ISO 8601, UTC)."""

    log_id: str
    seq: int
    head: str
    ts: str
    key_id: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is of."""
        members = {name: getattr(self, name) for name in SIGNED}
        return LABEL + json.dumps(members, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    def line(self) -> str:
        """The checkpoint as it is kept, with its line feed."""
        members = {name: getattr(self, name) for name in ("log_id", "seq", "head", "ts", "key_id", "signature")}
        return json.dumps(members, ensure_ascii=True, separators=(",", ":")) + "\n"


class SigningKey:
    """The private key that signs checkpoints. Its `repr` shows the key's id only; it refuses to be pickled."""

    __slots__ = ("_key", "key_id")

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes(seed))
        self.key_id = key_id(self._key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise GovernanceError("E-KEY-PICKLE", "a key does not leave its process.")

    def sign(self, log_id: str, seq: int, head: str, at: dt.datetime) -> Checkpoint:
        """A checkpoint of this state of the log at this moment (with a zone)."""
        unsigned = Checkpoint(log_id, seq, head, at.astimezone(dt.UTC).isoformat(timespec="microseconds"), self.key_id)
        return Checkpoint(log_id, seq, head, unsigned.ts, self.key_id, self.signature(unsigned.signed_bytes()))

    def signature(self, content: bytes) -> str:
        """The signature of these bytes in base64. They begin with a label, so that none is taken for another kind."""
        return base64.b64encode(self._key.sign(content)).decode("ascii")

    def public_pem(self) -> bytes:
        """The public key, to give to whoever checks."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signing_key(path: Path) -> SigningKey:
    """The key in this file, kept as the root key is: 64 hex digits, mode 0600. Made where there is none yet.

    Raises `GovernanceError` `E-KEY-*` as `keys.FileKey` and `keys.create_root_key` do.
    """
    there = path.exists() or path.is_symlink()
    return SigningKey(FileKey(path).root() if there else create_root_key(path))


def key_id(public: Ed25519PublicKey) -> str:
    """Sixteen hex digits that name a public key: the start of SHA-256 over its 32 bytes."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The public key of a PEM text; `GovernanceError` `E-KEY-FORM` where it holds no Ed25519 public key."""
    found = None
    try:
        found = load_pem_public_key(pem)
    except ValueError:
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise GovernanceError("E-KEY-FORM", "a public key file holds no Ed25519 key in PEM.", cure="restore it from its holder")
    return found


def append_checkpoint(place: Path, checkpoint: Checkpoint) -> None:
    """Add one line to the file (made with mode 0600 where it is missing) and see it safely written.

    Raises `GovernanceError` `E-CHECKPOINT-PLACE` where it cannot be.
    """
    failure = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
        try:
            os.write(descriptor, checkpoint.line().encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        failure = type(error).__name__
    if failure:
        raise GovernanceError(
            "E-CHECKPOINT-PLACE", f"a checkpoint cannot be written to {place.name} ({failure}).", cure="see `[audit] checkpoints`"
        )


def read_checkpoints(place: Path, keys: Mapping[str, Ed25519PublicKey]) -> list[Checkpoint]:
    """The checkpoints of a file, oldest first, each with a signature by one of `keys` (by key id).

    Raises `GovernanceError` that names the first bad line: `E-CHECKPOINT-FORM` no checkpoint, `E-CHECKPOINT-KEY` signed by
    another key, `E-CHECKPOINT-SIGNATURE` a wrong signature, `E-CHECKPOINT-ORDER` an earlier state than the line before; and
    `E-CHECKPOINT-NONE` where there is no file or no line.
    """
    checkpoints: list[Checkpoint] = []
    if place.is_file():
        with place.open("rb") as stream:
            while line := stream.readline(LINE_BYTES):
                checkpoints.append(_checked(line, keys, before=checkpoints))
    if not checkpoints:
        raise GovernanceError(
            "E-CHECKPOINT-NONE",
            f"there is no checkpoint in {place.name}.",
            cure="`caselink governance audit checkpoint` writes one; if there was one, find out who took it away",
        )
    return checkpoints


def signers(place: Path) -> set[str]:
    """The ids of the keys that the lines of a file of checkpoints name, unchecked; none where there is no file."""
    if not place.is_file():
        return set()
    with place.open("rb") as stream:
        found = [_parsed(line) for line in iter(lambda: stream.readline(LINE_BYTES), b"")]
    return {each.key_id for each in found if each is not None}


def _checked(line: bytes, keys: Mapping[str, Ed25519PublicKey], *, before: list[Checkpoint]) -> Checkpoint:
    number = len(before) + 1
    checkpoint = _parsed(line)
    if checkpoint is None:
        raise _bad("FORM", number, "is no checkpoint")
    if checkpoint.key_id not in keys:
        raise _bad("KEY", number, "was signed with another key")
    if not is_signed(keys[checkpoint.key_id], checkpoint.signature, checkpoint.signed_bytes()):
        raise _bad("SIGNATURE", number, "has a signature that is not of its words")
    if before and (checkpoint.log_id != before[-1].log_id or checkpoint.seq < before[-1].seq):
        raise _bad("ORDER", number, "is of another log, or of fewer lines than the one before")
    return checkpoint


def _parsed(line: bytes) -> Checkpoint | None:
    try:
        said: Any = json.loads(line.decode("ascii"))
        checkpoint = Checkpoint(**said)
        dt.datetime.fromisoformat(checkpoint.ts)
    except (ValueError, TypeError):
        return None
    whole = type(checkpoint.seq) is int and all(isinstance(said[name], str) for name in said if name != "seq")
    return checkpoint if whole else None


def is_signed(key: Ed25519PublicKey, signature: str, content: bytes) -> bool:
    """Whether this is the key's signature (in base64) of these bytes."""
    try:
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _bad(what: str, number: int, words: str) -> GovernanceError:
    return GovernanceError(
        f"E-CHECKPOINT-{what}",
        f"line {number} of a file of checkpoints {words}.",
        cure="keep it, and tell who answers for it",
    )
