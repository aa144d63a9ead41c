"""What a blob holds inside: archives, compressed streams, tables, databases, pickles, pictures, base64 and hex.

`inside(blob)` yields `(decoder, part)`; each part is looked into in turn (`searching`). Nothing is executed: a pickle is read
by its opcodes and never loaded. A part that would grow past a limit raises `TooMuchError`:
that place counts as not searched.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import io
import lzma
import pickletools
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator

import pyarrow as pa

from tests.canary import tables

MOST = 1 << 29  # bytes that one blob may unpack to
MOST_MEMBERS = 20_000
CHUNK = 1 << 20
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}={0,2}")
WRAPPED = re.compile(rb"(?:[A-Za-z0-9+/]{40,76}(?:\r?\n|\\n))+[A-Za-z0-9+/]*={0,2}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}[ :]?){6,}")
Part = tuple[str, bytes]


class TooMuchError(Exception):
    """A blob unpacks to more than may be unpacked."""


def inside(blob: bytes) -> Iterator[Part]:
    """Every part a decoder makes of the blob. `ValueError` where one knows the first bytes but cannot read the rest."""
    for magic, offset, name, decoder in KNOWN:
        if blob[offset : offset + len(magic)] == magic:
            for part in _guarded(name, decoder, blob):
                yield name, part
    yield from carved(blob)
    yield from encoded(blob)


def _guarded(name: str, decoder: Callable[[bytes], Iterator[bytes]], blob: bytes) -> Iterator[bytes]:
    total, members, trouble = 0, 0, ""
    parts = decoder(blob)
    while not trouble:
        try:
            part = next(parts, None)
        except TooMuchError:
            raise
        except Exception as error:  # whatever a damaged file makes a library raise
            trouble = type(error).__name__
            continue
        if part is None:
            return
        total, members = total + len(part), members + 1
        if total > MOST or members > MOST_MEMBERS:
            raise TooMuchError(name)
        yield part
    raise ValueError(f"{name}: {trouble}")


def _drained(stream: object) -> bytes:
    out, size = [], 0
    while chunk := stream.read(CHUNK):  # type: ignore[attr-defined]
        size += len(chunk)
        if size > MOST:
            raise TooMuchError
        out.append(chunk)
    return b"".join(out)


def _inflated(blob: bytes, window: int) -> bytes:
    machine = zlib.decompressobj(window)
    out = machine.decompress(blob, MOST)
    if machine.unconsumed_tail:
        raise TooMuchError
    return out + machine.flush()


def gunzip(blob: bytes) -> Iterator[bytes]:
    """Every member of a gzip stream."""
    while blob[:2] == b"\x1f\x8b":
        machine = zlib.decompressobj(31)
        yield machine.decompress(blob, MOST) + blob[10:80]  # with the header's file name and comment
        if machine.unconsumed_tail:
            raise TooMuchError
        if not machine.eof:
            raise ValueError("cut short")
        blob = machine.unused_data.lstrip(b"\0")


def unzstd(blob: bytes) -> Iterator[bytes]:
    """A Zstandard stream."""
    yield _drained(pa.CompressedInputStream(pa.BufferReader(blob), "zstd"))


def unzip(blob: bytes) -> Iterator[bytes]:
    """Names, comments and members of a zip archive: workbooks and skops models are some."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        yield archive.comment + b"\n" + b"\n".join(each.filename.encode() + b"\n" + each.comment for each in archive.infolist())
        for each in archive.infolist():
            if each.file_size > MOST:
                raise TooMuchError
            if not each.is_dir():
                with archive.open(each) as stream:
                    content = _drained(stream)
                yield content
                if content.lstrip()[:1] == b"<":
                    yield re.sub(rb"<[^>]*>", b"", content)  # text that mark-up splits


def untar(blob: bytes) -> Iterator[bytes]:
    """Names and members of a tar archive."""
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        for each in archive:
            yield f"{each.name}\n{each.linkname}\n{each.uname}\n{each.pax_headers}".encode()
            stream = archive.extractfile(each)
            if stream is not None:
                yield _drained(stream)


def png_chunks(blob: bytes) -> Iterator[bytes]:
    """The chunks of a PNG, texts unpacked. Pixels are not read."""
    place = 8
    while place + 8 <= len(blob):
        length, kind = int.from_bytes(blob[place : place + 4], "big"), blob[place + 4 : place + 8]
        data = blob[place + 8 : place + 8 + length]
        yield data
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            start = data.find(b"\x78")
            if start >= 0:
                yield _tried(data[start:])
        place += 12 + length


def _tried(data: bytes) -> bytes:
    try:
        return _inflated(data, 15)
    except zlib.error:
        return b""


def pickle_arguments(blob: bytes) -> Iterator[bytes]:
    """What a pickle's opcodes carry: texts, bytes and numbers."""
    if not blob.endswith(b"."):
        return
    texts = []
    for _, argument, _ in pickletools.genops(blob):
        if isinstance(argument, bytes | bytearray):
            yield bytes(argument)
        elif argument is not None:
            texts.append(str(argument))
    yield tables.together(texts)


def _xz(blob: bytes) -> Iterator[bytes]:
    with lzma.LZMAFile(io.BytesIO(blob)) as stream:
        yield _drained(stream)


