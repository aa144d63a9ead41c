"""Canaries: marked identifiers of made-up people, and the file that lists them."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

NHS_NUMBER, DATE, TEXT, OUTLIER = "nhs number", "date", "text", "outlier"
SHORTEST = 6  # letters and digits; a shorter canary would be found by chance
COMBINING = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff]+")
PLAIN = dict(zip("łøđıæœ", "lodiao", strict=True))  # letters that do not come apart
STUBBORN = re.compile(f"[{''.join(PLAIN)}]")


@dataclass(frozen=True)
class Canary:
    """One marked identifier. `id` may be shown; `value` never.

    `kind` says how it may be rendered: `nhs number` (ten digits), `date` (YYYY-MM-DD), `outlier` (a whole number), or `text`.
    """

    id: str
    kind: str
    value: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a canary that could be found by chance, or that is not of its kind."""
        if self.kind == DATE:
            dt.date.fromisoformat(self.value)
        elif self.kind == NHS_NUMBER and not (len(self.value) == 10 and self.value.isdecimal()):
            raise ValueError(f"canary {self.id} is no NHS number")
        elif len(letters_and_digits(folded(self.value))) < SHORTEST:
            raise ValueError(f"canary {self.id} is too short")


def save(canaries: Iterable[Canary], path: Path) -> None:
    """Write the list as JSON."""
    path.write_text(json.dumps({"canaries": [asdict(each) for each in canaries]}, indent=1), encoding="utf-8")


def load(path: Path) -> list[Canary]:
    """Read a list: `{"canaries": [{"id": ..., "kind": ..., "value": ...}]}`."""
    return [Canary(**each) for each in json.loads(path.read_text(encoding="utf-8"))["canaries"]]


def folded(text: str) -> str:
    """Text as it is compared: without accents, full-width forms and case."""
    if text.isascii():
        return text.lower()
    plain = COMBINING.sub("", unicodedata.normalize("NFKD", text)).casefold()
    return plain if plain.isascii() else STUBBORN.sub(lambda found: PLAIN[found[0]], plain)


def letters_and_digits(text: str) -> str:
    """Folded text without anything that stands between letters and digits."""
    return "".join(letter for letter in text if letter.isalnum())
