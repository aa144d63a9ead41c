"""A delivered text file as plain UTF-8 on disk: unpacked, decoded, and looked through once.

What it was             becomes
UTF-8, with or without  itself (no copy)
a byte-order mark
UTF-16, by its mark or  UTF-8
by its NUL bytes
anything else           Windows-1252, unless it also holds UTF-8 letters: a mixture is read as UTF-8
gzip                    unpacked first, within MAX_RATIO

What cannot be decoded becomes U+FFFD, and the rows that hold one are refused: never a wrong letter in a name.
"""

from __future__ import annotations

import codecs
import gzip
import itertools
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.extracts.refusal import refusal

CHUNK = 1 << 20
MAX_RATIO = 200  # gzip of extracts shrinks 5 to 30 times; a bomb a thousand times
MAX_RATIO_FROM = 1 << 28  # bytes unpacked before the ratio is looked at
BAD_CHARACTER = "\ufffd"
UTF8_LETTER = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


@dataclass(frozen=True)
class Plain:
    """UTF-8 text on disk. `marred`: it holds NUL or U+FFFD, so values must be looked at; `quoted`: it holds quotes."""

    path: Path
    marred: bool
    quoted: bool
    ends_with_newline: bool


@dataclass
class _Survey:
    """What one pass over the bytes found."""

    size: int = 0
    nul: bool = False
    quoted: bool = False
    utf8_letters: bool = False
    replaced: bool = False
    last: bytes = b""

    def look(self, chunk: bytes) -> None:
        """Take account of one chunk."""
        self.size += len(chunk)
        self.nul = self.nul or b"\x00" in chunk
        self.quoted = self.quoted or b'"' in chunk
        if not self.utf8_letters and not chunk.isascii():
            self.utf8_letters = UTF8_LETTER.search(chunk) is not None
        self.last = chunk[-1:] or self.last


def to_plain(path: Path, name: str, work: Path) -> Plain:
    """Unpack and decode the file at `path`, delivered as `name`; copies go to the folder `work`.

    Raises `CaselinkError` where gzip data are damaged, cut short, or unpack beyond all measure.
    """
    if name.lower().endswith(".gz"):
        path = _unpack(path, name, work / "unpacked")
    with path.open("rb") as stream:
        encoding = encoding_of(stream.read(4096))
    if encoding == "utf-8":
        survey, valid = _survey(path)
        if valid:
            return _plain(path, survey)
        encoding = "utf-8" if survey.utf8_letters else "cp1252"
    decoded = work / "decoded"
    return _plain(decoded, _decode(path, encoding, decoded))


def _plain(path: Path, survey: _Survey) -> Plain:
    return Plain(path, survey.nul or survey.replaced, survey.quoted, survey.last in (b"\n", b"\r"))


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(CHUNK):
        yield chunk


def encoding_of(head: bytes) -> str:
    """The encoding that a file's first 4,096 bytes give away; UTF-8 where they give none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 4 and not even:
        return "utf-16-le"
    if even > len(head) // 4 and not odd:
        return "utf-16-be"
    return "utf-8"


def _survey(path: Path) -> tuple[_Survey, bool]:
    survey, decoder, valid = _Survey(), codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as stream:
        for chunk in _chunks(stream.read):
            survey.look(chunk)
            valid = valid and _decodes(decoder, chunk)
    return survey, valid and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return BAD_CHARACTER not in text


def _decode(path: Path, encoding: str, target: Path) -> _Survey:
    survey, decoder = _Survey(), codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as stream, target.open("wb") as out:
        for chunk in itertools.chain(_chunks(stream.read), [b""]):
            text = decoder.decode(chunk, final=not chunk)
            survey.replaced = survey.replaced or BAD_CHARACTER in text
            encoded = text.encode()
            survey.look(encoded)
            out.write(encoded)
    return survey


def _unpack(path: Path, name: str, target: Path) -> Path:
    packed, unpacked, rule = path.stat().st_size, 0, ""
    try:
        with gzip.open(path, "rb") as stream, target.open("wb") as out:
            for chunk in _chunks(stream.read):
                unpacked += len(chunk)
                if unpacked > MAX_RATIO_FROM and unpacked > packed * MAX_RATIO:
                    rule = f"unpacks to more than {MAX_RATIO} times its size"
                    break
                out.write(chunk)
    except EOFError:
        rule = "gzip data are cut short"
    except (OSError, zlib.error):
        rule = "gzip data are damaged"
    if rule:
        raise refusal("E-EXTRACT-GZIP", name, f"after {unpacked} bytes", rule, cure="ask for the file again")
    return target
