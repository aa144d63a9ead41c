"""Which line of a text file each row starts on, where quoted fields hold line breaks."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import numpy as np

from pipelines.extracts.refusal import refusal

PIECE = 1 << 24

# Everything up to the next quoted field that holds a line break, in one stride of the regular expression engine.
# A quote opens a field only behind a delimiter or a line break; anywhere else it is a letter like any other.
_STRIDE = rb"""(?:[^"]++|(?<![%(d)s\r\n])(?<!\A)(?<!\A\xef\xbb\xbf)"|"(?:[^"\r\n]++|"")*+"(?!"))*+"""
_FIELD = rb'("(?:[^"]++|"")*+)("|\Z)'


class LineNumbers:
    """Row numbers (the header is row 1) to line numbers. `breaks`: line breaks inside fields of the row in `rows`."""

    def __init__(self, rows: list[int], breaks: list[int]) -> None:
        self._rows = np.array(rows, np.int64)
        self._extra = np.concatenate([[0], np.cumsum(np.array(breaks, np.int64))])

    def of(self, rows: np.ndarray) -> np.ndarray:
        """The line on which each row starts."""
        lines: np.ndarray = rows + self._extra[np.searchsorted(self._rows, rows, side="left")]
        return lines


def line_numbers(path: Path, name: str, delimiter: str) -> LineNumbers:
    """Line numbers of the rows of a UTF-8 text file. Raises `CaselinkError` where a quote is opened and never closed."""
    if _balanced(path):
        return LineNumbers([], [])
    pattern = re.compile((_STRIDE % {b"d": re.escape(delimiter.encode())}) + _FIELD)
    rows: list[int] = []
    breaks: list[int] = []
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        position, row = 0, 1
        while found := pattern.match(text, position):
            row += count_breaks(text, position, found.start(1))
            if not found.group(2):
                cure = "ask for the file again, with quotes doubled inside fields"
                rule = "a quote is opened and never closed"
                raise refusal("E-EXTRACT-QUOTE", name, f"line {row + sum(breaks)}", rule, cure=cure)
            rows.append(row)
            breaks.append(count_breaks(text, found.start(1), found.end()))
            position = found.end()
    return LineNumbers(rows, breaks)


def _balanced(path: Path) -> bool:
    """Whether every line has an even number of quotes, so that no field runs over a line break: a quick first look."""
    quotes_before = 0
    with path.open("rb") as stream:
        while block := stream.read(PIECE):
            letters = np.frombuffer(block, np.uint8)
            quotes = np.flatnonzero(letters == ord('"'))
            breaks = np.flatnonzero((letters == ord("\n")) | (letters == ord("\r")))
            if ((np.searchsorted(quotes, breaks) + quotes_before) % 2).any():
                return False
            quotes_before += len(quotes)
    return quotes_before % 2 == 0


def count_breaks(text: mmap.mmap | bytes, start: int, end: int) -> int:
    """Line breaks between two positions: LF, CR or CR LF."""
    total = 0
    while start < end:
        stop = min(start + PIECE, end)
        if stop < end and text[stop - 1 : stop + 1] == b"\r\n":
            stop += 1
        piece = text[start:stop]
        total += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
        start = stop
    return total
