"""Traps: people who look alike and are not one, and people who must not be found out. Nobody links across one of these."""

from __future__ import annotations

from linkage import link_records
from tests.linkage_tables import check_drawn, conflicts_of, drawn, person_records, register_mergers

TWINS = """
    id | number | status | given  | family | born       | sex | postcode
    r1 | n1     | 01     | Ruby   | Allen  | 2012-05-20 | 2   | M1 1AE
    r2 | n2     | 01     | Pearl  | Allen  | 2012-05-20 | 2   | M1 1AE
    r3 | n3     | 01     | Jayden | Osei   | 2012-05-20 | 1   | B33 8TH
    r4 | n4     | 01     | Hayden | Osei   | 2012-05-20 | 1   | B33 8TH
"""


def test_twin_with_her_sisters_number() -> None:
    """Number and date of birth are the sister's, the given name is her own: a clerk sees both, even where the names are alike."""
    linked = check_drawn(
        TWINS,
        """
        id | number | given  | family | born       | sex | postcode | step   | links to | reviewed with
        p1 | n1     | Pearl  | Allen  | 2012-05-20 | 2   | M1 1AE   | review |          | r1, r2: twin
        p2 | n3     | Hayden | Osei   | 2012-05-20 | 1   | B33 8TH  | review |          | r3, r4: twin
        p3 | n1     | Amber  | Allen  | 2012-05-20 | 2   | M1 1AE   | review |          | r1: twin
        """,
    )
    assert conflicts_of(linked) == {("p1", "twin", "r1"), ("p2", "twin", "r3"), ("p3", "twin", "r1")}


def test_a_twin_whom_the_register_does_not_have() -> None:
    """Her sister's name is near hers, and nobody else's fits: that is no slip of the pen for sure, so a clerk looks."""
    check_drawn(
        """
        id | number | given  | family | born       | sex | postcode
        r1 | n1     | Jayden | Osei   | 2012-05-20 | 1   | B33 8TH
        r2 | n2     | Martha | Lodge  | 1950-03-03 | 2   | M1 1AE
        """,
        """
        id | number | given  | family | born       | sex | postcode | step        | links to | reviewed with
        p1 | n1     | Hayden | Osei   | 2012-05-20 | 1   | B33 8TH  | review      |          | r1: twin
        p2 |        | Hayden | Osei   | 2012-05-20 | 1   | B33 8TH  | review      |          | r1: twin
        p3 | n1     | Hayden | Osei   | 2012-05-20 | 1   | LS1 4DY  | cross_check | r1       |
        p4 | n2     | Marhta | Lodge  | 1950-03-03 | 2   | M1 1AE   | cross_check | r2       |
        p5 | n1     | Hayden | Osei   | 2012-05-21 | 1   | B33 8TH  | review      |          | r1: twin
        p6 | n1     | Hayden | Osei   |            | 1   | B33 8TH  | review      |          | r1: twin
        p7 |        | Hayden | Osei   | 2012-05-21 | 1   | B33 8TH  | review      |          | r1: twin
        """,
    )


def test_a_near_name_and_a_protected_identity() -> None:
    """No clerk may be shown her, so the number and the date of birth stand; her protection then covers the record."""
    check_drawn(
        """
        id | number | given  | family | born       | sex | postcode | protected
        r1 | n1     | Jayden | Osei   | 2012-05-20 | 1   | B33 8TH  | yes
        """,
        """
        id | number | given  | family | born       | sex | postcode | step        | links to | reviewed with
        p1 | n1     | Hayden | Osei   | 2012-05-20 | 1   | B33 8TH  | cross_check | r1       |
        """,
    )


def test_twins_without_a_number() -> None:
    """The given name tells them apart; without names nothing does, unless one is a boy and one a girl."""
    check_drawn(
        TWINS,
        """
        source | id | number | given | family | born       | sex | postcode | step         | links to | reviewed with
        gp     | p1 |        | Pearl | Allen  | 2012-05-20 | 2   | M1 1AE   | alphanumeric | r2       |
        gp     | p2 |        | Amber | Allen  | 2012-05-20 | 2   | M1 1AE   | review       |          | r1, r2: twin
        gp     | p3 |        | Ayden | Osei   | 2012-05-20 | 1   | B33 8TH  | review       |          | r3, r4: margin
        ecds   | p4 |        |       |        | 2012-05-20 | 2   | M1 1AE   | review       |          | r1, r2: margin
        ecds   | p5 | n2     |       |        | 2012-05-20 | 2   | M1 1AE   | cross_check  | r2       |
        """,
    )


