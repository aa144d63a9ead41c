"""Search a folder: every file by name, by its bytes, and by whatever its bytes hold inside, to a depth."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.canary import tables
from tests.canary.containers import TooMuchError, inside
from tests.canary.matching import Matcher

DEEPEST = 6
PIECE = 1 << 26
OVERLAP = 1 << 12
GUESSED = ("base64", "hex", "gzip within", "zlib within", "zstd within")


@dataclass(frozen=True)
class Leak:
    """Where a canary was found, by which decoders, and which; never its value."""

    place: str
    decoders: tuple[str, ...]
    kind: str
    canary: str

    def __str__(self) -> str:
        return f"{self.place}: {' > '.join(self.decoders)}: {self.kind} {self.canary}"


@dataclass
class Search:
    """What has been searched so far. `unread` counts against: a place that cannot be searched is not proved clean."""

    matcher: Matcher
    leaks: set[Leak] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    places: int = 0
    size: int = 0

    def folder(self, folder: Path, *, name: str, leave_out: Iterable[Path] = ()) -> None:
        """Search every file under a folder, hidden ones too; links are not followed, but their targets' names are read."""
        out = {path.absolute() for path in leave_out}
        for path in walk(folder, out):
            shown = f"{name}/{path.relative_to(folder)}" if path != folder else name
            self._named(path, shown)

    def _named(self, path: Path, shown: str) -> None:
        hits = self.matcher.in_text(path.name)
        if hits:
            shown = "(a name that holds a canary)"
        self._found(hits, shown, ("name",))
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            self._found(self.matcher.in_text(os.readlink(path)), shown, ("link",))
        elif stat.S_ISREG(kind):
            self.file(path, shown)

    def file(self, path: Path, shown: str) -> None:
        """Search one file."""
        try:
            blob = path.read_bytes()
        except OSError as error:
            self.unread.append(f"{shown}: {type(error).__name__}")
            return
        self.blob(blob, shown)
        if blob.startswith(b"SQLite format 3\0") and path.with_name(path.name + "-wal").is_file():
            for part in tables.sqlite_with_log(path):
                self._look(part, shown, ("sqlite with its log",), 1)

    def blob(self, blob: bytes, shown: str) -> None:
        """Search bytes that are a place of their own: a file, an answer, a process' command line."""
        self.places += 1
        self.size += len(blob)
        self._look(blob, shown, (), 0)

    def _look(self, blob: bytes, shown: str, decoders: tuple[str, ...], depth: int) -> None:
        for piece in pieces(blob):
            self._found(self.matcher.in_bytes(piece), shown, decoders or ("bytes",))
        if depth == DEEPEST:
            return
        try:
            for name, part in inside(blob):
                self._look(part, shown, (*decoders, name), depth + 1)
        except (TooMuchError, ValueError) as trouble:
            if isinstance(trouble, ValueError) and decoders and decoders[-1] in GUESSED:
                return  # what only looked like an encoding
            self.unread.append(f"{shown}: {' > '.join((*decoders, type(trouble).__name__, str(trouble)))}")

    def _found(self, ids: Iterable[str], shown: str, decoders: tuple[str, ...]) -> None:
        self.leaks.update(Leak(shown, decoders, self.matcher.kinds[canary], canary) for canary in ids)


def pieces(blob: bytes) -> Iterator[bytes]:
    """A long blob in pieces that overlap, so that what is searched at once stays small."""
    for start in range(0, max(1, len(blob) - OVERLAP), PIECE - OVERLAP):
        yield blob[start : start + PIECE]


def walk(folder: Path, leave_out: set[Path]) -> Iterator[Path]:
    """Everything under a folder but what is left out, in order."""
    if folder.is_file() or folder.is_symlink():
        yield folder
        return
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.absolute() in leave_out:
            continue
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from walk(path, leave_out)
