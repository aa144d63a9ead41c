"""The negative control: one leak for each format and rendering, written on purpose. A search that misses one proves nothing."""

from __future__ import annotations

import base64
import bz2
import datetime as dt
import gzip
import hashlib
import html
import io
import json
import lzma
import pickle
import sqlite3
import struct
import tarfile
import unicodedata
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.canary.marks import DATE, NHS_NUMBER, TEXT, Canary

NUMBER, NAME, BORN = "9371040309", "Zqxéphine Ŵyndqvistŭ", "1911-02-03"
TEXTS = {
    "name": NAME, "postcode": "ZQ9 9XJ", "address": "17 Zqxmoor Würzel Lane", "phone": "07700 900471",
    "email": "zqx.wyndq@example.org", "uprn": "990071340551",
}  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A file that holds one canary on purpose."""

    format: str
    rendering: str
    canary: Canary
    path: Path


def canary_of(rendering: str) -> Canary:
    """The canary that a rendering is of."""
    if rendering.startswith("number"):
        return Canary(f"seed-{rendering}", NHS_NUMBER, NUMBER)
    if rendering.startswith("born"):
        return Canary(f"seed-{rendering}", DATE, BORN)
    return Canary(f"seed-{rendering}", TEXT, TEXTS[rendering.split(" ")[0]])


def renderings() -> dict[str, str]:
    """Every way in which a leak may be written, by name."""
    day = dt.date.fromisoformat(BORN)
    full = "".join(chr(0xFF10 + int(digit)) for digit in NUMBER)
    return {
        "number": NUMBER, "number spaced": f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}",
        "number hyphenated": f"{NUMBER[:3]}-{NUMBER[3:6]}-{NUMBER[6:]}", "number full-width": full,
        "number with .0": f"{NUMBER}.0", "number with exponent": f"{int(NUMBER):.5E}", "number digit by digit": " ".join(NUMBER),
        "number as list": str([int(digit) for digit in NUMBER]), "number hashed": hashlib.sha256(NUMBER.encode()).hexdigest(),
        "born": BORN, "born slashed": f"{day:%d/%m/%Y}", "born packed": f"{day:%Y%m%d}", "born named": f"{day.day} {day:%B %Y}",
        "born short": f"{day:%d-%b-%Y}", "name": NAME, "name in capitals": NAME.upper(),
        "name without accents": "".join(c for c in unicodedata.normalize("NFKD", NAME) if not unicodedata.combining(c)),
        "name decomposed": unicodedata.normalize("NFD", NAME), "name escaped": json.dumps(NAME)[1:-1],
        "name in HTML": "".join(f"&#{ord(c)};" if ord(c) > 127 else html.escape(c) for c in NAME),
        "name in a URL": urllib.parse.quote(NAME), "postcode": TEXTS["postcode"], "postcode unspaced": "zq99xj",
        "address": TEXTS["address"], "address in lines": "17 ZQXMOOR\nWÜRZEL\nLANE", "phone": "07700 900471",
        "phone grouped": "07700-900-471", "email": TEXTS["email"], "uprn": TEXTS["uprn"],
    }  # fmt: skip


def said(text: str) -> bytes:
    """A line of a log with the text in it."""
    return f"step land: note on «{text}» at 12:00, 3 rows\n".encode()


def _zipped(content: bytes, name: str = "member.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def _tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("member")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _workbook(text: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write_string(2, 3, text)
    return out.getvalue()


def _split_workbook(text: str) -> bytes:
    half = len(text) // 2
    runs = f"<si><r><t>{html.escape(text[:half])}</t></r><r><t>{html.escape(text[half:])}</t></r></si>"
    return _zipped(f'<?xml version="1.0"?><sst>{runs}</sst>'.encode(), "xl/sharedStrings.xml")


def _parquet(table: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", **options)
    return out.getvalue()


def _arrow(table: pa.Table, *, stream: bool) -> bytes:
    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    kind = pa.ipc.new_stream if stream else pa.ipc.new_file
    with kind(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def _zstd(content: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return bytes(out.getvalue())


def _png(kind: bytes, content: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, content) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def _column(text: str) -> pa.Table:
    return pa.table({"note": [None, "nothing", said(text).decode(), "nothing"], "count": [1, 2, 3, 4]})


# What a file of each format holds: bytes of the text.
BLOBS: dict[str, Callable[[str], bytes]] = {
    "text": said, "csv": lambda text: f'a,b\n1,"{text}"\n'.encode(), "gzip": lambda text: gzip.compress(said(text)),
    "zstd": lambda text: _zstd(said(text)), "bzip2": lambda text: bz2.compress(said(text)),
    "xz": lambda text: lzma.compress(said(text)), "zip": lambda text: _zipped(said(text)),
    "tar": lambda text: _tarred(said(text)),
    "zip in zip in gzip": lambda text: gzip.compress(_zipped(_zipped(said(text)))), "xlsx": _workbook,
    "xlsx split by mark-up": _split_workbook, "parquet": lambda text: _parquet(_column(text)),
    "parquet of bytes": lambda text: _parquet(pa.table({"note": [said(text)]})),
    "parquet nested": lambda text: _parquet(pa.table({"note": [[{"deep": [text]}]]})),
    "parquet metadata": lambda text: _parquet(pa.table({"n": [1]}).replace_schema_metadata({"note": text})),
    "arrow": lambda text: _arrow(_column(text), stream=False), "arrow stream": lambda text: _arrow(_column(text), stream=True),
    "pickle": lambda text: pickle.dumps({"error": ValueError(text)}, 4),
    "pickle of bytes": lambda text: pickle.dumps(said(text), 2),
    "png text": lambda text: _png(b"tEXt", b"Comment\0" + said(text)),
    "png packed text": lambda text: _png(b"zTXt", b"Comment\0\0" + zlib.compress(said(text))),
    "svg": lambda text: f"<svg><text>{html.escape(text)}</text></svg>".encode(),
    "json": lambda text: json.dumps({"message": text}).encode(), "base64": lambda text: base64.b64encode(said(text)),
    "base64 in lines": lambda text: base64.encodebytes(said(text) * 4),
    "base64 for URLs": lambda text: b"token=" + base64.urlsafe_b64encode(said(text)) + b"&x=1",
    "hex": lambda text: b"0x" + said(text).hex().encode(), "utf-16": lambda text: said(text).decode().encode("utf-16"),
    "utf-16 big-endian": lambda text: said(text).decode().encode("utf-16-be"),
    "utf-32": lambda text: said(text).decode().encode("utf-32"),
    "gzip within other bytes": lambda text: b"\x01\x02head" + gzip.compress(said(text)) + b"tail",
    "numpy": lambda text: _numpy(np.array([text])),
}  # fmt: skip


def _numpy(values: object) -> bytes:
    out = io.BytesIO()
    np.save(out, values)  # type: ignore[arg-type]
    return out.getvalue()


def _sqlite(path: Path, value: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE note (said)")
        connection.execute("INSERT INTO note VALUES (?)", (value,))
    connection.close()


def _sqlite_log(path: Path, value: object) -> None:
    """A database whose row is in its write-ahead log only."""
    work = path.with_name("work.db")
    connection = sqlite3.connect(work)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE note (said)")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO note VALUES (?)", (value,))
    connection.commit()
    path.write_bytes(work.read_bytes())
    path.with_name(path.name + "-wal").write_bytes(work.with_name("work.db-wal").read_bytes())
    connection.close()
    work.unlink()


def _duckdb(path: Path, value: object) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE note AS SELECT ? AS said FROM range(3)", [value])


FILES: dict[str, Callable[[Path, object], None]] = {
    "sqlite": _sqlite, "sqlite log": _sqlite_log, "duckdb": _duckdb,
    "sqlite of packed bytes": lambda path, value: _sqlite(path, zlib.compress(said(str(value)) * 3)),
}  # fmt: skip

# Values that are not text.
BINARY: dict[str, Callable[[], bytes]] = {
    "number, parquet int64": lambda: _parquet(pa.table({"n": pa.array([1, int(NUMBER)])})),
    "number, parquet float64": lambda: _parquet(pa.table({"n": pa.array([0.5, float(NUMBER)])})),
    "number, parquet float64 statistics": lambda: _parquet(pa.table({"n": pa.array([float(NUMBER)] * 9)}), use_dictionary=False),
    "number, arrow int64": lambda: _arrow(pa.table({"n": pa.array([int(NUMBER)])}), stream=False),
    "number, numpy float64": lambda: _numpy(np.array([0.25, float(NUMBER)])),
    "number, numpy int64": lambda: _numpy(np.array([7, int(NUMBER)])),
    "number, pickle int": lambda: pickle.dumps([int(NUMBER)], 4), "number, pickle float": lambda: pickle.dumps(float(NUMBER), 4),
    "number hashed, bytes": lambda: b"\0key" + hashlib.sha256(NUMBER.encode()).digest() + b"\0",
    "born, parquet date32": lambda: _parquet(pa.table({"d": pa.array([dt.date.fromisoformat(BORN), dt.date(2026, 1, 1)])})),
    "born, arrow timestamp": lambda: _arrow(pa.table({"d": pa.array([dt.datetime.fromisoformat(BORN)])}), stream=True),
}  # fmt: skip


def write_seeds(folder: Path) -> Iterator[Seed]:
    """Write every seeded leak into a folder of its own below `folder`."""
    for rendering, text in renderings().items():
        for format_, blob in BLOBS.items():
            yield _written(folder, format_, rendering, lambda path, blob=blob, text=text: path.write_bytes(blob(text)))
        for format_, write in FILES.items():
            if format_ != "duckdb" or rendering in (
                "number",
                "born",
                "name",
                "number spaced",
                "postcode unspaced",
            ):  # slow to make
                yield _written(folder, format_, rendering, lambda path, write=write, text=text: write(path, text))
        if "/" not in text and "\n" not in text:
            yield _written(folder, "file name", rendering, lambda path, text=text: path.with_name(f"{text}.csv").write_text("-"))
    for named, blob_of in BINARY.items():
        rendering, format_ = named.split(", ")
        yield _written(folder, format_, rendering, lambda path, blob_of=blob_of: path.write_bytes(blob_of()))
    for format_, write in FILES.items():
        if "packed" not in format_:
            yield _written(folder, f"{format_} int", "number", lambda path, write=write: write(path, int(NUMBER)))
            yield _written(folder, f"{format_} real", "number", lambda path, write=write: write(path, float(NUMBER)))


def _written(folder: Path, format_: str, rendering: str, write: Callable[[Path], object]) -> Seed:
    place = folder / f"{format_}-{rendering}".replace(" ", "_")
    place.mkdir(parents=True)
    write(place / "seed.bin")
    return Seed(format_, rendering, canary_of(rendering), place)
