"""Keys: the root key and where it comes from, and the domain keys made from it.

A key is 32 random bytes. It is read from a file or a service credential, never from an argument, and it is shown by nothing
here: its `repr` is a mask, and it refuses to be pickled. What may be shown is its check value, eight hex digits from which
nobody can compute the key; it is written in the configuration and in the vault, so that a wrong key is noticed before any
row is written.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governance.private_files import GROUP_AND_OTHERS, OTHERS, check_folder, check_outside_git, check_private
from schemas.errors import ConfigurationError, GovernanceError

KEY_BYTES = 32
KEY_TEXT = re.compile(r"[0-9a-f]{64}")
CHECK_LABEL = b"caselink/key-check/v1"
PSEUDONYM_LABEL = b"caselink/pseudonym/v1"
RECIPIENT = re.compile(r"[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?")

CREDENTIAL = "caselink-root-key"  # systemd: LoadCredential=caselink-root-key:/path
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"  # set by systemd for the service that has the credential
KEY_FILE_VARIABLE = "CASELINK_ROOT_KEY_FILE"  # the path of a key file, never the key
KEY_ENVIRONMENT = (CREDENTIALS_DIRECTORY, KEY_FILE_VARIABLE)  # what a process without a key must not inherit


class RootKey(bytes):
    """The root key's bytes. Its text forms are masked and it cannot be pickled; hex is given only where asked for by name."""

    def __new__(cls, value: bytes) -> RootKey:
        """Refuse a key of any other length."""
        if len(value) != KEY_BYTES:
            raise GovernanceError("E-KEY-FORM", f"a root key has {KEY_BYTES} bytes.", cure="restore the key file from its backup")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return f"RootKey(check value {key_check_value(self)})"

    __str__ = __repr__

    def __format__(self, how: str) -> str:
        return format(repr(self), how)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise GovernanceError("E-KEY-PICKLE", "a key does not leave its process.")


class KeyProvider(Protocol):
    """Where a root key comes from. `root` raises `GovernanceError` where the place is missing or unsafe."""

    def root(self) -> RootKey:
        """The key."""
        ...


@dataclass(frozen=True)
class FileKey:
    """A key file: 64 hex digits, mode 0600, ours, in a folder closed to others, not where git would pick it up."""

    path: Path

    def root(self) -> RootKey:
        """The key; `GovernanceError` `E-KEY-*` (see `private_files.check_private`) where the file is missing or unsafe."""
        check_private(self.path, "E-KEY")
        return _read(self.path)


@dataclass(frozen=True)
class CredentialKey:
    """A key handed to the service by systemd (`LoadCredential=caselink-root-key:...`), in a folder only the service can enter."""

    folder: Path

    def root(self) -> RootKey:
        """The key; systemd owns the file, so the owner may be root and an access list may show as group rights."""
        path = self.folder / CREDENTIAL
        if path.is_symlink() or not path.is_file():
            raise GovernanceError(
                "E-KEY-MISSING", f"the service has no credential {CREDENTIAL}.", cure="add LoadCredential= to it"
            )
        if path.stat().st_mode & OTHERS:
            raise GovernanceError(
                "E-KEY-MODE", f"the credential {CREDENTIAL} can be reached by others.", cure="chmod 400 its file"
            )
        return _read(path)


def service_credential(environment: Mapping[str, str] = os.environ) -> CredentialKey:
    """The service's credential; `E-KEY-MISSING` where the process is no service with credentials."""
    folder = environment.get(CREDENTIALS_DIRECTORY)
    if not folder:
        raise GovernanceError("E-KEY-MISSING", "this process has no service credentials.", cure="add LoadCredential= to its unit")
    return CredentialKey(Path(folder))


def key_path(named: str) -> Path:
    """The path that `CASELINK_ROOT_KEY_FILE` holds; `E-KEY-ENVIRONMENT` where it holds a key, which no message may repeat."""
    if KEY_TEXT.fullmatch(named.strip()):
        raise GovernanceError(
            "E-KEY-ENVIRONMENT",
            f"{KEY_FILE_VARIABLE} holds a key; others can see it.",
            cure="name a key file; rotate the key",
        )
    return Path(named)


def find_key(configured: Path, environment: Mapping[str, str] = os.environ) -> KeyProvider:
    """The provider to use: `CASELINK_ROOT_KEY_FILE`, else a systemd credential of our name, else the configured file."""
    named = environment.get(KEY_FILE_VARIABLE)
    if named:
        return FileKey(key_path(named))
    folder = environment.get(CREDENTIALS_DIRECTORY)
    if folder and (Path(folder) / CREDENTIAL).exists():
        return CredentialKey(Path(folder))
    return FileKey(configured)


