"""One published night as the pages of teams read it: point look-ups in each team's `desk.db`, which never changes."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from caseload.desk.tables import ABOUT, DESK, FEED, FILE, KIND, LISTS, DeskNews, DeskPerson, DeskPractice
from governance.table_files import TableReader, as_rows, select
from schemas.errors import CaselinkError

FORM = "1"  # of the file, as `pipelines.desk_tables` writes it
Row = dict[str, Any]
Answer = TypeVar("Answer")

PERSON = pa.schema([("person", pa.int64()), *DeskPerson.arrow_schema()])
SHOWN_EVENT = pa.schema([("start_date", pa.date32()), ("end_date", pa.date32()), *list(KIND)[1:]])


@dataclass(frozen=True)
class PublishedNight:
    """A night opened once and kept while it is served. `folder` is the published run's; every reader is by one team's pseudonyms.

    check: told each file before it is opened, there or not; it raises where that is not as it was published.

    Raises `CaselinkError` `E-NIGHT-PAGES` where the night has no pages for a team, `E-NIGHT-FORM` where another release's.
    """

    run_id: str
    as_at: dt.date
    folder: Path
    check: Callable[[Path], None] = lambda _path: None
    _kept: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def listed(self, team: str) -> list[Row]:
        """The team's CaseloadList rows, highest need first."""
        return self._list(team, "caseload")

    def departures(self, team: str) -> list[Row]:
        """Departure rows: who was on the last list and is not on this one, and why."""
        return self._list(team, "departures")

    def unplaced(self, team: str) -> list[Row]:
        """Unplaced rows: who should be on a list and has no place."""
        return self._list(team, "unplaced")

    def rising(self, team: str) -> list[Row]:
        """Rising rows: whose risk rose most, in order of place."""
        return self._list(team, "rising")

    def feeds(self, team: str) -> list[Row]:
        """How far each source's data reach: source, state, data_to, age_days, message."""
        return self._once(team, "feed", lambda: self._read(team, select(FEED, "feed"), (), FEED))

    def practices(self, team: str) -> list[Row]:
        """DeskPractice rows of the practices whose people the team's pages are about."""
        schema = DeskPractice.arrow_schema()
        return self._once(team, "practice", lambda: self._read(team, select(schema, "desk_practice"), (), schema))

    def news(self, team: str) -> list[Row]:
        """DeskNews rows: attendances and emergency admissions of which last night's data did not know; newest first."""
        schema = DeskNews.arrow_schema()
        query = select(schema, "desk_news", "ORDER BY start_date DESC, pseudonym, activity_type")
        return self._once(team, "news", lambda: self._read(team, query, (), schema))

    def person(self, team: str, pseudonym: str) -> Row | None:
        """Her DeskPerson row with her number; None for somebody who is not there, or not the team's."""
        return self.people(team, [pseudonym]).get(pseudonym)

    def people(self, team: str, pseudonyms: Iterable[str]) -> dict[str, Row]:
        """DeskPerson rows with their numbers, by pseudonym, of those that are there."""
        query = select(PERSON, "desk_person", "WHERE pseudonym IN")
        found = self._reader(team).among_rows(query, pseudonyms)
        return {row["pseudonym"]: row for row in as_rows(found, PERSON)}

    def of_practice(self, team: str, practice: str, *, tiers: Iterable[str], most: int) -> list[Row]:
        """DeskPerson rows of a practice's people in these tiers, highest need first; not more than so many."""
        wanted = sorted(tiers)
        marks = ", ".join("?" * len(wanted))
        where = f"gp_practice_code = ? AND rank IS NOT NULL AND tier IN ({marks}) AND month_of_death IS NULL"
        query = select(PERSON, "desk_person", f"WHERE {where} ORDER BY rank, pseudonym LIMIT ?")
        return self._read(team, query, (practice, *wanted, most), PERSON)

    def tiers_of_practice(self, team: str, practice: str) -> dict[str, int]:
        """How many of a practice's living people are in each tier; counted once a night, of a practice that the team serves."""
        query = "SELECT tier, count(*) FROM desk_person WHERE gp_practice_code = ? AND month_of_death IS NULL GROUP BY tier"
        if practice not in {row["gp_practice_code"] for row in self.practices(team)}:
            return {}

        def count() -> dict[str, int]:
            return {tier: people for tier, people in self._reader(team).rows(query, (practice,)) if tier is not None}

        return self._once(team, f"tiers {practice}", count)

    def reasons(self, team: str, person: int) -> list[Row]:
        """Reason rows of a person by her number, score by score."""
        return self._of_person(team, "desk_reason", person, "score, place")

    def facts(self, team: str, person: int) -> list[Row]:
        """Fact rows of a person by her number, in the order in which they are told."""
        return self._of_person(team, "desk_fact", person, "place")

    def service_use(self, team: str, person: int) -> list[Row]:
        """ServiceUse rows of a person by her number."""
        return self._of_person(team, "desk_service_use", person, "service")

    def timeline(self, team: str, person: int) -> list[Row]:
        """DeskEvent rows of a person by her number, newest first; each with its categories."""
        query = select(SHOWN_EVENT, "desk_event JOIN desk_kind USING (kind)", "WHERE person = ? ORDER BY place DESC")
        return self._read(team, query, (person,), SHOWN_EVENT)

    def weights(self, team: str) -> dict[str, int]:
        """Of the people on the team's list who count as more than one: pseudonym to tenths of an ordinary person. None are known
        of a night of an earlier release."""

        def read() -> dict[str, int]:
            reader = self._reader(team)
            if not reader.rows("SELECT name FROM sqlite_master WHERE name = 'desk_weight'"):
                return {}
            return dict(reader.rows("SELECT pseudonym, weight_tenths FROM desk_weight JOIN desk_person USING (person)"))

        return self._once(team, "weights", read)

    def _of_person(self, team: str, table: str, person: int, order: str) -> list[Row]:
        schema = DESK[table].arrow_schema()
        schema = schema.remove(schema.get_field_index("pseudonym"))
        query = select(schema, table, f"WHERE person = ? ORDER BY {order}")
        return self._read(team, query, (person,), schema)

    def _list(self, team: str, name: str) -> list[Row]:
        schema = LISTS[name].arrow_schema()
        return self._once(team, name, lambda: self._read(team, select(schema, name, "ORDER BY rowid"), (), schema))

    def _read(self, team: str, query: str, values: Iterable[object], schema: pa.Schema) -> list[Row]:
        return as_rows(self._reader(team).rows(query, tuple(values)), schema)

    def _reader(self, team: str) -> TableReader:
        return self._once(team, "reader", lambda: self._open(team))

    def _open(self, team: str) -> TableReader:
        path = self.folder / "out" / team / FILE
        self.check(path)
        if not path.is_file():
            raise CaselinkError(
                "E-NIGHT-PAGES", "the night served has no pages for this team.", cure="run a night; see fields.csv"
            )
        reader = TableReader(path)
        said = {row["name"]: row["value"] for row in as_rows(reader.rows(select(ABOUT, "about")), ABOUT)}
        if said.get("form") != FORM or said.get("team") != team:
            raise CaselinkError("E-NIGHT-FORM", "the night's pages are of another release.", cure="run a night with this one")
        return reader

    def _once(self, team: str, name: str, read: Callable[[], Answer]) -> Answer:
        """What is the same for every visitor, read once; callers do not change it."""
        if (team, name) not in self._kept:
            found = read()
            with self._lock:
                self._kept.setdefault((team, name), found)
        kept: Answer = self._kept[team, name]
        return kept
