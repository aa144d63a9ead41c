"""Pseudonyms: what stands for a person outside the vault, one at a time and millions at a time.

    domain key  = HKDF-SHA-256(root key, no salt, info = label and length-prefixed recipient, purpose, epoch), 32 bytes
    body        = the first 128 bits of HMAC-SHA-256(domain key, person_id's 16 bytes), as 26 Crockford base32 symbols
    pseudonym   = tag of the domain, hyphen, body, check symbol (Luhn modulo 32 over the body):  csu7-2ZJ...

The bits are read as one big-endian number, so the first symbol is 0 to 7. Nothing here is computed from an NHS number, and two
domains' pseudonyms of one person have nothing in common. Test vectors: docs/reference/pseudonyms.md.
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.keys import Domain, DomainKey, check_distinct
from schemas.errors import GovernanceError

__all__ = ["Domain", "DomainKey", "check_distinct", "is_person_id", "parse_pseudonym", "pseudonym", "pseudonyms"]

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
BODY_SYMBOLS = 26
BODY = re.compile(f"[{ALPHABET}]{{{BODY_SYMBOLS + 1}}}")
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
PERSON_ID = re.compile(r"[0-9a-f]{32}")
PERSON_ID_BYTES = 16
HEX_DIGITS = 2 * PERSON_ID_BYTES
BLOCK_ROWS = 1 << 18  # ids hashed at once: their bytes stay near the processor


def pseudonym(person_id: str, key: DomainKey) -> str:
    """The pseudonym of one person in the key's domain."""
    return str(pseudonyms(pa.array([person_id]), key)[0].as_py())


def pseudonyms(person_ids: Any, key: DomainKey) -> Any:
    """The pseudonyms of an Arrow array (or chunked array) of person ids, in order; null stays null.

    Every value is hashed: give distinct ids where there are repeats (`pseudonymise.tokens` does). Raises `GovernanceError`
    `E-PERSON-ID` where an id is not 32 lower-case hex digits.
    """
    ids = person_ids.combine_chunks() if isinstance(person_ids, pa.ChunkedArray) else person_ids
    present = ids.drop_null().cast(pa.string())
    blocks = [present.slice(start, BLOCK_ROWS) for start in range(0, len(present), BLOCK_ROWS)]
    texts = pa.concat_arrays(
        [pa.array([], pa.string()), *(_texts(_digests(_bytes(each), key), key.domain.tag) for each in blocks)]
    )
    if not ids.null_count:
        return texts
    places = pc.cumulative_sum(ids.is_valid().cast(pa.int64()))
    return texts.take(pc.if_else(ids.is_valid(), pc.subtract(places, 1), None))


def parse_pseudonym(text: str, domain: Domain) -> str:
    """The pseudonym in its one written form, or `GovernanceError`: `E-PSEUDONYM-DOMAIN`, `-FORM` or `-CHECK`.

    Accepts lower case and Crockford's misreadings (I and L for 1, O for 0). The message never holds the text.
    """
    tag, _, body = text.strip().rpartition("-")
    body = body.upper().translate(MISREAD)
    if tag.lower() != domain.tag:
        raise GovernanceError(
            "E-PSEUDONYM-DOMAIN", f"this is no pseudonym of {domain.tag}.", cure="pseudonyms serve one recipient and one purpose"
        )
    if not BODY.fullmatch(body) or body[0] > "7":
        raise GovernanceError("E-PSEUDONYM-FORM", f"after its tag a pseudonym has {BODY_SYMBOLS + 1} letters and digits.")
    if check_symbol(body[:-1]) != body[-1]:
        raise GovernanceError("E-PSEUDONYM-CHECK", "the check symbol is wrong.", cure="look for a mistyped letter or digit")
    return f"{domain.tag}-{body}"


def check_symbol(body: str) -> str:
    """Luhn's algorithm modulo 32: every second symbol from the right counts double, its two base-32 digits summed."""
    total = 0
    for place, symbol in enumerate(reversed(body)):
        value = ALPHABET.index(symbol) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def is_person_id(text: str) -> bool:
    """Whether a text has the form of a person id: 32 lower-case hex digits."""
    return PERSON_ID.fullmatch(text) is not None


def _bytes(ids: Any) -> bytes:
    """The ids' bytes one after another, 16 each."""
    _, offsets, data = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[[ids.offset, ids.offset + len(ids)]]
    joined = data.slice(ends[0], ends[1] - ends[0]).to_pybytes().decode("ascii", "replace")
    try:
        found = bytes.fromhex(joined)
    except ValueError:
        found = b""
    lengths = pc.all(pc.equal(pc.binary_length(ids), HEX_DIGITS)).as_py()
    if not lengths or found.hex() != joined:
        wrong = pc.sum(pc.invert(pc.match_substring_regex(ids, f"^{PERSON_ID.pattern}$"))).as_py()
        raise GovernanceError("E-PERSON-ID", f"{wrong} person ids are not 32 lower-case hex digits.")
    return found


def _digests(ids: bytes, key: DomainKey) -> bytes:
    """The first half of HMAC-SHA-256 of every 16 bytes. Copies of two pre-keyed hashes: 2 blocks an id instead of 4."""
    inner, outer = key.inner.copy, key.outer.copy
    digests: list[bytes] = []
    add = digests.append
    for start in range(0, len(ids), PERSON_ID_BYTES):
        first, second = inner(), outer()
        first.update(ids[start : start + PERSON_ID_BYTES])
        second.update(first.digest())
        add(second.digest()[:PERSON_ID_BYTES])
    return b"".join(digests)


class Symbols(NamedTuple):
    """By ten bits: the two symbols they are written as, and what they add to the check sum."""

    pair: np.ndarray
    check: np.ndarray


@functools.cache
def _symbols() -> Symbols:
    alphabet = np.frombuffer(ALPHABET.encode(), np.uint8)
    high, low = np.arange(1024) >> 5, np.arange(1024) & 31
    doubled = 2 * low
    return Symbols(np.stack([alphabet[high], alphabet[low]], axis=1).view(np.uint16).ravel(), high + doubled // 32 + doubled % 32)


def _texts(digests: bytes, tag: str) -> Any:
    """Digests of 16 bytes as an Arrow array of pseudonyms, written straight into its buffer."""
    words = np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2)
    start, width = len(tag) + 1, len(tag) + BODY_SYMBOLS + 2
    out = np.empty((len(words), width), np.uint8)
    out[:, :start] = np.frombuffer(f"{tag}-".encode(), np.uint8)
    symbols, total = _symbols(), np.zeros(len(words), np.int64)
    body = np.empty((len(words), BODY_SYMBOLS // 2), np.uint16)
    for place in range(BODY_SYMBOLS // 2):
        ten = _ten_bits(words[:, 0], words[:, 1], 120 - 10 * place)
        body[:, place] = symbols.pair[ten]
        total += symbols.check[ten]
    out[:, start:-1] = body.view(np.uint8)
    out[:, -1] = np.frombuffer(ALPHABET.encode(), np.uint8)[-total % 32]
    offsets = np.arange(0, (len(words) + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(offsets), pa.py_buffer(out))


def _ten_bits(high: np.ndarray, low: np.ndarray, shift: int) -> np.ndarray:
    """Ten bits of a 128-bit number, `shift` bits from its end."""
    if shift >= 64:
        bits = high >> np.uint64(shift - 64)
    elif shift > 54:
        bits = (high << np.uint64(64 - shift)) | (low >> np.uint64(shift))
    else:
        bits = low >> np.uint64(shift)
    return (bits & np.uint64(1023)).astype(np.intp)
