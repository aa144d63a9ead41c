"""Half of a file under one value: no step compares everybody with everybody, memory stays small, and the night says why."""

from __future__ import annotations

import datetime as dt
import tracemalloc

import pyarrow as pa
import pytest

from linkage import Before, link_records
from linkage.decisions import MOST_SHOWN
from linkage.engine.joins import CROWD
from schemas.identifiable import Judgement, PersonRecord, RegisterMerger

RESIDENTS, RECORDS = 6000, 3000
HALF = dt.date(1950, 5, 4)
# Pairs of the half with the half would be 4.5 million, a hundred bytes each and more.
MOST_MEMORY = 150_000_000


def half_alike(source: str, size: int, **shared: object) -> pa.Table:
    """Records whose first half has the shared values and nothing else."""
    half = size // 2
    rest = size - half
    columns = {
        "given_name": [f"Ann{n:05}" for n in range(rest)],
        "family_name": [f"Hill{n:05}" for n in range(rest)],
        "date_of_birth": [dt.date(1940, 1, 2) + dt.timedelta(days=n) for n in range(rest)],
        "gender": ["2"] * rest,
        "postcode": ["M1 1AE"] * rest,
        "nhs_number": [f"999{n:07}" for n in range(rest)],
    }
    table = {name: [shared.get(name)] * half + values for name, values in columns.items()}
    ids = [f"{source}{n}" for n in range(size)]
    return PersonRecord.conform(
        pa.table({"source": [source] * size, "local_patient_id": ids, "nhs_number_status": ["01"] * size, **table})
    )


SHARED = {
    "everything": {
        "given_name": "John", "family_name": "Smith", "date_of_birth": HALF, "gender": "1", "postcode": "B33 8TH",
        "nhs_number": "9998888888",
    },
    "all but the number": {
        "given_name": "John", "family_name": "Smith", "date_of_birth": HALF, "gender": "1", "postcode": "B33 8TH"
    },
    "number and date of birth": {"date_of_birth": HALF, "nhs_number": "9998888888"},
    "names and date of birth": {"given_name": "John", "family_name": "Smith", "date_of_birth": HALF},
}  # fmt: skip


@pytest.mark.parametrize("what", SHARED)
def test_half_a_file_under_one_value(what: str) -> None:
    shared = SHARED[what]
    records = pa.concat_tables([half_alike("register", RESIDENTS, **shared), half_alike("gp", RECORDS, **shared)])
    tracemalloc.start()
    linked = link_records(records, RegisterMerger.empty())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert linked.review_pairs.num_rows <= RECORDS * MOST_SHOWN
    found = {row["local_patient_id"]: row for row in linked.matches.to_pylist() if row["source"] == "gp"}
    assert all(found[f"gp{n}"]["register_id"] is None for n in range(RECORDS // 2)), "nobody is guessed among thousands"
    assert all(
        found[f"gp{n}"]["register_id"] == f"register{n + RESIDENTS // 2 - RECORDS // 2}" for n in range(RECORDS // 2, RECORDS)
    )
    told = [name for name, count in linked.notes.items() if name.startswith(f"block keys over the cap of {CROWD:,}: ") and count]
    assert any(f"the largest of {RESIDENTS // 2:,} records" in name for name in told), told
    values = [str(value) for value in shared.values() if value != "1"]
    assert not [name for name in linked.notes if any(value in name for value in values)], "a size, never a value"


def test_a_clerk_is_shown_a_few_candidates_of_many() -> None:
    """Fewer than a crowd, and still more than anybody can choose among."""
    shared = SHARED["number and date of birth"]
    records = pa.concat_tables([half_alike("register", 100, **shared), half_alike("gp", 10, **shared)])
    linked = link_records(records, RegisterMerger.empty())
    shown = linked.review_pairs.group_by("local_patient_id").aggregate([([], "count_all")])["count_all"].to_pylist()
    assert shown == [MOST_SHOWN] * 5
    assert linked.notes["review pairs left out: too many of one record"] >= 5 * (50 - MOST_SHOWN)


def number_of_many(holders: int) -> pa.Table:
    """Two residents fit a record by number, date of birth and gender, one of them by her practice too; others hold the number."""
    number = "9998888888"
    one = {"date_of_birth": dt.date(1950, 5, 4), "nhs_number": number, "gender": "2"}
    rows = [
        {"local_patient_id": f"r{n}", "date_of_birth": dt.date(1910, 1, 2) + dt.timedelta(days=7 * n), "nhs_number": number}
        for n in range(3, holders + 1)
    ]
    rows += [{"local_patient_id": "r1", "gp_practice_code": "A81001", **one}, {"local_patient_id": "r2", **one}]
    register = [{"source": "register", "nhs_number_status": "01", **row} for row in rows]
    record = {"source": "ecds", "local_patient_id": "e1", "nhs_number_status": "01", "gp_practice_code": "A81001", **one}
    return PersonRecord.sort(pa.Table.from_pylist([*register, record], schema=PersonRecord.arrow_schema()))


@pytest.mark.parametrize("holders", [100, CROWD + 100])
def test_a_number_of_many_is_evidence_of_nobody(holders: int) -> None:
    records, mergers = number_of_many(holders), RegisterMerger.empty()
    linked = link_records(records, mergers)
    (match,) = (row for row in linked.matches.to_pylist() if row["source"] == "ecds")
    assert match["register_id"] is None
    assert ("nhs=same" in str(match["evidence"])) == (holders < CROWD), match
    before = Before(
        records, mergers, Judgement.empty(), linked.matches, linked.review_pairs, linked.near_misses, linked.conflicts,
        linked.basis, linked.encoded,
    )  # fmt: skip
    again = link_records(records, mergers, before=before)
    told = [[name for name in night.notes if f"the largest of {holders:,} records" in name] for night in (linked, again)]
    assert told[0] == told[1], "a night on which nothing changed says it, too"
    assert bool(told[0]) == (holders > CROWD)
    assert linked.conflicts.num_rows >= holders, "that they share a number is a contradiction of the register all the same"


def test_the_resident_who_fits_is_among_those_that_a_clerk_sees() -> None:
    """A dozen others hold the record's number; the resident of its own name and date of birth holds none."""
    born, number = dt.date(1950, 5, 4), "9998888888"
    names = ("Ruth", "Olive", "Zoe", "Iris", "Joan", "Meg", "Peg", "Vera", "Wilma", "Xenia", "Uma", "Tess")
    others = [
        {"local_patient_id": f"r{n:02}", "given_name": name, "family_name": "Field", "nhs_number": number}
        for n, name in enumerate(names)
    ]
    her = {"given_name": "Ann", "family_name": "Hill"}
    rows = [*others, {"local_patient_id": "r99", **her}]
    register = [{"source": "register", "nhs_number_status": "01", "date_of_birth": born, "gender": "2", **row} for row in rows]
    record = {"source": "gp", "local_patient_id": "p1", "date_of_birth": born, "gender": "2", "nhs_number": number, **her}
    records = pa.Table.from_pylist([*register, record], schema=PersonRecord.arrow_schema())
    shown = link_records(records, RegisterMerger.empty()).review_pairs["register_id"].to_pylist()
    assert len(shown) == MOST_SHOWN
    assert "r99" in shown
