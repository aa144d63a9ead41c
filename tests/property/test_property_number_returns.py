"""Generated registers and sources: whatever they hold, nobody protected is returned or asked about, and no number is made up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage import link_records
from linkage.numbers.requests import references, trace_requests
from linkage.numbers.returns import SAFE_STEPS, number_returns
from schemas.identifiable import PersonRecord, RegisterMerger
from tests.dials import examples
from tests.linkage_tables import NUMBERS

FEW = [None, *NUMBERS.values()]
PEOPLE = st.fixed_dictionaries(
    {
        "nhs_number": st.sampled_from(FEW),
        "nhs_number_status": st.sampled_from([None, "01", "02"]),
        "given_name": st.sampled_from(["ANN", "BEN", None]),
        "family_name": st.sampled_from(["LEE", "OAK", None]),
        "date_of_birth": st.sampled_from([dt.date(1950, 3, 4), dt.date(1960, 5, 6), None]),
        "gender": st.sampled_from(["1", "2", None]),
        "postcode": st.sampled_from(["SW1A 1AA", "LS1 4AP", None]),
        "protected": st.sampled_from([None, None, None, True]),
    }
)
SOURCES = st.sampled_from(["asc_person", "cld", "gp"])
MERGERS = st.dictionaries(st.sampled_from(FEW[1:]), st.sampled_from(FEW[1:]), max_size=2)


def records_of(register: list[dict[str, Any]], sources: list[tuple[str, dict[str, Any]]]) -> pa.Table:
    rows = [{"source": "register", "local_patient_id": f"r{place}", **row} for place, row in enumerate(register)]
    rows += [{"local_patient_id": f"901:{place}", "source": source, **row} for place, (source, row) in enumerate(sources)]
    return PersonRecord.sort(pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema()))


@given(st.lists(PEOPLE, max_size=4), st.lists(st.tuples(SOURCES, PEOPLE), max_size=5), MERGERS)
@settings(max_examples=examples(40, 20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_protected_and_no_number_without_a_reason(
    register: list[dict[str, Any]], sources: list[tuple[str, dict[str, Any]]], merged: dict[str, str]
) -> None:
    records = records_of(register, sources)
    pairs = [{"old_nhs_number": old, "new_nhs_number": new} for old, new in merged.items() if old != new]
    mergers = pa.Table.from_pylist(pairs, schema=RegisterMerger.arrow_schema())
    linked = link_records(records, mergers)
    by_key = {(row["source"], row["local_patient_id"]): row for row in records.to_pylist()}
    matches = {(row["source"], row["local_patient_id"]): row for row in linked.matches.to_pylist()}
    hidden = {row["nhs_number"] for row in by_key.values() if row["protected"]} - {None}
    for row in number_returns(records, linked.matches, linked.conflicts, mergers).rows.to_pylist():
        key = row["source"], row["local_patient_id"]
        assert not by_key[key]["protected"]
        assert not {row["held_nhs_number"], row["current_nhs_number"]} & hidden
        person = by_key.get(("register", matches[key]["register_id"]))
        if row["finding"] == "conflicting":
            assert row["current_nhs_number"] is None
        else:
            assert matches[key]["step"] in (*SAFE_STEPS.to_pylist(), "same_local_id")
            assert person is not None
            assert row["current_nhs_number"] in {person["nhs_number"], *merged.values()}
            assert (row["finding"] == "superseded") is (by_key[key]["nhs_number"] is not None)
            assert row["held_nhs_number"] is None or row["held_nhs_number"] in merged
    asked = set(trace_requests(records, linked.matches, linked.conflicts, mergers).rows["UNIQUE REFERENCE"].to_pylist())
    leads_to = dict(zip(references(records).to_pylist(), by_key, strict=True))
    for reference in asked:
        row = by_key[leads_to[reference]]
        assert not row["protected"]
        assert row["source"] != "register"
        assert row["nhs_number"] not in hidden
