"""What of published bytes could be a hash: the first 16 bytes of everything that reads as hex, base32 or base64."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from governance.pseudonyms import ALPHABET, BODY_SYMBOLS

PREFIX_BYTES = 16  # of a hash: enough to know it by, and all that a pseudonym keeps
RUN = re.compile(rb"[A-Za-z0-9+/=_]{20,}")
HEX = re.compile(r"[0-9A-Fa-f]{32,}")
CROCKFORD = re.compile(rf"[{ALPHABET}]{{{BODY_SYMBOLS},}}")
BASE32 = re.compile(r"[A-Z2-7]{26,}")
BASE64 = re.compile(r"[A-Za-z0-9+/_]{22,}")
VALUES = {symbol: place for place, symbol in enumerate(ALPHABET)}


def published_tokens(folder: Path) -> frozenset[bytes]:
    """Every possible hash in the files of a folder: texts as they stand, Parquet and workbooks opened."""
    texts = (text for path in sorted(folder.rglob("*")) if path.is_file() for text in _texts(path))
    return frozenset(token for text in texts for token in tokens_of(text))


def tokens_of(text: str) -> Iterator[bytes]:
    """The first 16 bytes of what the text may say, under each encoding that it fits."""
    if HEX.fullmatch(text):
        yield bytes.fromhex(text[: 2 * PREFIX_BYTES])
    upper = text.upper()
    if CROCKFORD.fullmatch(upper):
        number = 0
        for symbol in upper[:BODY_SYMBOLS]:
            number = number << 5 | VALUES[symbol]
        if number >> (8 * PREFIX_BYTES) == 0:  # 26 symbols are 130 bits; a pseudonym's first two are zero
            yield number.to_bytes(PREFIX_BYTES, "big")
        yield (number >> 2).to_bytes(PREFIX_BYTES, "big")  # written from the left, as most libraries do
    if BASE32.fullmatch(upper.rstrip("=")):
        yield base64.b32decode(upper[:24] + upper[24:26].ljust(8, "A"))[:PREFIX_BYTES]
    if BASE64.fullmatch(text.rstrip("=")):
        yield from _base64(text[:22])


def _base64(start: str) -> Iterator[bytes]:
    try:
        yield base64.b64decode(start.replace("_", "/") + "==", validate=True)[:PREFIX_BYTES]
    except binascii.Error:
        return


def _texts(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        yield from _table_texts(pq.read_table(path, partitioning=None))
    elif path.suffix in (".xlsx", ".skops"):
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            for name in archive.namelist():
                yield from _runs(archive.read(name))
    else:
        yield from _runs(path.read_bytes())


def _runs(data: bytes) -> Iterator[str]:
    for found in RUN.findall(data):
        yield found.decode("ascii")


def _table_texts(table: pa.Table) -> Iterator[str]:
    for column in table.columns:
        kind = column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            values: Iterable[Any] = column.unique().drop_null().to_pylist()
        elif pa.types.is_nested(kind):
            values = [json.dumps(each, default=str) for each in column.to_pylist() if each is not None]
        else:
            continue
        yield from (found for value in values for found in _runs(str(value).encode()))
