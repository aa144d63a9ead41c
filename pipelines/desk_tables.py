"""`out/<team>/desk.db`: what the pages of a team need, for point look-ups, under the team's own pseudonyms.

The lists and every row of a person are written team by team; events come last, in one walk through the night's activity for all
teams. Nothing is written that `fields.csv` does not let leave for case management, and every text is read by the wall first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc

from caseload.desk.tables import ABOUT, BY_PERSON, DESK, EVENT, FEED, FILE, KIND, LISTS, DeskNews, DeskPractice
from governance.person_ids import look_up
from governance.table_files import TableWriter
from governance.wall import check_domain, scan_strings
from measures.report.words import SOURCES
from pipelines.config import Team
from pipelines.desk_events import DeskTeam, write_events
from pipelines.desk_people import everybody, of_team
from pipelines.fields import FieldList
from pipelines.needs import weights_of
from pipelines.night import Night
from pipelines.permission import field_list
from pipelines.recipients import team_domain
from pipelines.settings.purposes import CASE_MANAGEMENT
from schemas.table import Table
from schemas.zones import Zone

FORM = "1"  # of the file; a reader of another form refuses it
NUMBER = pa.field("person", pa.int64())


class DeskFiles:
    """The files of all teams, open until their events are written; whole at the end of the block, or not there.

    `tables`: the night's person, selection, proposal, score, feature, reason, fact and service_use.
    """

    def __init__(self, night: Night, tables: Mapping[str, pa.Table]) -> None:
        self._night = night
        self._tables = {**tables, "weight": weights_of(night.configuration.need, tables)}
        self._fields = field_list(night.project)
        self._people = everybody(tables)
        self._teams: list[DeskTeam] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> DeskFiles:
        """Return the files themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close every file: kept, or after an error thrown away."""
        self._open.__exit__(kind, error, trace)

    def add_team(self, team: Team, words: pa.Table, lists: Mapping[str, pa.Table]) -> None:
        """Begin a team's file. `words`: everybody's working pseudonym and the team's; `lists`: the team's lists as they are
        handed out."""
        mine = of_team(self._people, team, self._night.configuration)
        named = look_up(mine["pseudonym"], words["working"], words["recipient"])
        mine = mine.append_column("working", mine["pseudonym"]).set_column(0, "pseudonym", named).sort_by("pseudonym")
        file = self._open.enter_context(TableWriter(self._night.shelf.folder / "out" / team.id / FILE))
        self._about(file, team)
        for name, kind in LISTS.items():
            file.put(name, _filled(kind, lists[name]) if name in lists else kind.empty())
        people = self._allowed("desk_person", mine.drop_columns(["working"]))
        check_domain(people, team_domain(self._night.configuration, team.id), name="desk_person")
        numbers = pa.array(range(people.num_rows), pa.int64())
        file.put("desk_person", people.add_column(0, NUMBER, numbers), key=["person"])
        file.index("desk_person", "pseudonym")
        file.index("desk_person", "gp_practice_code", "rank")
        file.put("desk_practice", _practices(mine), key=["gp_practice_code"])
        members = pa.table({"working": mine["working"], "person": numbers})
        for name, key in BY_PERSON.items():
            rows = _numbered(self._allowed(name, self._tables[name.removeprefix("desk_")]), self._of(name), members)
            file.put(name, rows, key=key)
        self._teams.append(DeskTeam(file, members, mine["pseudonym"]))

    def add_events(self) -> None:
        """The events and the news of every team's people."""
        for each in self._teams:
            each.file.create("desk_event", EVENT, key=["person", "place"])
            each.file.create("desk_kind", KIND, key=["kind"])
            each.file.create("desk_news", DeskNews.arrow_schema(), key=DeskNews.key)
        if self._fields.written("desk_event", CASE_MANAGEMENT):
            write_events(self._night, self._teams, self._fields)

    def _about(self, file: TableWriter, team: Team) -> None:
        said = {"form": FORM, "as_at": self._night.as_at.isoformat(), "run_id": self._night.run_id, "team": team.id}
        file.put("about", pa.table([list(said), list(said.values())], schema=ABOUT), key=["name"])
        feeds = self._night.shelf.get(Zone.AGGREGATE, "feed_age")
        titles = pa.array([SOURCES[source] for source in feeds["source"].to_pylist()], pa.string())
        file.put("feed", feeds.append_column("title", titles).select(FEED.names).cast(FEED), key=["source"])

    def _of(self, name: str) -> pa.ChunkedArray:
        return self._tables[name.removeprefix("desk_")]["pseudonym"]

    def _allowed(self, name: str, rows: pa.Table) -> pa.Table:
        """Rows as they may leave, every text of them read."""
        allowed = limited(self._fields, name, rows)
        scan_strings(allowed, name=name)
        return allowed


def limited(fields: FieldList, name: str, rows: pa.Table) -> pa.Table:
    """The rows with nothing in the columns that may not leave; no rows where none of the table's may."""
    if not fields.written(name, CASE_MANAGEMENT):
        return DESK[name].empty()
    return _filled(DESK[name], fields.limit(rows, name, CASE_MANAGEMENT))


def _filled(kind: type[Table], rows: pa.Table) -> pa.Table:
    """All of a table's columns, null where they are not there."""
    schema = kind.arrow_schema()
    here = set(rows.column_names)
    return pa.table(
        [rows[each.name] if each.name in here else pa.nulls(rows.num_rows, each.type) for each in schema], schema=schema
    )


def _numbered(rows: pa.Table, who: pa.ChunkedArray, members: pa.Table) -> pa.Table:
    """Rows of the team's people, by their numbers."""
    if not rows.num_rows:
        who = pa.chunked_array([], pa.string())
    numbers = look_up(who, members["working"], members["person"])
    return rows.set_column(rows.column_names.index("pseudonym"), NUMBER, numbers).filter(numbers.is_valid())


def _practices(mine: pa.Table) -> pa.Table:
    """DeskPractice rows of the practices whose people are here."""
    here = mine.filter(pc.and_(mine["gp_practice_code"].is_valid(), mine["month_of_death"].is_null()))
    rows = here.group_by("gp_practice_code", use_threads=False).aggregate([("locality", "min"), ("pseudonym", "count")])
    columns = [rows["gp_practice_code"], rows["locality_min"], rows["pseudonym_count"]]
    return pa.table(columns, schema=DeskPractice.arrow_schema())
