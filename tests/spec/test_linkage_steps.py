"""The cascade step by step: register rows, source rows, and the step and resident that each is linked by and to."""

from __future__ import annotations

import pytest

from tests.linkage_tables import check_drawn, conflicts_of, register_mergers

REGISTER = """
    id | number | status | given   | other | family      | previous | born       | sex | postcode | old postcode | practice
    r1 | n1     | 01     | William |       | Carter      |          | 1951-03-17 | 1   | SW1A 1AA | N1 9GU       | A81001
    r2 | n2     | 01     | Fatima  | Noor  | Khan        | Begum    | 1984-11-02 | 2   | M1 1AE   |              | A81002
    r3 | n3     | 01     | Zoë     |       | Smith-Jones |          | 2019-06-30 | 2   | B33 8TH  |              | A81001
"""


def test_step_1_cross_check() -> None:
    """Number and date of birth equal; a given name that is there may be a nickname or a slip, but may not contradict."""
    check_drawn(
        REGISTER,
        """
        id | number | given    | family | born       | sex | postcode | step        | links to | reviewed with
        p1 | n1     | William  | Carter | 1951-03-17 | 1   | SW1A 1AA | cross_check | r1       |
        p2 | n1     | Bill     |        | 1951-03-17 |     |          | cross_check | r1       |
        p3 | n1     | Wiliam   |        | 1951-03-17 |     |          | cross_check | r1       |
        p4 | n2     | Noor     |        | 1984-11-02 |     |          | cross_check | r2       |
        p5 | n2     | Baby     |        | 1984-11-02 |     |          | cross_check | r2       |
        p6 | n2     |          |        | 1984-11-02 | 1   | ZZ99 3VZ | cross_check | r2       |
        p7 | n2     | Margaret | Khan   | 1984-11-02 | 2   | M1 1AE   | review      |          | r2: twin
        """,
    )


def test_step_1_sees_placeholder_dates() -> None:
    """1 January may be a real birthday and is enough beside the number; 1900 and 1901 say nothing."""
    check_drawn(
        """
        id | number | given | family | born       | sex | postcode
        r1 | n1     | Amina | Abdi   | 1962-01-01 | 2   | M1 1AE
        r2 | n2     | Jan   | Kowal  | 1900-01-01 | 1   | M1 1AE
        """,
        """
        id | number | given | family | born       | sex | postcode | step             | links to
        p1 | n1     | Amina | Abdi   | 1962-01-01 | 2   | M1 1AE   | cross_check      | r1
        p2 | n2     | Jan   | Kowal  | 1900-01-01 | 1   | M1 1AE   | confirmed_number | r2
        p3 | n1     |       |        | 1962-09-14 |     |          | review           |
        """,
    )


def test_step_2_confirmed_number() -> None:
    """Number equal and two of: date (two parts, or swapped), given name or nickname, family name, postcode, gender."""
    check_drawn(
        REGISTER,
        """
        id | number | given | family | born       | sex | postcode | step             | links to
        p1 | n1     |       |        | 1951-03-18 |     | SW1A 1AA | confirmed_number | r1
        p2 | n1     |       |        | 1951-03-18 | 1   |          | confirmed_number | r1
        p3 | n1     | Bill  | Carter |            |     |          | confirmed_number | r1
        p4 | n1     |       |        |            | 1   | N1 9GU   | confirmed_number | r1
        p5 | n2     |       | Begum  | 1984-02-11 |     |          | confirmed_number | r2
        p6 | n1     | Bill  |        |            |     |          | review           |
        p7 | n1     |       |        | 1951-03-18 |     |          | review           |
        p8 | n1     |       |        |            |     |          | review           |
        """,
    )


def test_step_2_refuses_another_persons_number() -> None:
    """A date of birth that contradicts is never outvoted: a conflict row, and the record goes on by its other fields."""
    linked = check_drawn(
        REGISTER,
        """
        id | number | given   | family      | born       | sex | postcode | step         | links to | reviewed with
        p1 | n1     | Zoe     | Smith Jones | 2019-06-30 | 2   | B33 8TH  | alphanumeric | r3       |
        p2 | n1     | William | Carter      | 1978-08-09 | 1   | SW1A 1AA | review       |          | r1: number of another person
        p3 | n1     |         |             | 1978-08-09 | 1   | SW1A 1AA | review       |          | r1: number of another person
        """,
    )
    assert conflicts_of(linked) == {
        ("p1", "one number, two people", "r1"),
        ("p1", "one person, two numbers", "r3"),
        ("p2", "one number, two people", "r1"),
        ("p3", "one number, two people", "r1"),
    }


