"""Events that cannot be: which are left out, which are mended, and that each is counted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from governance.lives import with_lives
from governance.pseudonymise import pseudonymise_activity
from pipelines.engine import Engine
from pipelines.odd_events import can_be, count_odd, is_future, odd_lines
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.identifiable import Activity, Link, PersonRecord
from tests.stratify_area import drawn

AS_AT = dt.date(2026, 10, 31)

# Ann was born on 1 May 1950 and died on 10 October 2026, as the register says; the practice says nothing. Ben lives.
PEOPLE = """
| source   | id | person | born       | died       |
|----------|----|--------|------------|------------|
| register | r1 | ann    | 1950-05-01 | 2026-10-10 |
| gp       | g1 | ann    |            |            |
| register | r2 | ben    |            |            |
| gp       | g2 | ben    | 2020-02-29 |            |
"""  # fmt: skip

EVENTS = """
| id | activity_type          | start      | end        | cost | becomes   |
|----|------------------------|------------|------------|------|-----------|
| g1 | gp_appointment         | 2026-10-10 |            |      | kept      |
| g1 | gp_appointment         | 2026-10-11 |            |      | dead      |
| g1 | accident_and_emergency | 2026-10-11 |            |      | kept      |
| g1 | accident_and_emergency | 2026-10-12 |            |      | dead      |
| g1 | inpatient_emergency    | 2026-09-30 | 2026-10-10 |      | kept      |
| g1 | inpatient_emergency    | 2026-10-09 | 2026-10-12 |      | kept      |
| g1 | gp_snapshot            | 2026-10-31 |            |      | kept      |
| g1 | outpatient             | 1950-04-30 |            |      | unborn    |
| g1 | outpatient             | 1950-05-01 |            |      | kept      |
| g2 | outpatient             | 2020-02-28 |            |      | unborn    |
| g2 | community_contact      | 2026-11-01 |            |      | future    |
| g2 | inpatient_elective     | 2026-10-20 | 2026-10-19 |      | backwards |
| g2 | social_care_service    | 2026-10-20 |            | -1   | negative  |
| g2 | social_care_service    | 2026-10-20 |            | 0    | kept      |
| g2 | inpatient_elective     | 2020-02-01 | 2020-01-01 | -5   | unborn    |
| g9 | gp_appointment         | 1900-01-01 |            |      | nobody    |
"""  # fmt: skip
LEFT_OUT = ("dead", "unborn", "future", "nobody")


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def lives() -> pa.Table:
    rows = drawn(PEOPLE)
    records = PersonRecord.conform(
        pa.table(
            {
                "source": [row["source"] for row in rows],
                "local_patient_id": [row["id"] for row in rows],
                "date_of_birth": pa.array([day(row.get("born")) for row in rows], pa.date32()),
                "date_of_death": pa.array([day(row.get("died")) for row in rows], pa.date32()),
            }
        )
    )
    said = {"step": "register", "evidence": "own record", "model_version": "1"}
    linked = [{"source": r["source"], "local_patient_id": r["id"], "person_id": r["person"], **said} for r in rows]
    links = pa.Table.from_pylist(linked, schema=Link.arrow_schema())
    tokens = links.select(["source", "local_patient_id"]).append_column("pseudonym", links["person_id"])
    return with_lives(tokens, records, links)


def events() -> pa.Table:
    rows = [
        {
            "source": "gp",
            "local_patient_id": row["id"],
            "activity_type": row["activity_type"],
            "start_date": day(row["start"]),
            "end_date": day(row.get("end")),
            "cost_pence": int(row["cost"]) if "cost" in row else None,
            "provider_code": str(place),
            "codes": [],
            "attributes": dict.fromkeys(field.name for field in ACTIVITY_ATTRIBUTES),
        }
        for place, row in enumerate(drawn(EVENTS))
    ]
    table = pa.Table.from_pylist(rows, schema=Activity.arrow_schema())
    return table.append_column("_as_at", pa.array([AS_AT] * len(rows), pa.date32()))


def test_what_cannot_be_is_left_out_or_mended_and_every_one_is_counted(tmp_path: Path) -> None:
    with Engine(tmp_path / "spill") as engine:
        frame, tokens = engine.from_arrow(events()), engine.from_arrow(lives())
        counts = count_odd(frame, tokens, engine)
        passed = engine.to_arrow(pseudonymise_activity(frame.filter(~is_future()), tokens, only=can_be()))
    expected = [row["becomes"] for row in drawn(EVENTS)]
    assert counts.pop("all") == len(expected) - 1
    assert counts == {name: expected.count(name) for name in counts}
    kept = [str(place) for place, name in enumerate(expected) if name not in LEFT_OUT]
    assert sorted(passed["provider_code"].to_pylist(), key=int) == kept
    assert "born" not in passed.column_names, "the days stay on this side of the wall"


def test_a_line_for_each_rule_and_a_warning_where_there_are_many() -> None:
    counts = {"all": 1000, "future": 0, "unborn": 11, "dead": 10, "backwards": 1, "negative": 0}
    warnings, notes = odd_lines("gp", counts)
    assert warnings == ["gp: events that start before the person's birth, left out: 11."]
    assert notes == [
        "gp: events that start after the person's death, left out: 10.",
        "gp: events that end before they start, kept as events of one day: 1.",
    ]
    assert odd_lines("gp", dict.fromkeys(counts, 0)) == ([], [])
