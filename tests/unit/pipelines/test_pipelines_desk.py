"""What goes into a team's desk.db: whose rows, which columns, which events, and what is news."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from caseload.desk.tables import DESK, EVENT, KIND, SHOWN_FEATURES, DeskNews, DeskPerson
from governance.table_files import TableWriter
from pipelines.config import NightSettings
from pipelines.desk_events import DeskTeam, write_events
from pipelines.desk_people import everybody, of_team
from pipelines.desk_tables import limited
from pipelines.fields import FieldList
from schemas.errors import GovernanceError
from schemas.pseudonymised import Proposal, PseudonymisedActivity, PseudonymisedPerson, Score, Selection

AS_AT = dt.date(2026, 9, 30)
ALL = frozenset({"case-management"})


def fields(table: str, *columns: str) -> FieldList:
    return FieldList({f"out.{table}": dict.fromkeys(columns, ALL)})


EVERY = FieldList({f"out.{name}": dict.fromkeys(kind.columns(), ALL) for name, kind in DESK.items()})


def test_only_columns_that_may_leave_are_filled() -> None:
    rows = DeskPerson.conform(pa.table({"pseudonym": ["p"], "age_band": ["80-84"], "gender": ["2"]}))
    found = limited(fields("desk_person", "pseudonym", "gender"), "desk_person", rows)
    assert found.schema == DeskPerson.arrow_schema()
    assert found.select(["pseudonym", "age_band", "gender"]).to_pylist() == [{"pseudonym": "p", "age_band": None, "gender": "2"}]
    assert limited(fields("caseload", "pseudonym"), "desk_person", rows).num_rows == 0, "a list of fields of before the pages"
    with pytest.raises(GovernanceError, match="E-FIELDS-PSEUDONYM"):
        limited(fields("desk_person", "gender"), "desk_person", rows)


def test_everybody_has_a_row_and_a_team_has_its_own() -> None:
    people = [
        {"pseudonym": "a", "locality": "North", "gp_practice_code": "P1"},
        {"pseudonym": "b", "locality": "South", "gp_practice_code": "P2"},
        {"pseudonym": "c", "locality": "South", "gp_practice_code": "P3"},
        {"pseudonym": "d", "locality": "South", "gp_practice_code": "P4"},
        {"pseudonym": "e", "locality": None, "gp_practice_code": None},
    ]
    tables = {
        "person": PseudonymisedPerson.conform(pa.Table.from_pylist(people)),
        "selection": Selection.conform(pa.table({"pseudonym": ["b"], "tier": ["none"], "why": ["x"], "rank": [4]})),
        "proposal": Proposal.conform(pa.table({"pseudonym": ["c"], "team": ["north"], "why": ["x"], "since": [AS_AT]})),
        "score": Score.conform(
            pa.table(
                {"pseudonym": ["a", "b"], "score": ["emergency_admission_12_months"] * 2, "value": [0.25, None],
                 "band": ["high", None], "version": ["1", "1"]}
            )
        ),
        "feature": pa.table({"pseudonym": ["a"]} | {name: [1.0] for name in SHOWN_FEATURES}),
    }  # fmt: skip
    found = everybody(tables)
    rows = {row["pseudonym"]: row for row in found.to_pylist()}
    assert (rows["a"]["risk"], rows["a"]["risk_band"], rows["a"]["has_carer"], rows["a"]["tier"]) == (0.25, "high", 1.0, None)
    assert (rows["b"]["tier"], rows["b"]["rank"], rows["b"]["has_carer"]) == ("none", 4, None)
    team: Any = SimpleNamespace(id="north", locality="North")
    staff: Any = SimpleNamespace(professional=[SimpleNamespace(team="north", practices=("P2",))])
    assert of_team(found, team, staff)["pseudonym"].to_pylist() == ["a", "b", "c"], "by locality, practice and proposal"


def activity(**columns: Any) -> dict[str, Any]:
    row = {"pseudonym": "a", "activity_type": "gp_appointment", "start_date": dt.date(2026, 9, 1), "end_date": None, "codes": []}
    return row | columns


EVENTS = [
    activity(start_date=dt.date(2026, 9, 2), activity_type="accident_and_emergency", provider_code="RZ1"),
    activity(start_date=dt.date(2026, 9, 2), activity_type="accident_and_emergency", provider_code="RZ2"),
    activity(start_date=dt.date(2024, 9, 30)),                                                   # the first of 730 days
    activity(start_date=dt.date(2024, 9, 29)),                                                   # a day too old
    activity(start_date=dt.date(2026, 10, 1)),                                                   # not yet
    activity(start_date=dt.date(2020, 1, 1), activity_type="social_care_service"),               # a package still open
    activity(start_date=dt.date(2020, 1, 1), activity_type="social_care_service", end_date=dt.date(2024, 1, 1)),
    activity(activity_type="gp_snapshot"),
    activity(activity_type="inpatient_emergency", codes=["F200"], start_date=dt.date(2026, 8, 1)),  # a mental illness
    activity(pseudonym="x"),                                                                     # nobody's of the team
]  # fmt: skip


def written(folder: Path, allowed: FieldList, before: dt.date | None = None) -> sqlite3.Connection:
    (folder / "pseudonymised" / "activity").mkdir(parents=True)
    rows = PseudonymisedActivity.conform(pa.Table.from_pylist(EVENTS, schema=PseudonymisedActivity.arrow_schema()))
    pq.write_table(rows, folder / "pseudonymised" / "activity" / "all.parquet")
    parent = None
    if before is not None:
        parent = folder / "before"
        (parent / "aggregate").mkdir(parents=True)
        last = {"source": ["ecds", "sus_apc"], "data_to": pa.array([before, before], pa.date32())}
        pq.write_table(pa.table(last), parent / "aggregate" / "feed_age.parquet")
    configuration = SimpleNamespace(night=NightSettings(memory_mb=200, threads=1))
    night: Any = SimpleNamespace(
        shelf=SimpleNamespace(folder=folder), configuration=configuration, as_at=AS_AT, parent_folder=parent
    )
    with TableWriter(folder / "desk.db") as file:
        file.create("desk_event", EVENT, key=["person", "place"])
        file.create("desk_kind", KIND, key=["kind"])
        file.create("desk_news", DeskNews.arrow_schema(), key=DeskNews.key)
        members = pa.table({"working": ["a"], "person": pa.array([7], pa.int64())})
        names = pa.chunked_array([[f"north1-{number}" for number in range(8)]])
        write_events(night, [DeskTeam(file, members, names)], allowed)
    return sqlite3.connect(folder / "desk.db")


JOINED = "SELECT activity_type, categories, provider_code FROM desk_event JOIN desk_kind USING (kind) ORDER BY place"


def test_events_of_24_months_and_open_packages_with_their_categories(tmp_path: Path) -> None:
    file = written(tmp_path, EVERY)
    assert file.execute(JOINED).fetchall() == [
        ("social_care_service", "ordinary", None),
        ("gp_appointment", "ordinary", None),
        ("inpatient_emergency", "mental health", None),
        ("accident_and_emergency", "ordinary", "RZ1"),
        ("accident_and_emergency", "ordinary", "RZ2"),
    ]
    assert {row[0] for row in file.execute("SELECT person FROM desk_event")} == {7}
    assert file.execute("SELECT count(*) FROM desk_news").fetchone() == (0,), "a first night has no news"


def test_news_is_what_the_night_before_did_not_know_of(tmp_path: Path) -> None:
    file = written(tmp_path, EVERY, before=dt.date(2026, 9, 1))
    assert file.execute("SELECT pseudonym, activity_type FROM desk_news").fetchall() == [("north1-7", "accident_and_emergency")]


def test_a_column_of_an_event_that_may_not_leave_stays_empty(tmp_path: Path) -> None:
    some = fields("desk_event", *(name for name in DESK["desk_event"].columns() if name != "provider_code"))
    file = written(tmp_path, some, before=dt.date(2026, 9, 1))
    assert {row[2] for row in file.execute(JOINED)} == {None}
    assert file.execute("SELECT count(*) FROM desk_news").fetchone() == (0,)


def test_the_same_events_give_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        written(tmp_path / name, EVERY).close()
        found.append((tmp_path / name / "desk.db").read_bytes())
    assert found[0] == found[1]