def test_step_3_alphanumeric() -> None:
    """Both names, date of birth, gender and postcode equal once accents, hyphens and blanks are put aside."""
    check_drawn(
        REGISTER,
        """
        id | number | given      | family      | born       | sex | postcode | step               | links to
        p1 |        | ZOE        | SMITH JONES | 2019-06-30 | 2   | b338th   | alphanumeric       | r3
        p2 |        | Mr William | Carter      | 1951-03-17 | 1   | SWIA 1AA | alphanumeric       | r1
        p3 | n5     | Fatima     | Khan        | 1984-11-02 | 2   | M1 1AE   | alphanumeric       | r2
        p4 |        | Fatima     | Khan        | 1984-11-02 |     | M1 1AE   | unique_demographic | r2
        p5 |        | Fatima     | Khan        | 1984-11-02 | 2   |          | unique_demographic | r2
        """,
    )


def test_step_3_two_residents_fit() -> None:
    """Two residents of one name, date, gender and postcode cannot be told apart: a clerk sees both."""
    check_drawn(
        """
        id | number | given | family | born       | sex | postcode
        r1 | n1     | Ivy   | Day    | 1990-07-07 | 2   | M1 1AE
        r2 | n2     | Ivy   | Day    | 1990-07-07 | 2   | M1 1AE
        """,
        """
        id | number | given | family | born       | sex | postcode | step        | links to | reviewed with
        p1 |        | Ivy   | Day    | 1990-07-07 | 2   | M1 1AE   | review      |          | r1, r2: several candidates
        p2 | n2     | Ivy   | Day    | 1990-07-07 | 2   | M1 1AE   | cross_check | r2       |
        """,
    )


def test_step_4_unique_demographic() -> None:
    """Both names and the full date of birth fit one resident and no number speaks against it; earlier family names count."""
    check_drawn(
        REGISTER,
        """
        id | number | given  | family | born       | sex | postcode | step               | links to | reviewed with
        p1 |        | Fatima | Khan   | 1984-11-02 |     | LS1 4DY  | unique_demographic | r2       |
        p2 |        | Fatima | Begum  | 1984-11-02 |     |          | unique_demographic | r2       |
        p3 | n5     | Fatima | Khan   | 1984-11-02 |     | M1 1AE   | review             |          | r2: number conflict
        p4 | n1     | Fatima | Khan   | 1984-11-02 | 2   | LS1 4DY  | review             |          | r2: number conflict
        """,
    )


def test_step_4_placeholder_dates_are_not_enough() -> None:
    """Many people were born on 1 January of the year that somebody guessed: name and such a date link nobody by themselves."""
    check_drawn(
        """
        id | number | given | family | born       | sex | postcode
        r1 | n1     | Amina | Abdi   | 1962-01-01 | 2   | M1 1AE
        """,
        """
        id | given | family | born       | sex | postcode | step          | links to
        p1 | Amina | Abdi   | 1962-01-01 |     | M1 1AE   | probabilistic | r1
        p2 | Amina | Abdi   | 1962-01-01 | 2   | M1 1AE   | alphanumeric  | r1
        p3 | Amina | Abdi   | 1900-01-01 |     | M1 1AE   | probabilistic | r1
        """,
    )


def test_step_5_probabilistic() -> None:
    """Slips of the pen: what is left is weighed against the whole register, and a clear best candidate links."""
    check_drawn(
        REGISTER,
        """
        id | number | given   | family   | born       | sex | postcode | step          | links to
        p1 |        | Willaim | Cartr    | 1951-03-17 | 1   | SW1A 1AA | probabilistic | r1
        p2 |        | Carter  | William  | 1951-03-17 | 1   | SW1A 1AA | probabilistic | r1
        p3 |        | Bill    | Carter   | 1951-03-17 | 1   |          | probabilistic | r1
        p4 |        | Zoe     | Smith    | 2019-06-30 | 2   | B33 8TH  | probabilistic | r3
        p5 |        | Fatimah | Khan     | 1984-02-11 | 2   | M1 1AE   | probabilistic | r2
        p6 |        | Olga    | Petrenko | 1970-05-05 | 2   | M1 1AE   | unlinked      |
        """,
    )


