"""Deaths that register and sources do not agree on: rows to look at, and no link undone."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from linkage import link_records
from linkage.steps.deaths import GRACE_DAYS, LAST_ACTIVE
from schemas.identifiable import RegisterMerger
from tests.linkage_tables import conflicts_of, drawn, person_records

DIED = dt.date(2026, 1, 10)
PICTURE = """
    source   | id | number | status | given | family | born       | protected | died
    register | r1 | n1     | 01     | Ann   | Hill   | 1950-05-04 |           | yes
    register | r2 | n2     | 01     | Joe   | Field  | 1983-02-03 |           |
    register | r3 | n3     | 01     | Vera  | Hidden | 1970-07-07 | yes       | yes
    gp       | p1 | n1     |        | Ann   | Hill   | 1950-05-04 |           |
    gp       | p2 | n1     |        | Ann   | Hill   | 1950-05-04 |           |
    gp       | p3 | n2     |        | Joe   | Field  | 1983-02-03 |           | yes
    gp       | p4 | n1     |        | Ann   | Hill   | 1950-05-04 |           | yes
    gp       | p5 | n3     |        | Vera  | Hidden | 1970-07-07 |           |
    gp       | p6 |        |        | Olga  | Orlova | 2001-12-12 |           | yes
"""


def records() -> pa.Table:
    rows = drawn(PICTURE)
    for row in rows:
        row["date_of_death"] = DIED if row.pop("died") else None
    return person_records(rows)


def seen(**days_after: int) -> pa.Table:
    rows = [
        {"source": "gp", "local_patient_id": local_id, "last_active_date": DIED + dt.timedelta(days)}
        for local_id, days in days_after.items()
    ]
    return pa.Table.from_pylist(rows, schema=LAST_ACTIVE)


def test_active_after_her_death() -> None:
    last_active = seen(p1=GRACE_DAYS + 1, p2=GRACE_DAYS, p3=400, p5=400, p6=400)
    linked = link_records(records(), RegisterMerger.empty(), last_active=last_active)
    assert conflicts_of(linked) == {("p1", "dead, active later", "r1"), ("p3", "dead here, alive there", "r2")}
    assert linked.notes["conflicts withheld"] == 1
    assert {row["local_patient_id"]: row["register_id"] for row in linked.matches.to_pylist()}["p1"] == "r1"


def test_without_activity_only_the_sources_own_dates_are_compared() -> None:
    linked = link_records(records(), RegisterMerger.empty())
    assert conflicts_of(linked) == {("p3", "dead here, alive there", "r2")}
    assert linked.notes["one source, one person twice: gp"] == 3