def test_gender_of_a_twin_where_there_are_no_names() -> None:
    """Without names, the number's holder and her twin brother differ in gender alone; without a twin, gender is a slip."""
    linked = check_drawn(
        """
        id | number | given  | family | born       | sex | postcode
        r1 | n1     | Ruby   | Allen  | 2012-05-20 | 2   | M1 1AE
        r2 | n2     | Jasper | Allen  | 2012-05-20 | 1   | LS1 4DY
        r3 | n3     | Grace  | Lodge  | 1990-03-03 | 2   | B33 8TH
        """,
        """
        id | number | born       | sex | postcode | step        | links to | reviewed with
        p1 | n1     | 2012-05-20 | 1   | M1 1AE   | review      |          | r1: twin
        p2 | n1     | 2012-05-20 | 2   | M1 1AE   | cross_check | r1       |
        p3 | n1     | 2012-05-20 |     | M1 1AE   | cross_check | r1       |
        p4 | n3     | 1990-03-03 | 1   | B33 8TH  | cross_check | r3       |
        """,
        source="ecds",
    )
    assert conflicts_of(linked) == {("p1", "twin", "r1")}


def test_parent_and_child_of_one_name() -> None:
    """One name, one address, two dates of birth: never linked by the name alone."""
    linked = check_drawn(
        """
        id | number | given  | family | born       | sex | postcode
        r1 | n1     | Daniel | Price  | 1958-02-11 | 1   | M1 1AE
        """,
        """
        id | number | given  | family | born       | sex | postcode | step   | links to | reviewed with
        p1 |        | Daniel | Price  | 1988-09-23 | 1   | M1 1AE   | review |          | r1: parent and child
        p2 | n1     | Daniel | Price  | 1988-09-23 | 1   | M1 1AE   | review |          | r1: number of another person
        """,
    )
    assert ("p1", "parent and child", "r1") in conflicts_of(linked)


def test_child_registered_beside_the_parent() -> None:
    """Where the register has both, the date of birth finds the right one, whoever's number the record carries."""
    linked = check_drawn(
        """
        id | number | given  | family | born       | sex | postcode
        r1 | n1     | Daniel | Price  | 1958-02-11 | 1   | M1 1AE
        r2 | n2     | Daniel | Price  | 1988-09-23 | 1   | M1 1AE
        """,
        """
        id | number | given  | family | born       | sex | postcode | step               | links to
        p1 |        | Daniel | Price  | 1988-09-23 | 1   | M1 1AE   | alphanumeric       | r2
        p2 |        | Daniel | Price  | 1988-09-23 |     |          | unique_demographic | r2
        p3 | n1     | Daniel | Price  | 1988-09-23 | 1   | M1 1AE   | alphanumeric       | r2
        """,
    )
    assert conflicts_of(linked) == {("p3", "one number, two people", "r1"), ("p3", "one person, two numbers", "r2")}


def test_register_with_one_number_for_two() -> None:
    """The register's own contradiction is shown; date of birth and name still find the right one of the two."""
    linked = check_drawn(
        """
        id | number | given | family | born       | sex | postcode
        r1 | n1     | Noel  | Ward   | 1961-12-12 | 1   | M1 1AE
        r2 | n1     | Grace | Lodge  | 1990-03-03 | 2   | B33 8TH
        """,
        """
        id | number | given | family | born       | sex | postcode | step        | links to
        p1 | n1     | Grace | Lodge  | 1990-03-03 | 2   | B33 8TH  | cross_check | r2
        """,
    )
    assert conflicts_of(linked) == {("r1", "one number, two people", "r2"), ("r2", "one number, two people", "r1")}


def test_two_verified_numbers_are_two_people() -> None:
    """Everything else agrees and both numbers are verified: never linked, never proposed, unless the register merges them."""
    register = """
        id | number | status | given | family | born       | sex | postcode
        r1 | n1     | 01     | Robin | Lane   | 1979-10-10 | 1   | M1 1AE
    """
    check_drawn(
        register,
        """
        id | number | status | given | family | born       | sex | postcode | step         | links to | reviewed with
        p1 | n2     | 01     | Robin | Lane   | 1979-10-10 | 1   | M1 1AE   | unlinked     |          |
        p2 | n2     | 02     | Robin | Lane   | 1979-10-10 | 1   | M1 1AE   | alphanumeric | r1       |
        """,
    )
    check_drawn(
        register,
        """
        id | number | status | given | family | born       | sex | postcode | step        | links to
        p1 | n2     | 01     | Robin | Lane   | 1979-10-10 | 1   | M1 1AE   | cross_check | r1
        """,
        register_mergers(n2="n1"),
    )


