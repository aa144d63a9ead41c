"""The vectorised cascade against the slow obvious one, and the promises that hold for any records."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import link_records
from schemas.identifiable import PersonRecord, RegisterMerger
from tests.dials import examples
from tests.reference_cascade import reference_links

# Small pools, so that numbers are shared, twins happen and names collide.
NUMBERS = ["9990000018", "9990000026", "9990000034", "9990000042", "9990000050"]
GIVEN = [
    "Anna", "ANNE", "Jayden", "Hayden", "Mary-Jane", "Mary", "Bill", "William", "Baby Boy", "Zoë", "Mohammed Ali",
    "Mohammed Khan", "Smith", "J", "Mr Bill", "na",
]  # fmt: skip
FAMILY = ["Smith", "Smith-Jones", "O'Brien", "O BRIEN", "van der Berg", "Khan", "Jones", "Anna", "Unknown", "Smyth"]
BIRTHS = [
    datetime.date(1950, 5, 4), datetime.date(1950, 4, 5), datetime.date(1950, 5, 14), datetime.date(1950, 1, 1),
    datetime.date(1900, 1, 1), datetime.date(1901, 5, 4), datetime.date(1982, 5, 4), datetime.date(9999, 12, 31),
]  # fmt: skip
POSTCODES = ["SW1A 1AA", "SW1A 1AB", "sw1a1aa", "ZZ99 3VZ", "M1 1AE", "nowhere"]


def maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([*values, None])


FIELDS = {
    "nhs_number": maybe(NUMBERS),
    "nhs_number_status": maybe(["01", "02"]),
    "given_name": maybe(GIVEN),
    "other_given_name": maybe(["Anne", "Bill", None, None]),
    "alias": maybe(["Hayden", None, None, None]),
    "family_name": maybe(FAMILY),
    "previous_family_name": maybe(["Khan", "Smith", None, None]),
    "date_of_birth": maybe(BIRTHS),
    "gender": maybe(["1", "2", "9"]),
    "postcode": maybe(POSTCODES),
    "previous_postcode": maybe(["SW1A 1AB", None, None]),
    "protected": st.sampled_from([None, None, None, None, None, True]),
}
RESIDENTS = st.lists(st.fixed_dictionaries({"source": st.just("register"), **FIELDS}), max_size=7)
SOURCES = st.lists(
    st.fixed_dictionaries({"source": st.sampled_from(["gp", "sus_apc", "cld", "asc_person"]), **FIELDS}), max_size=10
)
MERGERS = st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS), max_size=3)


def numbered(residents: list[dict[str, Any]], sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every row with an id; ids of the sources repeat from source to source, so that Client Level Data finds its index."""
    rows = [{**row, "local_patient_id": f"r{place}"} for place, row in enumerate(residents)]
    seen: dict[str, int] = {}
    for row in sources:
        seen[row["source"]] = seen.get(row["source"], -1) + 1
        rows.append({**row, "local_patient_id": f"p{seen[row['source']]}"})
    return rows


def to_tables(rows: list[dict[str, Any]], mergers: dict[str, str]) -> tuple[pa.Table, pa.Table]:
    joined = [{"old_nhs_number": old, "new_nhs_number": new} for old, new in mergers.items()]
    return (
        pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema()),
        pa.Table.from_pylist(joined, schema=RegisterMerger.arrow_schema()),
    )


@settings(max_examples=examples(120, 60), deadline=None)
@given(RESIDENTS, SOURCES, MERGERS)
def test_fast_path_equals_reference(residents: list[Any], sources: list[Any], mergers: dict[str, str]) -> None:
    rows = numbered(residents, sources)
    linked = link_records(*to_tables(rows, mergers))
    found = {(row["source"], row["local_patient_id"]): (row["step"], row["register_id"]) for row in linked.matches.to_pylist()}
    for key, (step, register_id) in reference_links(rows, mergers.items()).items():
        if step == "open":
            follows = ("cross_check",) if key[0] == "cld" else ()
            assert found[key][0] in (*follows, "probabilistic", "same_local_id", "review", "unlinked"), (key, found[key])
        else:
            assert found[key] == (step, register_id)


@settings(max_examples=examples(30, 15), deadline=None)
@given(RESIDENTS, SOURCES, MERGERS, st.randoms(use_true_random=False))
def test_order_of_rows_never_changes_links(
    residents: list[Any], sources: list[Any], mergers: dict[str, str], chance: random.Random
) -> None:
    rows = numbered(residents, sources)
    shuffled = chance.sample(rows, len(rows))
    one, other = link_records(*to_tables(rows, mergers)), link_records(*to_tables(shuffled, mergers))
    assert one.matches.equals(other.matches)
    assert one.review_pairs.equals(other.review_pairs)
    assert one.conflicts.equals(other.conflicts)
    assert one.notes == other.notes


@settings(max_examples=examples(50, 25), deadline=None)
@given(RESIDENTS, SOURCES, MERGERS)
def test_protected_identities_are_never_shown(residents: list[Any], sources: list[Any], mergers: dict[str, str]) -> None:
    rows = numbered(residents, sources)
    linked = link_records(*to_tables(rows, mergers))
    protected = {(row["source"], row["local_patient_id"]) for row in rows if row["protected"]}
    shown = [*linked.review_pairs.to_pylist(), *linked.conflicts.to_pylist()]
    assert not any((row["source"], row["local_patient_id"]) in protected for row in shown)
    assert not any(("register", row["register_id"]) in protected for row in shown)
    for row in linked.matches.to_pylist():
        if row["source"] != "register" and row["register_id"] is not None:
            is_protected = (row["source"], row["local_patient_id"]) in protected or ("register", row["register_id"]) in protected
            assert not is_protected or row["step"] == "cross_check"


@settings(max_examples=examples(50, 25), deadline=None)
@given(RESIDENTS, SOURCES)
def test_two_verified_numbers_are_two_people(residents: list[Any], sources: list[Any]) -> None:
    rows = numbered(residents, sources)
    by_key = {(row["source"], row["local_patient_id"]): row for row in rows}
    linked = link_records(*to_tables(rows, {}))
    follows = {row["local_patient_id"] for row in rows if row["source"] == "cld"}
    for row in [*linked.matches.to_pylist(), *linked.review_pairs.to_pylist()]:
        if row["register_id"] is None or row["source"] == "register":
            continue
        if row["source"] == "asc_person" and row["local_patient_id"] in follows:
            continue  # may have been lent a number
        one, other = by_key[row["source"], row["local_patient_id"]], by_key["register", row["register_id"]]
        verified = one["nhs_number_status"] == other["nhs_number_status"] == "01"
        numbers = {one["nhs_number"], other["nhs_number"]} - {None}
        assert not (verified and len(numbers) == 2), row


@settings(max_examples=examples(30, 15), deadline=None)
@given(RESIDENTS, SOURCES, MERGERS)
def test_every_record_has_one_decision_and_an_identity(residents: list[Any], sources: list[Any], mergers: dict[str, str]) -> None:
    rows = numbered(residents, sources)
    linked = link_records(*to_tables(rows, mergers))
    assert linked.matches.num_rows == len(rows)
    assert sum(linked.waterfall["records"].to_pylist()) == len(rows)
    in_review = {(row["source"], row["local_patient_id"]) for row in linked.review_pairs.to_pylist()}
    for row in linked.matches.to_pylist():
        assert (row["register_id"] is None) == (row["cluster"] is not None)
        assert (row["register_id"] is None) == (row["step"] in ("review", "unlinked"))
        if (row["source"], row["local_patient_id"]) in in_review:
            assert row["step"] == "review"
