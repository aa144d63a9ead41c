"""Whom a few contacts give away: of people sampled from each recipient's files, how many fit exactly one person of a file.

Somebody who knows of three attendances (the day, what it was, where) looks for the person who had them all. What two files say
of the same person's contacts is the same, whatever her pseudonyms: who holds both joins them by that.

Time grows with the events of the files, each of which is read once; memory with the sample.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

KNOWN = 3  # contacts that somebody knows of: our own choice
SAMPLE = 500  # people of each file; our own choice

SAMPLED = """
SELECT person, start_date, activity_type, provider_code FROM (
    SELECT *, row_number() OVER (PARTITION BY person ORDER BY place DESC) AS latest FROM desk_event
    WHERE person IN (SELECT person FROM desk_person WHERE person % ? = 0)
) JOIN desk_kind USING (kind) WHERE latest <= ?
"""
MATCHES = """
SELECT k.one, k.who, e.person, count(DISTINCT k.contact) FROM desk_event e JOIN desk_kind USING (kind) JOIN temp.known k
    ON k.start_date = e.start_date AND k.activity_type = desk_kind.activity_type AND k.provider_code IS desk_kind.provider_code
GROUP BY k.one, k.who, e.person
"""
KNOWN_TABLE = """
CREATE TEMP TABLE known
    (one TEXT, who INTEGER, contact INTEGER, start_date INTEGER, activity_type TEXT, provider_code TEXT)
"""

Contact = tuple[str, int, int, int, str, str | None]


@dataclass(frozen=True)
class FoundByContacts:
    """Of `people` sampled from the files of `one`, the share whose last contacts fit exactly one person of `other`'s."""

    one: str
    other: str
    contacts: int
    people: int
    share: float


def found_by_contacts(files: Mapping[str, Path], *, sample: int = SAMPLE, known: int = KNOWN) -> list[FoundByContacts]:
    """Every file against itself and every other one, by recipient. Files are `desk.db` of published nights, only read.

    Only people with as many contacts as are known are sampled; a file without any has no row as `one`.
    """
    contacts = [row for name, path in sorted(files.items()) for row in _sampled(name, path, sample, known)]
    people = Counter(name for name, _ in {(row[0], row[1]) for row in contacts})
    found = []
    for other, path in sorted(files.items()):
        fits = Counter(_fitting(path, contacts, known))
        alone = Counter(one for (one, _), count in fits.items() if count == 1)
        found += [FoundByContacts(one, other, known, people[one], alone[one] / people[one]) for one in sorted(people)]
    return sorted(found, key=lambda each: (each.one, each.other))


def _sampled(name: str, path: Path, sample: int, known: int) -> list[Contact]:
    with _open(path) as file:
        (count,) = file.execute("SELECT count(*) FROM desk_person").fetchone()
        rows = set(file.execute(SAMPLED, (max(1, count // sample), known)))
    mine: dict[int, list[tuple[int, str, str | None]]] = {}
    for person, *contact in sorted(rows, key=str):
        mine.setdefault(person, []).append(tuple(contact))
    full = {person: own for person, own in mine.items() if len(own) == known}
    return [(name, person, number, *contact) for person, own in full.items() for number, contact in enumerate(own)]


def _fitting(path: Path, contacts: list[Contact], known: int) -> list[tuple[str, int]]:
    """Recipient and number of a sampled person, once for every person of the file who had all her contacts."""
    with _open(path) as file:
        file.execute(KNOWN_TABLE)
        file.executemany("INSERT INTO temp.known VALUES (?, ?, ?, ?, ?, ?)", contacts)
        file.execute("CREATE INDEX temp.of_day ON known (start_date, activity_type, provider_code)")
        return [(one, who) for one, who, _, count in file.execute(MATCHES) if count == known]


class _open:  # noqa: N801 - a block, read as one
    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)

    def __enter__(self) -> sqlite3.Connection:
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()
