"""The explanation of a pair is the same whichever record is named first."""

from __future__ import annotations

import pytest

from linkage import link_records
from linkage.explain import Explanation, Key, explain
from schemas.identifiable import PersonRecord, RegisterMerger
from tests.linkage_tables import drawn, person_records

PICTURE = """
    source     | id | number | status | given | family | previous | born       | sex | postcode | old postcode
    register   | r1 | n1     | 01     | ANN   | LEE    |          | 1950-03-04 | 2   | SW1A 1AA |
    register   | r2 | n2     | 01     | BEN   | OAK    |          | 1960-05-06 | 1   | SW1A 1AB |
    register   | r3 | n3     | 01     | ANNIE | LEE    | POE      | 1950-04-03 | 2   | SW1A 1AD | SW1A 1AA
    gp         | g1 |        |        | ANN   | LEE    |          | 1950-03-04 | 2   | SW1A 1AA |
    gp         | g2 |        |        | LEE   | ANN    |          | 1950-03-04 | 2   | LS1 4AP  | SW1A 1AA
    asc_person | a1 |        |        | IDA   | JAY    | KAY      | 1971-05-07 | 2   | LS1 4AP  |
    asc_person | a2 |        |        | IDA   | KAY    |          | 1971-07-05 | 2   | LS1 4AQ  | LS1 4AP
    cld        | c1 | n1     |        |       |        |          | 1950-03-04 | 2   |          |
    ecds       | r1 |        |        | IDA   | KAY    |          | 1971-05-07 | 2   | LS1 4AP  |
"""
RECORDS = PersonRecord.sort(person_records(drawn(PICTURE)))
LINKED = link_records(RECORDS, RegisterMerger.empty())


def explained(one: Key, other: Key) -> Explanation:
    tables = {"matches": LINKED.matches, "review_pairs": LINKED.review_pairs}
    return explain((one, other), RECORDS, RegisterMerger.empty(), **tables)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("gp", "g1"), ("register", "r1")),
        (("gp", "g2"), ("register", "r1")),
        (("gp", "g2"), ("register", "r3")),
        (("asc_person", "a1"), ("asc_person", "a2")),
        (("asc_person", "a2"), ("ecds", "r1")),
        (("asc_person", "a1"), ("gp", "g2")),
        (("cld", "c1"), ("gp", "g1")),
        (("cld", "c1"), ("register", "r1")),
        (("register", "r1"), ("register", "r3")),
        (("gp", "g1"), ("gp", "g1")),
    ],
)
def test_the_order_of_the_two_changes_nothing(one: Key, other: Key) -> None:
    assert explained(one, other) == explained(other, one)


def test_the_sources_record_comes_first() -> None:
    told = explained(("register", "r1"), ("gp", "g1"))
    assert told.pair == (("gp", "g1"), ("register", "r1"))
    assert (told.decision["step"], told.decision["linked"]) == ("alphanumeric", True)
    assert told.rules


def test_a_rule_of_two_columns_finds_two_records_of_sources_from_either_side() -> None:
    """A postcode that is the other's previous one: the first's by key, or the second's; of a resident it must be hers."""
    rule = "postcode=previous_postcode"
    assert rule in explained(("asc_person", "a1"), ("asc_person", "a2")).rules
    assert rule in explained(("asc_person", "a2"), ("ecds", "r1")).rules
    assert rule in explained(("gp", "g1"), ("register", "r3")).rules
    assert rule not in explained(("gp", "g2"), ("register", "r1")).rules


def test_a_reason_for_a_clerk_is_of_a_resident_only() -> None:
    """A source's id may read like a register's."""
    assert explained(("asc_person", "a1"), ("ecds", "r1")).decision["reason"] is None