@pytest.mark.parametrize("source", ["sus_apc", "ecds"])
def test_sources_without_names(source: str) -> None:
    """No names: number and date of birth, then date of birth, postcode and gender where they fit one resident clearly."""
    linked = check_drawn(
        REGISTER,
        """
        id | number | born       | sex | postcode | practice | step          | links to
        p1 | n1     | 1951-03-17 | 1   | SW1A 1AA | A81001   | cross_check   | r1
        p2 |        | 1984-11-02 | 2   | M1 1AE   | A81002   | probabilistic | r2
        p3 |        | 1984-11-02 | 2   |          |          | unlinked      |
        p4 |        |            |     |          |          | unlinked      |
        """,
        source=source,
    )
    evidence = linked.matches.to_pylist()[0]["evidence"]
    assert evidence in (None, "own record") or "given=missing" in evidence


def test_superseded_numbers_are_followed() -> None:
    """A chain of mergers leads to the number that is current; the register's record of an old number is the same person."""
    linked = check_drawn(
        """
        id | number | status | given | family | born       | sex | postcode
        r1 | n1     | 01     | Joan  | Hill   | 1944-04-04 | 2   | M1 1AE
        r3 | n3     | 01     | Joan  | Marsh  | 1944-04-04 | 2   | SW1A 1AA
        """,
        """
        id | number | status | given | family | born       | sex | postcode | step         | links to
        p1 | n1     | 01     | Joan  |        | 1944-04-04 |     |          | cross_check  | r3
        p2 | n2     | 01     | Joan  |        | 1944-04-04 |     |          | cross_check  | r3
        p3 |        |        | Joan  | Hill   | 1944-04-04 | 2   | M1 1AE   | alphanumeric | r3
        """,
        register_mergers(n1="n2", n2="n3"),
    )
    own = {row["local_patient_id"]: row for row in linked.matches.to_pylist() if row["source"] == "register"}
    assert (own["r1"]["register_id"], own["r1"]["evidence"]) == ("r3", "nhs=superseded")
    assert (own["r3"]["register_id"], own["r3"]["evidence"]) == ("r3", "own record")


def test_client_level_data_follows_the_client_index() -> None:
    """One local id is one person unless the dates of birth contradict; Client Level Data is decided as the index is."""
    linked = check_drawn(
        REGISTER,
        """
        source     | id | number | given  | family   | born       | sex | postcode | step               | links to
        asc_person | c1 |        | Fatima | Khan     | 1984-11-02 |     |          | unique_demographic | r2
        cld        | c1 |        |        |          | 1984-11-02 |     |          | same_local_id      | r2
        asc_person | c2 |        | Bill   | Carter   | 1951-03-17 |     |          | cross_check        | r1
        cld        | c2 | n1     |        |          | 1951-03-17 |     |          | cross_check        | r1
        asc_person | c3 |        | Olga   | Petrenko | 1970-05-05 |     |          | unlinked           |
        cld        | c3 |        |        |          | 1970-05-05 |     |          | unlinked           |
        asc_person | c4 |        | Olga   | Petrenko | 1970-05-05 |     |          | unlinked           |
        cld        | c4 | n1     |        |          | 1951-03-17 |     |          | cross_check        | r1
        cld        | c5 |        |        |          | 1970-05-05 |     |          | unlinked           |
        """,
        source="cld",
    )
    cluster = {(row["source"], row["local_patient_id"]): row["cluster"] for row in linked.matches.to_pylist()}
    assert cluster["cld", "c3"] == cluster["asc_person", "c3"] == "asc_person|c3"
    assert cluster["asc_person", "c4"] == "asc_person|c4"
    assert cluster["cld", "c5"] == "cld|c5"
    assert cluster["cld", "c1"] is None
