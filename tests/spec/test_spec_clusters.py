"""People the register does not have: which records of several sources share one identity, and which never do."""

from __future__ import annotations

import pytest

from linkage import Linked, link_records
from schemas.identifiable import RegisterMerger
from tests.linkage_tables import drawn, person_records

REGISTER = """
    id | number | status | given | family | born       | sex | postcode
    r1 | n6     | 01     | Ann   | Hill   | 1950-05-04 | 2   | B33 8TH
"""


def clusters_of(sources: str) -> dict[str, str | None]:
    rows = [*drawn(REGISTER, source="register"), *drawn(sources)]
    linked: Linked = link_records(person_records(rows), RegisterMerger.empty())
    return {row["local_patient_id"]: row["cluster"] for row in linked.matches.to_pylist() if row["source"] != "register"}


@pytest.mark.parametrize(("other", "is_one"), [
    # number | status | given | family | born | sex | postcode
    ("n1 |    | Olga  | Orlova  | 2001-12-12 | 2 | M1 1AE",  True),   # number and date of birth
    ("n1 |    |       |         | 2001-12-12 | 2 |       ",  True),   # the same without names
    ("n1 |    |       |         | 2001-12-12 | 1 |       ",  False),  # a twin brother's, perhaps
    ("n1 |    | Irina | Orlova  | 2001-12-12 | 2 | M1 1AE",  False),  # a twin sister with her number
    ("n1 | 01 | Olga  |         |            |   |       ",  True),   # verified number and given name
    ("n1 |    | Olga  |         |            |   |       ",  False),  # the same, not verified
    ("n1 | 01 |       |         |            |   |       ",  False),  # a number and nothing beside it
    ("n1 | 01 | Olga  | Orlova  | 1975-01-02 | 2 | M1 1AE",  False),  # mother and daughter
    ("   |    | Olga  | Orlova  | 2001-12-12 | 2 | M1 1AE",  True),   # names, date of birth, postcode
    ("   |    | Olga  | Orlova  | 2001-12-12 |   |       ",  False),  # too little
    ("   |    | Irina | Orlova  | 2001-12-12 | 2 | M1 1AE",  False),  # twins
    ("   |    | Olga  | Orlova  | 1975-01-02 | 2 | M1 1AE",  False),  # parent and child
    ("n2 | 01 | Olga  | Orlova  | 2001-12-12 | 2 | M1 1AE",  False),  # two verified numbers
])  # fmt: skip
def test_two_records(other: str, is_one: bool) -> None:
    found = clusters_of(
        f"""
        source | id | number | status | given | family | born       | sex | postcode
        gp     | p1 | n1     | 01     | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        mhsds  | m1 | {other}
        """
    )
    assert found == {"p1": "gp|p1", "m1": "gp|p1" if is_one else "mhsds|m1"}


def test_no_chain_joins_two_people() -> None:
    """The record in the middle fits both ends, and the ends are two people: all three stay apart."""
    found = clusters_of(
        """
        source | id | number | status | given | family | born       | sex | postcode
        csds   | c1 | n1     |        | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        ecds   | e1 | n1     |        |       |        | 2001-12-12 | 2   |
        gp     | p1 | n1     |        | Irina | Orlova | 2001-12-12 | 2   | M1 1AE
        """
    )
    assert found == {"c1": "csds|c1", "e1": "ecds|e1", "p1": "gp|p1"}


def test_groups_go_across_sources_with_the_followers_of_a_client_index() -> None:
    found = clusters_of(
        """
        source     | id | number | status | given | family | born       | sex | postcode
        gp         | p1 | n1     | 01     | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        ecds       | e1 | n1     | 01     |       |        | 2001-12-12 | 2   |
        asc_person | a1 |        |        | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        cld        | a1 |        |        |       |        | 2001-12-12 | 2   |
        """
    )
    assert set(found.values()) == {"asc_person|a1"}


def test_a_followers_number_keeps_its_leader_apart() -> None:
    """The client index has no number; the Client Level Data that follows it has another verified one than the practice."""
    found = clusters_of(
        """
        source     | id | number | status | given | family | born       | sex | postcode
        gp         | p1 | n1     | 01     | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        asc_person | a1 |        |        | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
        cld        | c1 |        |        |       |        | 2001-12-12 | 2   |
        cld        | a1 | n2     | 01     |       |        | 2001-12-12 | 2   |
        """
    )
    assert found["p1"] == "gp|p1"
    assert found["a1"] == "asc_person|a1"


def test_protected_identities_are_in_no_group() -> None:
    found = clusters_of(
        """
        source | id | number | status | given | family | born       | sex | postcode | protected
        gp     | p1 | n1     | 01     | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE   | yes
        mhsds  | m1 | n1     | 01     | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE   |
        """
    )
    assert found == {"p1": "gp|p1", "m1": "mhsds|m1"}


def test_records_in_review_are_a_clerks() -> None:
    found = clusters_of(
        """
        source | id | number | status | given | family | born       | sex | postcode
        gp     | p1 | n6     |        | Eve   | Hill   | 1950-05-04 | 2   | B33 8TH
        mhsds  | m1 | n6     |        | Eve   | Hill   | 1950-05-04 | 2   | B33 8TH
        """
    )
    assert found == {"p1": "gp|p1", "m1": "mhsds|m1"}