def test_protected_identities() -> None:
    """Linked by the exact cross-check only; otherwise neither linked nor shown, and counted."""
    linked = check_drawn(
        """
        id | number | status | given | family | born       | sex | postcode | protected
        r1 | n1     | 01     | Alex  | Stone  | 1979-10-10 | 2   | M1 1AE   | yes
        r2 | n2     | 01     | Kim   | Stone  | 1979-10-10 | 2   | M1 1AE   |
        """,
        """
        id | number | status | given | family | born       | sex | postcode | protected | step         | links to | reviewed with
        p1 | n1     |        | Alex  | Stone  | 1979-10-10 | 2   | M1 1AE   |           | cross_check  | r1       |
        p2 |        |        | Alex  | Stone  | 1979-10-10 | 2   | M1 1AE   |           | unlinked     |          |
        p3 |        |        | Alex  | Stone  | 1979-10-10 |     |          |           | unlinked     |          |
        p4 | n1     |        |       | Stone  |            | 2   | M1 1AE   |           | unlinked     |          |
        p5 | n1     |        | Kim   | Stone  | 1979-10-10 | 2   | M1 1AE   |           | review       |          | r2: twin
        p6 |        |        | Kim   | Stone  | 1979-10-10 | 2   | M1 1AE   | yes       | unlinked     |          |
        p7 | n2     |        | Kim   | Stone  | 1979-10-10 | 2   | M1 1AE   | yes       | cross_check  | r2       |
        p8 | n1     |        | Olga  | Stone  | 1979-10-10 | 2   | M1 1AE   |           | unlinked     |          |
        """,
    )
    assert linked.conflicts.num_rows == 0
    assert linked.notes["conflicts withheld"] == 2
    assert linked.notes["review pairs withheld"] > 0


def test_protected_client_is_not_followed() -> None:
    """Client Level Data of a protected person links by its own number and date of birth, and by nothing else."""
    check_drawn(
        """
        id | number | status | given | family | born       | sex | postcode | protected
        r1 | n1     | 01     | Alex  | Stone  | 1979-10-10 | 2   | M1 1AE   | yes
        """,
        """
        source     | id | number | given | family | born       | step        | links to
        asc_person | c1 | n1     | Alex  | Stone  | 1979-10-10 | cross_check | r1
        cld        | c1 |        |       |        | 1979-10-10 | unlinked    |
        asc_person | c2 | n1     | Alex  | Stone  | 1979-10-10 | cross_check | r1
        cld        | c2 | n1     |       |        | 1979-10-10 | cross_check | r1
        """,
    )


def test_client_level_data_with_the_twins_number() -> None:
    """The index, which has names, says Pearl; the nameless record's number says Ruby: a clerk decides."""
    linked = check_drawn(
        TWINS,
        """
        source     | id | number | given | family | born       | sex | postcode | step        | links to | reviewed with
        asc_person | c1 | n2     | Pearl | Allen  | 2012-05-20 | 2   | M1 1AE   | cross_check | r2       |
        cld        | c1 | n1     |       |        | 2012-05-20 | 2   | M1 1AE   | review      |          | r1, r2: number conflict
        asc_person | c2 |        | Pearl | Allen  | 2012-05-20 | 2   | M1 1AE   | review      |          | r1, r2: twin
        cld        | c2 | n1     |       |        | 2012-05-20 | 2   | M1 1AE   | review      |          |
        """,
    )
    cluster = {(row["source"], row["local_patient_id"]): row["cluster"] for row in linked.matches.to_pylist()}
    assert cluster["cld", "c1"] == "cld|c1"
    assert cluster["cld", "c2"] == cluster["asc_person", "c2"] == "asc_person|c2"


def test_mergers_in_a_circle_are_counted_and_not_followed() -> None:
    """n1 superseded by n2 and n2 by n1: neither is current; both stay as they are."""
    rows = drawn(
        """
        source   | id | number | given | family | born       | sex | postcode
        register | r1 | n1     | Noel  | Ward   | 1961-12-12 | 1   | M1 1AE
        gp       | p1 | n1     | Noel  | Ward   | 1961-12-12 | 1   | M1 1AE
        gp       | p2 | n2     | Noel  |        | 1961-12-12 |     |
        """
    )
    linked = link_records(person_records(rows), register_mergers(n1="n2", n2="n1"))
    found = {row["local_patient_id"]: row["register_id"] for row in linked.matches.to_pylist()}
    assert found == {"r1": "r1", "p1": "r1", "p2": None}
    assert linked.notes["superseded numbers in a cycle"] == 2