def _bzip2(blob: bytes) -> Iterator[bytes]:
    with bz2.BZ2File(io.BytesIO(blob)) as stream:
        yield _drained(stream)


KNOWN: list[tuple[bytes, int, str, Callable[[bytes], Iterator[bytes]]]] = [
    (b"\x1f\x8b\x08", 0, "gzip", gunzip),
    (b"\x28\xb5\x2f\xfd", 0, "zstd", unzstd),
    (b"BZh", 0, "bzip2", _bzip2),
    (b"\xfd7zXZ\0", 0, "xz", _xz),
    (b"PK\x03\x04", 0, "zip", unzip),
    (b"ustar", 257, "tar", untar),
    (b"\x89PNG\r\n\x1a\n", 0, "png", png_chunks),
    (b"PAR1", 0, "parquet", tables.parquet_parts),
    (b"ARROW1", 0, "arrow", tables.arrow_parts),
    (b"\xff\xff\xff\xff", 0, "arrow stream", tables.arrow_stream_parts),
    (b"SQLite format 3\0", 0, "sqlite", tables.sqlite_parts),
    (b"DUCK", 8, "duckdb", tables.duckdb_parts),
    *((b"\x80" + bytes([protocol]), 0, "pickle", pickle_arguments) for protocol in (2, 3, 4, 5)),
]
CARVED = ((b"\x1f\x8b\x08", 31, "gzip"), (b"\x78\x9c", 15, "zlib"), (b"\x78\xda", 15, "zlib"), (b"\x78\x01", 15, "zlib"))
MOST_CARVED = 5_000


def carved(blob: bytes) -> Iterator[Part]:
    """Compressed streams that begin somewhere inside the blob: a value of a database, a stream of a PDF."""
    whole = memoryview(blob)  # a slice of it copies nothing
    for magic, window, name in CARVED:
        place, tried = blob.find(magic, 0 if window == 15 else 1), 0
        while place >= 0 and tried < MOST_CARVED:
            tried += 1
            machine = zlib.decompressobj(window)
            try:
                part = machine.decompress(whole[place:], MOST)
            except zlib.error:
                part = b""
            if len(part) >= 6 and (machine.eof or means_something(part[:LONG])):
                yield f"{name} within", part
            place = blob.find(magic, place + 1)
    yield from _carved_zstd(blob)


def _carved_zstd(blob: bytes) -> Iterator[Part]:
    place = blob.find(b"\x28\xb5\x2f\xfd", 1)
    while place >= 0:
        part = _begun(blob[place:])
        if part:
            yield "zstd within", part
        place = blob.find(b"\x28\xb5\x2f\xfd", place + 4)


def _begun(blob: bytes) -> bytes:
    """What can be read of a Zstandard stream before other bytes follow it."""
    stream, out = pa.CompressedInputStream(pa.BufferReader(blob), "zstd"), b""
    try:
        while piece := stream.read(4096):
            out += piece
            if len(out) > MOST:
                raise TooMuchError
    except (OSError, pa.ArrowException):
        pass
    return out


def encoded(blob: bytes) -> Iterator[Part]:
    """What base64 and hex within the blob say, where it looks like anything, in one part."""
    out: list[bytes] = []
    for word in {found[0] for found in BASE64.finditer(blob)} | {found[0] for found in WRAPPED.finditer(blob)}:
        text = re.sub(rb"\r?\n|\\n", b"", word).rstrip(b"=").translate(URL_SAFE)
        out += [_base64(text[start:]) for start in range(4 if len(text) >= MISPLACED else 1)]
    yield from _likely("base64", out)
    digits = [re.sub(rb"[ :]", b"", word) for word in {found[0] for found in HEX.finditer(blob)}]
    yield from _likely("hex", [_hex(each[start:]) for each in digits for start in (0, 1)])


def _likely(name: str, pieces: list[bytes]) -> Iterator[Part]:
    likely = [piece for piece in pieces if means_something(piece)]
    if likely:
        yield name, b"\n\xff\xff\xff;".join(likely)
    yield from ((name, piece) for piece in likely if piece.startswith(STARTS))


def means_something(piece: bytes) -> bool:
    """Whether decoded bytes are text, begin as a known format does, or are too many to be a word taken for base64."""
    size = len(piece)
    if size < 6:
        return False
    if size >= LONG or piece.startswith(STARTS) or len(piece.translate(None, UNPRINTABLE)) > TEXT_SHARE * size:
        return True
    if piece.count(0) > size // 3:
        return True
    return len(piece.decode("utf-8", "ignore").encode()) > TEXT_SHARE * size and not piece.translate(None, WRITTEN)


STARTS = tuple(magic for magic, offset, _, _ in KNOWN if not offset)
MISPLACED = 30  # characters from which base64 is also read from its second, third and fourth: others may stand before it
WRITTEN = bytes(byte for byte in range(256) if byte >= 32 or byte in b"\n\r\t")
LONG = 256
TEXT_SHARE = 0.7
UNPRINTABLE = bytes(byte for byte in range(256) if not 32 <= byte < 127 and byte not in b"\n\r\t")
URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _base64(text: bytes) -> bytes:
    text = text[: len(text) - 1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _hex(text: bytes) -> bytes:
    return binascii.unhexlify(text[: len(text) // 2 * 2])