def create_root_key(path: Path) -> RootKey:
    """Write a new random root key to `path` (mode 0600) and return it; an existing file is never touched.

    Raises `GovernanceError` `E-KEY-EXISTS`, `E-KEY-FOLDER`, `E-KEY-GIT`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o777 & ~GROUP_AND_OTHERS)
    path = path.parent.resolve() / path.name
    check_folder(path.parent, "E-KEY")
    check_outside_git(path, "E-KEY")
    if path.exists() or path.is_symlink():
        raise GovernanceError(
            "E-KEY-EXISTS", f"{path.name} exists already.", cure="a key is never overwritten: choose another name"
        )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return FileKey(path).root()


def _read(path: Path) -> RootKey:
    return key_from_text(path.read_bytes().decode("ascii", errors="replace"), path.name)


def key_from_text(text: str, place: str) -> RootKey:
    """The key of 64 hex digits; `E-KEY-FORM`, naming the place and no digit, where the text is anything else."""
    if not KEY_TEXT.fullmatch(text.strip()):
        raise GovernanceError("E-KEY-FORM", f"{place} does not hold 64 hex digits.", cure="restore it from its backup")
    return RootKey(bytes.fromhex(text.strip()))


def key_check_value(root: bytes) -> str:
    """Eight hex digits that name a root key without giving it away: the start of HMAC-SHA-256(key, fixed label)."""
    return hmac.digest(root, CHECK_LABEL, hashlib.sha256)[:4].hex()


def check_key(root: bytes, expected: str | None) -> None:
    """Refuse a root key whose check value is not the expected one (None: nothing is expected yet)."""
    if expected is not None and not hmac.compare_digest(key_check_value(root), expected):
        raise GovernanceError(
            "E-KEY-WRONG",
            f"the root key has the check value {key_check_value(root)}, not {expected}.",
            cure="restore the right key: with another one everybody would get new pseudonyms",
        )


@dataclass(frozen=True)
class Domain:
    """For whom, for what, and in which epoch pseudonyms are made. The same three never serve another purpose."""

    recipient: str
    purpose: str
    epoch: int = 1

    def __post_init__(self) -> None:
        """Refuse a recipient that is no short lower-case name, an empty purpose, an epoch below 1."""
        if not RECIPIENT.fullmatch(self.recipient) or not self.purpose.strip() or self.epoch < 1:
            raise ConfigurationError(
                "E-DOMAIN",
                "a domain needs a recipient (lower-case letters, digits, hyphens; a letter first), a purpose, an epoch from 1.",
            )

    @property
    def tag(self) -> str:
        """What stands before every pseudonym of the domain: `csu7`; `team-1-7` where the recipient ends in a digit."""
        return f"{self.recipient}{'-' if self.recipient[-1].isdigit() else ''}{self.epoch}"

    def info(self) -> bytes:
        """HKDF's info: label, then each field with its length in four bytes before it, so that no two domains share one."""
        fields = [text.encode() for text in (self.recipient, self.purpose, str(self.epoch))]
        return PSEUDONYM_LABEL + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def keyed_hashes(key: bytes) -> tuple[Any, Any]:
    """HMAC-SHA-256 (RFC 2104) begun: inner and outer hash with their pads of a key, to be copied for every message."""
    padded = key.ljust(hashlib.sha256().block_size, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in padded)), hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))


class DomainKey:
    """The key of one domain: HKDF-SHA-256 of the root key. Holds two pre-keyed hashes; shows and pickles neither."""

    __slots__ = ("domain", "inner", "outer")

    def __init__(self, root: bytes, domain: Domain) -> None:
        key = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=domain.info()).derive(bytes(root))
        self.domain = domain
        self.inner, self.outer = keyed_hashes(key)

    def __repr__(self) -> str:
        return f"DomainKey({self.domain.tag})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise GovernanceError("E-KEY-PICKLE", "a key does not leave its process.")


def check_distinct(domains: list[Domain]) -> None:
    """Refuse two domains of one tag: a recipient's second purpose needs a recipient id of its own (`csu-evaluation`)."""
    tags = [domain.tag for domain in set(domains)]
    if len(set(tags)) < len(tags):
        twice = sorted({tag for tag in tags if tags.count(tag) > 1})[0]
        raise ConfigurationError(
            "E-DOMAIN-TAG", f"two purposes would share the tag {twice}.", cure="give the second purpose a recipient id of its own"
        )
