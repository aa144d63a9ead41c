"""Half of a file under one value: no step compares everybody with everybody, memory stays small, and the night says why."""

from __future__ import annotations

import datetime as dt
import tracemalloc

import pyarrow as pa
import pytest

from linkage import link_records
from linkage.decisions import MOST_SHOWN
from linkage.engine.joins import CROWD
from schemas.identifiable import PersonRecord, RegisterMerger

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
