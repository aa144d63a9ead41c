"""The trace file: who is asked about, in which columns, and who never is."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from linkage import link_records
from linkage.numbers.requests import (
    IN_CONFLICT,
    LAYOUT,
    NO_NUMBER,
    NOT_VERIFIED,
    PROTECTED,
    TOO_LITTLE,
    TraceRequests,
    references,
    trace_requests,
)
from schemas.identifiable import Conflict, PersonRecord, RegisterMerger
from tests.linkage_tables import NUMBERS, drawn, person_records

REGISTER = """
    id | number | status | given | family | born       | sex | postcode | protected
    r1 | n1     | 01     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA |
    r2 | n2     | 01     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB |
    r3 | n3     | 01     | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG | yes
"""


def records_of(picture: str, source: str = "asc_person", register: str = REGISTER) -> pa.Table:
    return PersonRecord.sort(person_records([*drawn(register, source="register"), *drawn(picture, source=source)]))


def requests(records: pa.Table) -> TraceRequests:
    linked = link_records(records, RegisterMerger.empty())
    return trace_requests(records, linked.matches, linked.conflicts, RegisterMerger.empty())


def asked_for(records: pa.Table) -> dict[str, dict[str, str | None]]:
    """Rows of the file by local id: the reference leads back."""
    ids = dict(zip(references(records).to_pylist(), records["local_patient_id"].to_pylist(), strict=True))
    return {ids[row["UNIQUE REFERENCE"]]: row for row in requests(records).rows.to_pylist()}


def test_who_is_asked_about_and_with_which_number() -> None:
    """No number; a number that nobody verified; a number in conflict, which is not sent. Not: verified here or by the source."""
    records = records_of("""
        id            | number | status | given | family | born       | sex | postcode
        none          |        |        | DAN   | ELM    | 1940-02-03 | 1   | SW1A 1AD
        found-by-name |        |        | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        own-word      | n4     | 01     | EVE   | FIR    | 1941-02-03 | 2   | SW1A 1AD
        unverified    | n5     | 02     | FAY   | GUM    | 1942-02-03 | 2   | SW1A 1AD
        cross-checked | n2     |        | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
        conflict      | n1     |        | ZED   | POE    | 1931-05-09 | 1   | SW1A 1AE
    """)
    found = asked_for(records)
    assert {local_id: row["NHS_NO"] for local_id, row in found.items()} == {
        "none": None, "found-by-name": None, "unverified": NUMBERS["n5"], "conflict": None,
    }  # fmt: skip
    asked = requests(records).asked
    assert asked == Counter({("asc_person", NO_NUMBER): 2, ("asc_person", NOT_VERIFIED): 1, ("asc_person", IN_CONFLICT): 1})


def test_the_columns_are_the_services_own() -> None:
    """Placeholders for nothing are nothing; dates are YYYYMMDD; an address is lines; unused columns are there and empty."""
    row = {
        "source": "asc_person", "local_patient_id": "=1+1", "given_name": "Mary-Jane", "other_given_name": "Unknown",
        "family_name": "O'Hara", "date_of_birth": dt.date(1940, 2, 3), "gender": "2", "postcode": "sw1a1aa",
        "address": "Flat 2, 1 High Street,Town,\nEast,West,North,South", "gp_practice_code": "A81001",
        "date_of_death": dt.date(2026, 1, 2), "uprn": "100",
    }  # fmt: skip
    records = PersonRecord.conform(pa.Table.from_pylist([row], schema=PersonRecord.arrow_schema()))
    table = trace_requests(
        records, link_records(records, RegisterMerger.empty()).matches, Conflict.empty(), RegisterMerger.empty()
    ).rows
    assert tuple(table.column_names) == LAYOUT
    assert table.schema.types == [pa.string()] * len(LAYOUT)
    found = {name: value for name, value in table.to_pylist()[0].items() if value is not None}
    assert found.pop("UNIQUE REFERENCE") == references(records)[0].as_py()
    assert found == {
        "FAMILY_NAME": "O'Hara", "GIVEN_NAME": "Mary-Jane", "GENDER": "2", "DATE_OF_BIRTH": "19400203", "POSTCODE": "SW1A 1AA",
        "DATE_OF_DEATH": "20260102", "ADDRESS_LINE1": "Flat 2", "ADDRESS_LINE2": "1 High Street", "ADDRESS_LINE3": "Town",
        "ADDRESS_LINE5": "East", "GP_PRACTICE_CODE": "A81001",
    }  # fmt: skip


def test_no_text_can_begin_a_formula_or_break_the_line() -> None:
    records = records_of(
        """
        id | given         | family          | born       | sex | postcode | address
        a  | =HYPERLINK(1) | +-@ ＝Smith\tJr | 1940-02-03 | 1   | SW1A 1AD | @12 High Street
        b  | {long}        | LEE             | 1940-02-04 | 1   | ZZ99 3VZ |
    """.replace("{long}", "N" * 10_000)
    )
    found = asked_for(records)
    assert (found["a"]["GIVEN_NAME"], found["a"]["FAMILY_NAME"]) == ("HYPERLINK(1)", "Smith Jr")
    assert found["a"]["ADDRESS_LINE1"] == "12 High Street"
    assert found["b"]["GIVEN_NAME"] == "N" * 35
    assert found["b"]["POSTCODE"] is None


def test_too_little_to_trace_by_is_left_out_and_counted() -> None:
    records = records_of("""
        id         | number | given | family  | born       | sex
        placeholder|        | DAN   | ELM     | 1940-01-01 | 1
        nameless   |        |       |         | 1940-02-03 | 1
        unknown    |        | DAN   | unknown | 1940-02-03 | 1
        genderless |        | DAN   | ELM     | 1940-02-03 | X
        number     | n4     |       |         | 1940-02-03 |
    """)
    assert list(asked_for(records)) == ["number"]
    assert requests(records).left_out == Counter({("asc_person", TOO_LITTLE): 4})


def test_protected_identities_are_never_asked_about() -> None:
    """Not by her record or number, nor by a record with her birth date and one of her names or her postcode."""
    records = records_of("""
        id       | number | given | family | born       | sex | postcode
        hers     |        | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG
        number   | n3     | ZED   | POE    | 1931-05-09 | 1   | SW1A 1AE
        before   |        | CARL  | ASH    | 1970-05-07 | 1   | LS1 4AP
        moved    |        | ZOE   | NEW    | 1970-05-07 | 2   | sw1a1ag
        stranger |        | IDA   | JAY    | 1970-05-07 | 2   | LS1 4AP
    """)
    assert list(asked_for(records)) == ["stranger"]
    assert requests(records).left_out == Counter({("asc_person", PROTECTED): 4})


def test_protection_covers_the_councils_other_record() -> None:
    """Client Level Data has no names, so it looks like nobody: it is withheld because the client index record of its id is."""
    rows = drawn("id | given | family | born | sex\nC1 | CAT | ASH | 1970-05-07 | 2", source="asc_person")
    rows += drawn("id | number | born | sex\nC1 | n4 | 1970-05-08 | 2\nC2 | n5 | 1970-05-08 | 2", source="cld")
    records = PersonRecord.sort(person_records([*drawn(REGISTER, source="register"), *rows]))
    assert list(asked_for(records)) == ["C2"]


def test_one_source_may_be_asked_about_alone() -> None:
    """What the others say of a protected identity still counts."""
    rows = drawn("id | given | family | born | sex\nC1 | CAT | ASH | 1970-05-07 | 2", source="asc_person")
    rows += drawn("id | number | born | sex\nC1 | n4 | 1970-05-08 | 2\nC2 | n5 | 1970-05-08 | 2", source="cld")
    rows += drawn("id | given | family | born | sex\ng | DAN | ELM | 1940-02-03 | 1", source="gp")
    records = PersonRecord.sort(person_records([*drawn(REGISTER, source="register"), *rows]))
    linked = link_records(records, RegisterMerger.empty())
    found = trace_requests(records, linked.matches, linked.conflicts, RegisterMerger.empty(), source="cld")
    assert (found.asked, found.left_out) == (Counter({("cld", NOT_VERIFIED): 1}), Counter({("cld", PROTECTED): 1}))


def test_a_reference_looks_random_and_is_the_same_every_night() -> None:
    records = records_of("id | given\n" + "\n".join(f"k{number} | DAN" for number in range(500)))
    found = references(records)
    own = pc.equal(records["source"], "register")
    assert found.filter(own.combine_chunks()).null_count == 3
    assert len(set(found.drop_null().to_pylist())) == 500
    assert all(
        len(each) == 24 and not set(each) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for each in found.drop_null().to_pylist()
    )
    assert found.equals(references(records))


def test_the_order_of_records_changes_nothing() -> None:
    records = records_of(
        "id | given | family | born | sex\n" + "\n".join(f"k{n} | DAN | ELM | 1940-02-0{n} | 1" for n in range(1, 9))
    )
    order = random.Random(1).sample(range(records.num_rows), records.num_rows)
    assert requests(records).rows.equals(requests(records.take(order)).rows)
    assert requests(records).rows.num_rows == 8
