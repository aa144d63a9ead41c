"""The people of one published night in one file of the vault, found by point look-ups: who somebody is, and who is meant.

    person   one row each: the register's word on practice and registration, her best identity, her pseudonym in the audit
    token    her pseudonym in each team's domain
    number   NHS numbers that any of her records carries or that were merged with one of them
    name     dates of birth with family and given names of her records, as `plain_name` writes them
    former   her other pseudonyms in the audit: of earlier epochs, and of ids that were joined into hers

It is written when a night makes its outputs, and opened by the door of each team. A million people need no more memory than one.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from governance.access.identity import IDENTITY, SHOWN, STANDING
from governance.keys import Domain
from governance.table_files import TableReader, as_table

FILE = "identities.db"
STANDS = ("gp_practice_code", "registered_from", "registered_to", "protected")
PERSON = pa.schema(
    [
        ("person", pa.int64()), ("person_id", pa.string()), ("subject", pa.string()),
        *((name, STANDING.field(name).type) for name in STANDS),
        *((name, IDENTITY.field(name).type) for name in SHOWN),
    ]
)  # fmt: skip
TOKEN = pa.schema([("pseudonym", pa.string()), ("person", pa.int64())])
NUMBER = pa.schema([("nhs_number", pa.string()), ("person", pa.int64())])
NAME = pa.schema([("date_of_birth", pa.date32()), ("family", pa.string()), ("given", pa.string()), ("person", pa.int64())])
FORMER = pa.schema([("person", pa.int64()), ("subject", pa.string())])
LIST_SIZE = pa.schema([("gp_practice_code", pa.string()), ("people", pa.int64())])

SUBJECT = pa.schema([("subject", pa.string()), ("gp_practice_code", pa.string())])
OF_TOKENS = "FROM token JOIN person USING (person) WHERE token.pseudonym IN"
MOST_FOUND = 20  # people that one search may mean; more are nobody, and the searcher says more of her


@dataclass(frozen=True)
class FiledIdentities:
    """An `IdentitySource` over the file, for one team's domain of pseudonyms."""

    reader: TableReader
    domain: Domain
    as_at: dt.date
    _practices: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    _sizes: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def standing(self, pseudonyms: Any) -> pa.Table:
        """See `IdentitySource`."""
        columns = ", ".join(("token.pseudonym", "person.subject", *(f"person.{name}" for name in STANDS)))
        return self.reader.among(f"SELECT {columns} {OF_TOKENS}", self._mine(pseudonyms), STANDING)

    def practices(self, subjects: Any) -> pa.Table:
        """See `IdentitySource`. The night's answer does not change, so who was asked for once is not looked up again."""
        wanted = _texts(subjects)
        fresh = [each for each in wanted if each not in self._practices]
        if fresh:
            found = dict(self.reader.among_rows("SELECT subject, gp_practice_code FROM person WHERE subject IN", fresh))
            self._practices.update(found)
        rows = [(each, self._practices[each]) for each in sorted(set(wanted)) if each in self._practices]
        return as_table(rows, SUBJECT)

    def list_sizes(self) -> Mapping[str, int]:
        """See `IdentitySource`. Counted when the night was written, read once."""
        if not self._sizes:
            self._sizes.update(dict(self.reader.rows("SELECT gp_practice_code, people FROM list_size")))
        return self._sizes

    def identities(self, pseudonyms: Any) -> pa.Table:
        """See `IdentitySource`."""
        # A night of an earlier release has fewer.
        there = {name for (name,) in self.reader.rows("SELECT name FROM pragma_table_info('person')")}
        shown = (f"person.{name}" if name in there else f"NULL AS {name}" for name in SHOWN)
        columns = ", ".join(("token.pseudonym", *shown))
        return self.reader.among(f"SELECT {columns} {OF_TOKENS}", self._mine(pseudonyms), IDENTITY)

    def by_number(self, number: str) -> list[str]:
        """Pseudonyms of the people whose records carry this NHS number; in order."""
        return self._pseudonyms("SELECT person FROM number WHERE nhs_number = ?", (number,))

    def by_birth(self, born: dt.date, family: str, given: str = "") -> list[str]:
        """Pseudonyms of the people born on a day with this family name, and where given with a given name that begins so."""
        days, name, begins = (born - dt.date(1970, 1, 1)).days, plain_name(family), plain_name(given)
        query = "SELECT DISTINCT person FROM name WHERE date_of_birth = ? AND family = ? AND substr(given, 1, ?) = ?"
        return self._pseudonyms(query, (days, name, len(begins), begins)) if name else []

    def subjects(self, pseudonym: str) -> frozenset[str]:
        """Every pseudonym by which the audit log may name this person; empty where there is nobody."""
        return self._subjects("SELECT person FROM token WHERE pseudonym = ?", (self._mine([pseudonym]) or [""])[0])

    def subjects_of_number(self, number: str) -> frozenset[str]:
        """The same of the people whose records carry this NHS number, whatever the domain."""
        return self._subjects("SELECT person FROM number WHERE nhs_number = ?", number)

    def _subjects(self, query: str, value: str) -> frozenset[str]:
        present = f"SELECT subject FROM person WHERE person IN ({query})"  # noqa: S608 - texts of our own code
        former = f"SELECT subject FROM former WHERE person IN ({query})"  # noqa: S608
        return frozenset(subject for (subject,) in self.reader.rows(f"{present} UNION {former}", (value, value)))

    def person_id(self, pseudonym: str) -> str | None:
        """The id under which the vault keeps what was written about her; None for nobody, or nobody of the team's."""
        query = "SELECT token.pseudonym, person.person_id FROM token JOIN person USING (person) WHERE token.pseudonym IN"
        return dict(self.reader.among_rows(query, self._mine([pseudonym]))).get(pseudonym)

    def _pseudonyms(self, query: str, values: tuple[object, ...]) -> list[str]:
        tokens = "SELECT pseudonym FROM token WHERE pseudonym LIKE ? AND person IN"
        found = self.reader.rows(f"{tokens} ({query}) ORDER BY pseudonym", (f"{self.domain.tag}-%", *values))
        return [pseudonym for (pseudonym,) in found[:MOST_FOUND]] if len(found) <= MOST_FOUND else []

    def _mine(self, pseudonyms: Any) -> list[str]:
        return [each for each in _texts(pseudonyms) if each.startswith(f"{self.domain.tag}-")]


def plain_name(name: str) -> str:
    """A name as it is searched: without accents, marks and blanks, in small letters."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]", "", letters)


def _texts(values: Any) -> list[str]:
    texts = values if isinstance(values, list) else values.to_pylist()
    return [each for each in texts if each]
