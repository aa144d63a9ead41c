"""Transit keys: one for each supplier that sends match tokens instead of identifiers; shared by that supplier and by nobody else.

A token is the first 128 bits of HMAC-SHA-256(kind key, text), the kind key HKDF-SHA-256 of the transit key with the info
`caselink/transit/v1` and the kind, its length in four bytes before it; written as 32 letters a to p, one for each half byte. It
has no digit, so no token can be read as a number, a date or a formula. Test vectors: docs/explanation/pseudonymised-input.md.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from governance.keys import KEY_BYTES, FileKey, create_root_key, key_check_value, keyed_hashes
from schemas.distinct import map_distinct
from schemas.errors import GovernanceError

TRANSIT_LABEL = b"caselink/transit/v1"
TOKEN_BYTES = 16
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
LOCAL_ID = "local_id"  # the kind of the token that stands for a supplier's own id of a person


class TransitKey:
    """The key of one supplier pair. Shows its check value, eight hex digits that do not give it away, and nothing else."""

    __slots__ = ("_key", "check_value")

    def __init__(self, key: bytes) -> None:
        self._key = bytes(key)
        self.check_value = key_check_value(key)

    def __repr__(self) -> str:
        return f"TransitKey(check value {self.check_value})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise GovernanceError("E-KEY-PICKLE", "a key does not leave its process.")

    def tokens(self, kind: str, texts: Any) -> Any:
        """The token of each text of an Arrow array, null for null, each distinct text once."""
        name = kind.encode()
        info = TRANSIT_LABEL + len(name).to_bytes(4, "big") + name
        inner, outer = keyed_hashes(HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._key))

        def token(text: str) -> str:
            first, second = inner.copy(), outer.copy()
            first.update(text.encode())
            second.update(first.digest())
            return str(second.digest()[:TOKEN_BYTES].hex()).translate(LETTERS)

        return map_distinct(texts.cast(pa.string()), token)


def read_transit_key(path: Path, expected: str | None = None) -> TransitKey:
    """The key in a file: 64 hex digits, mode 0600, ours, in a closed folder, not where git would pick it up.

    Raises `GovernanceError` `E-KEY-*` where the file is missing or unsafe, `E-TRANSIT-WRONG` where its check value is not the
    expected one.
    """
    key = TransitKey(FileKey(path).root())
    if expected is not None:
        check_transit(key, expected)
    return key


def check_transit(key: TransitKey, found: str) -> None:
    """Refuse a key whose check value is not the one found in the configuration or in a token file."""
    if not hmac.compare_digest(key.check_value, found):
        raise GovernanceError(
            "E-TRANSIT-WRONG",
            f"the transit key has the check value {key.check_value}, not the one that is expected.",
            cure="both parties must use the same key file: compare its check value by telephone",
        )


def create_transit_key(path: Path) -> TransitKey:
    """Write a new random key to `path` (mode 0600); an existing file is never touched. Raises as `create_root_key` does."""
    return TransitKey(create_root_key(path))
