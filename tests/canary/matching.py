"""Which canaries a blob holds: in text of any case, accent, escape or separation, and as binary numbers.

Text is looked at three ways: folded (`marks.folded`), with everything but letters and digits taken out, and as runs of digits
that stand at most three other characters apart. A canary is searched in the way in which its renderings all look alike.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re
import struct
import urllib.parse
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from tests.canary.marks import DATE, NHS_NUMBER, OUTLIER, Canary, folded, letters_and_digits

YEAR = re.compile(r"(?:1[89]|20)\d\d(?=\D|\d{4}$|$)")
HEX_WORD = re.compile("(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})(?![0-9a-f])")
RUN = re.compile(r"[0-9](?:[^0-9a-z]{0,3}[0-9]){7,}")
NOT_ALNUM = re.compile(r"[\W_]+")
UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\U([0-9a-fA-F]{8})")
LINE_ESCAPE = re.compile(r"\\[nrt/]")
BYTE_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
WIDE_SHARE = 0.2  # of NUL bytes: from there on a blob is also read as UTF-16 and UTF-32
WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
DAY_SECONDS = 86_400


class Group:
    """Needles under a gate, a text that all of them hold: one search for the gate settles most haystacks."""

    def __init__(self, needles: Iterable[tuple[str, str]], gate: Callable[[str], str] = lambda needle: needle[:4]) -> None:
        self.by_gate: dict[bytes, list[tuple[bytes, str]]] = defaultdict(list)
        for needle, canary in needles:
            self.by_gate[gate(needle).encode()].append((needle.encode(), canary))

    def found(self, haystack: bytes) -> set[str]:
        """Ids of the canaries whose needle is in the haystack."""
        near = [each for gate, group in self.by_gate.items() if gate in haystack for each in group]
        return {canary for needle, canary in near if needle in haystack}


class Matcher:
    """A list of canaries made ready. `in_text` and `in_bytes` give ids; no value leaves."""

    def __init__(self, canaries: Iterable[Canary], *, outliers: bool = False) -> None:
        wanted = [each for each in canaries if outliers or each.kind != OUTLIER]
        self.kinds = {each.id: each.kind for each in wanted}
        self.hashed: dict[str, str] = {}
        squeezed, digits, literal, dates, raw = [], [], [], [], []
        for each in wanted:
            if each.kind == DATE:
                dates += [(text, each.id) for text in date_texts(dt.date.fromisoformat(each.value))]
                raw += [(number, each.id) for number in date_numbers(dt.date.fromisoformat(each.value))]
                continue
            plain = letters_and_digits(folded(each.value))
            if each.kind in (NHS_NUMBER, OUTLIER):
                raw += [(number, each.id) for number in binary_numbers(int(plain))]
                literal += [(text, each.id) for text in damaged(int(plain))]
            if each.kind == NHS_NUMBER:
                raw += [(digest, each.id) for digest in digests(plain)]
                self.hashed.update({digest.hex(): each.id for digest in digests(plain)})
            (digits if plain.isdecimal() else squeezed).append((plain, each.id))
        self.squeezed, self.digits, self.literal, self.raw = Group(squeezed), Group(digits), Group(literal), raw
        self.dates = Group(dates, gate=lambda text: found[0] if (found := YEAR.search(text)) else text)
        self.wide = wide_digits(digits)

    def in_text(self, text: str) -> set[str]:
        """Canaries in a text, whatever its escapes."""
        ids: set[str] = set()
        for view in unescaped(text):
            plain = folded(view)
            whole = plain.encode("utf-8", "replace")
            ids |= self.literal.found(whole) | self.dates.found(whole)
            ids |= {self.hashed[word] for word in self.hashed.keys() & set(HEX_WORD.findall(plain))}
            ids |= self.squeezed.found(NOT_ALNUM.sub("", plain).encode("utf-8", "replace"))
            ids |= self.digits.found(";".join(NOT_ALNUM.sub("", run) for run in RUN.findall(plain)).encode("utf-8", "replace"))
        return ids

    def in_bytes(self, blob: bytes) -> set[str]:
        """Canaries in a blob: its text in every encoding, and its numbers."""
        ids = self.in_text(as_text(blob))
        if b"\0" in blob:
            ids |= self.in_text(blob.replace(b"\0", b"").decode("latin-1"))
            if blob.count(b"\0") > WIDE_SHARE * len(blob):
                for encoding in WIDE:
                    for start in range(2):
                        ids |= self.in_text(blob[start:].decode(encoding, "ignore"))
        if not blob.isascii() or b"\0" in blob:
            ids |= {canary for number, canary in self.raw if number in blob}
            ids |= {canary for encoded, canary in self.wide if encoded in blob}
        return ids


ESCAPED = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}


def as_text(blob: bytes) -> str:
    """Bytes as text: UTF-8, and whatever is not UTF-8 as Windows-1252 would mostly have it."""
    text = blob.decode("utf-8", "surrogateescape")
    return text if text.isascii() else text.translate(ESCAPED)


def unescaped(text: str) -> Iterator[str]:
    """The text, and what it says once escapes of JSON, Python, HTML and URLs are read, and UTF-8 taken for Latin-1."""
    yield text
    if "\\" in text:
        plain = LINE_ESCAPE.sub(" ", text)
        yield UNICODE_ESCAPE.sub(lambda found: _character(int(found[1] or found[2] or found[3], 16)), plain)
        if "\\x" in text:
            yield as_text(BYTE_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), plain.encode("utf-8", "replace")))
    if "&" in text and ";" in text:
        yield html.unescape(html.unescape(text))
    if "%" in text:
        yield as_text(urllib.parse.unquote_to_bytes(text.encode("utf-8", "replace")))
    if not text.isascii():
        yield as_text(text.encode("latin-1", "ignore"))


def _character(point: int) -> str:
    return chr(point) if point < 0x110000 else ""


def date_texts(day: dt.date) -> set[str]:
    """A date as people and programs write it, folded."""
    year, month, number = f"{day:%Y}", f"{day:%m}", f"{day:%d}"
    short, long = f"{day:%b}".lower(), f"{day:%B}".lower()
    texts = {year + month + number, number + month + year, month + number + year}
    for mark in "-/. _":
        texts |= {mark.join(parts) for parts in ((year, month, number), (number, month, year), (month, number, year))}
        texts |= {mark.join((number, name, year)) for name in (short, long)}
        texts |= {mark.join((f"{day.day}", name, year)) for name in (short, long)}
        texts |= {mark.join((name, number, year)) for name in (short, long)}
    texts |= {f"{day.day}/{day.month}/{year}", f"{long} {day.day}, {year}", f"{short} {day.day}, {year}"}
    seconds = (day - dt.date(1970, 1, 1)).days * DAY_SECONDS
    return texts | {str(seconds), str(seconds * 1000)}


def date_numbers(day: dt.date) -> set[bytes]:
    """A date as the time stamps of tables: seconds, milli-, micro- and nanoseconds since 1970."""
    seconds = (day - dt.date(1970, 1, 1)).days * DAY_SECONDS
    return {struct.pack("<q", seconds * scale) for scale in (1, 10**3, 10**6, 10**9)}


def binary_numbers(number: int) -> set[bytes]:
    """A number of ten digits as integer and as float, of either byte order; six bytes are how SQLite writes it."""
    return {
        struct.pack("<q", number), struct.pack("<d", number), struct.pack(">q", number), struct.pack(">d", number),
        number.to_bytes(6, "big"),
    }  # fmt: skip


def damaged(number: int) -> set[str]:
    """What a spreadsheet makes of a number: five places and an exponent."""
    return {f"{number:.{places}e}".replace("e+0", f"e{sign}") for places in (4, 5, 6, 7, 8) for sign in ("+", "+0", "", "0")}


def digests(digits: str) -> list[bytes]:
    """Unkeyed hashes of the ten digits: to anybody who can count to a thousand million they are the number."""
    return [hashlib.new(name, digits.encode(), usedforsecurity=False).digest() for name in ("md5", "sha1", "sha256", "sha512")]


def wide_digits(numbers: Iterable[tuple[str, str]]) -> list[tuple[bytes, str]]:
    """Digits in UTF-16 and UTF-32, for blobs that hold them among other things; full-width digits too."""
    full = {digit: chr(0xFF10 + digit) for digit in range(10)}
    spelt = [(text, canary) for number, canary in numbers for text in (number, "".join(full[int(digit)] for digit in number))]
    return [(text.encode(encoding), canary) for text, canary in spelt for encoding in WIDE]
