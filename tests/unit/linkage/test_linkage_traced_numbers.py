"""Traced numbers taken over into records: when, when not, and that the cascade still checks them."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from linkage import link_records
from linkage.numbers.lending import (
    CONTRADICTORY,
    NOT_ASKED,
    OTHER_BIRTH,
    OTHER_VERIFIED,
    SENSITIVE,
    TAKEN,
    Traced,
    with_traced_numbers,
)
from linkage.numbers.requests import references
from schemas.identifiable import PersonRecord, RegisterMerger, TraceAnswer
from tests.linkage_tables import NUMBERS, drawn, person_records, register_mergers

RECORDS = """
    id | number | status | given | family | born       | sex
    a  | {held} | {status} | ANN  | LEE   | 1950-03-04 | 2
"""
BORN, OTHERWISE = "1950-03-04", "1950-03-05"


def one(held: str = "", status: str = "") -> pa.Table:
    return person_records(drawn(RECORDS.replace("{held}", held).replace("{status}", status), source="asc_person"))


def answered(records: pa.Table, *answers: tuple[Any, ...]) -> pa.Table:
    """Answers of (outcome, number, date of birth) about the first record."""
    heads = ["reference", "outcome", "number", "born"]
    reference = references(records)[0].as_py()
    rows = [dict(zip(heads, (reference, *answer), strict=True)) for answer in answers]
    picture = " | ".join(heads) + "\n" + "\n".join(" | ".join(str(row[head] or "") for head in heads) for row in rows)
    return pa.Table.from_pylist(drawn(picture), schema=TraceAnswer.arrow_schema())


def after(records: pa.Table, *answers: tuple[Any, ...]) -> tuple[Any, Any, Traced]:
    traced = with_traced_numbers(records, answered(records, *answers))
    row = traced.records.to_pylist()[0]
    return row["nhs_number"], row["nhs_number_status"], traced


@pytest.mark.parametrize(
    ("held", "status", "answers", "number", "becomes"),
    [
        # the record's own  the answers                                                 its number afterwards
        ("",   "",   [("matched", "n2", BORN)],                                         "n2", "01"),
        ("",   "",   [("superseded", "n2", None)],                                      "n2", "01"),
        ("n1", "",   [("matched", "n1", BORN)],                                         "n1", "01"),
        ("n1", "03", [("matched", "n2", BORN)],                                         "n2", "01"),
        ("n1", "01", [("matched", "n2", BORN)],                                         "n1", "01"),
        ("n1", "01", [("superseded", "n2", BORN)],                                      "n1", "01"),
        ("",   "",   [("matched", "n2", OTHERWISE)],                                    None, None),
        ("",   "",   [("matched", "n2", BORN), ("matched", "n2", OTHERWISE)],           None, None),
        ("",   "",   [("matched", "n2", BORN), ("matched", "n3", BORN)],                None, None),
        ("",   "",   [("matched", "n2", BORN), ("protected", None, BORN)],              None, None),
        ("",   "",   [("matched", "n2", BORN), ("none", None, None)],                   "n2", "01"),
        ("",   "",   [("matched", "n2", BORN), ("matched", "n2", BORN)],                "n2", "01"),
        ("n1", "02", [("none", None, None)],                                            "n1", "02"),
        ("",   "",   [("several", None, None)],                                         None, None),
        ("",   "",   [("not traced", None, None)],                                      None, None),
    ],
)  # fmt: skip
def test_when_a_traced_number_is_taken(
    held: str, status: str, answers: list[Any], number: str | None, becomes: str | None
) -> None:
    found, found_status, _ = after(one(held, status), *answers)
    assert (found, found_status) == (NUMBERS.get(number or ""), becomes)


@pytest.mark.parametrize(
    ("held", "status", "answers", "noted"),
    [
        ("", "", [("matched", "n2", BORN)], TAKEN),
        ("", "", [("matched", "n2", OTHERWISE)], OTHER_BIRTH),
        ("n1", "01", [("matched", "n2", BORN)], OTHER_VERIFIED),
        ("", "", [("matched", "n2", BORN), ("matched", "n3", BORN)], CONTRADICTORY),
        ("", "", [("protected", None, None), ("matched", "n2", BORN)], SENSITIVE),
    ],
)
def test_each_answer_that_says_something_is_counted_once(held: str, status: str, answers: list[Any], noted: str) -> None:
    _, _, traced = after(one(held, status), *answers)
    assert +traced.notes == {noted: 1}


def test_answers_about_nobody_of_tonight_are_counted() -> None:
    records = one()
    answers = pa.Table.from_pylist(
        [{"reference": "Z" * 24, "outcome": "matched", "nhs_number": NUMBERS["n1"]}], TraceAnswer.arrow_schema()
    )
    traced = with_traced_numbers(records, answers)
    assert traced.records.equals(records)
    assert +traced.notes == {NOT_ASKED: 1}


def test_digits_with_a_slip_give_way_and_what_was_delivered_is_still_said() -> None:
    row = {**one().to_pylist()[0], "nhs_number_given": "9990000019", "nhs_number_kind": "bad_check_digit"}
    records = pa.Table.from_pylist([row], schema=PersonRecord.arrow_schema())
    _, _, traced = after(records, ("matched", "n1", BORN))
    found = traced.records.to_pylist()[0]
    assert (found["nhs_number"], found["nhs_number_given"], found["nhs_number_kind"]) == (NUMBERS["n1"], None, "bad_check_digit")
    assert traced.outcome.to_pylist() == ["matched"]


def test_without_answers_the_records_are_as_they_were() -> None:
    records = one("n1", "02")
    traced = with_traced_numbers(records, TraceAnswer.empty())
    assert traced.records is records
    assert traced.outcome.to_pylist() == [None]


def test_a_traced_number_is_evidence_that_the_cascade_still_checks() -> None:
    """It links by cross-check where the register agrees; a register date of birth that contradicts is a conflict, no link."""
    register = drawn("id | number | status | given | family | born | sex\nr1 | n2 | 01 | ANN | LEE | 1950-03-04 | 2\n"
                     "r2 | n3 | 01 | ANN | LEE | 1999-12-11 | 2", source="register")  # fmt: skip
    record = one()
    for number, steps, kinds in (("n2", ["cross_check"], []), ("n3", ["unlinked", "review"], ["one number, two people"])):
        traced = with_traced_numbers(record, answered(record, ("matched", number, None))).records
        linked = link_records(pa.concat_tables([person_records(register), traced]), RegisterMerger.empty())
        decided = next(row for row in linked.matches.to_pylist() if row["source"] == "asc_person")
        assert decided["step"] in steps
        assert [row["kind"] for row in linked.conflicts.to_pylist()] == kinds


def test_the_order_of_answers_and_records_changes_nothing() -> None:
    picture = "id | given | family | born\n" + "\n".join(f"k{number} | ANN | LEE | 1950-03-04" for number in range(6))
    records = person_records(drawn(picture, source="asc_person"))
    found = references(records).to_pylist()
    rows = [
        {"reference": reference, "outcome": "matched", "nhs_number": number}
        for reference, number in zip(found, NUMBERS.values(), strict=True)
    ]
    rows += [{"reference": found[0], "outcome": "matched", "nhs_number": NUMBERS["n3"]}]
    answers = pa.Table.from_pylist(rows, schema=TraceAnswer.arrow_schema())
    straight = PersonRecord.sort(with_traced_numbers(records, answers).records)
    draw = random.Random(2)
    shuffled, turned = (table.take(draw.sample(range(table.num_rows), table.num_rows)) for table in (answers, records))
    assert PersonRecord.sort(with_traced_numbers(turned, shuffled).records).equals(straight)
    assert straight["nhs_number"].to_pylist() == [None, *list(NUMBERS.values())[1:]]


# --- protected identities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "protected"),
    [
        ([("protected", None, None)],                                                        True),
        ([("matched", "n2", BORN), ("protected", None, None)],                               True),
        ([("matched", "n2", BORN), ("matched", "n3", BORN), ("protected", None, OTHERWISE)], True),
        ([("protected", None, None), ("none", None, None)],                                  True),
        ([("matched", "n2", BORN)],                                                          False),
        ([("several", None, None), ("not traced", None, None)],                              False),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("held", "status"), [("", ""), ("n1", "01"), ("n1", "03")])
def test_one_answer_that_protects_is_enough(held: str, status: str, answers: list[Any], protected: bool) -> None:
    traced = after(one(held, status), *answers)[2]
    assert bool(traced.records["protected"].to_pylist()[0]) is protected


def test_what_was_protected_stays_so_whatever_the_answer() -> None:
    rows = [{**one().to_pylist()[0], "protected": True}]
    records = pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema())
    assert after(records, ("matched", "n2", BORN))[2].records["protected"].to_pylist() == [True]


def test_what_is_plainly_the_same_persons_is_protected_with_it() -> None:
    """By number or by names, with the date of birth; nobody else of that day, and nobody of that name."""
    picture = """
        source     | id        | number | given | family | born
        asc_person | asked     | n1     | ANN   | LEE    | 1950-03-04
        register   | by-name   | n3     | Ann   | Lee    | 1950-03-04
        register   | by-number | n1     | ROB   | OAK    | 1950-03-04
        gp         | once-told | n2     | ZED   | POE    | 1950-03-04
        gp         | name-only |        | ANN   | LEE    | 1950-03-05
        gp         | number    | n1     | ANN   | LEE    | 1950-03-06
        gp         | other     | n4     | BEN   | LEE    | 1950-03-04
        gp         | no-birth  |        | ANN   | LEE    |
    """
    records = person_records(drawn(picture))
    traced = with_traced_numbers(records, answered(records, ("protected", None, None), ("matched", "n2", None)))
    told = dict(zip(records["local_patient_id"].to_pylist(), traced.records["protected"].to_pylist(), strict=True))
    assert {name for name, protected in told.items() if protected} == {"asked", "by-name", "by-number", "once-told"}


def test_a_number_that_another_record_takes_tonight_is_hers_too() -> None:
    """The answers of one file: she is sensitive, and another record of hers is found under her number."""
    records = person_records(
        drawn("""
        source  | id | number | given | family | born
        gp      | a  | n1     | ANN   | LEE    | 1950-03-04
        sus_apc | b  |        | ZED   | POE    | 1950-03-04
        """)
    )
    first, second = references(records).to_pylist()
    rows = [
        {"reference": first, "outcome": "protected"},
        {"reference": second, "outcome": "matched", "nhs_number": NUMBERS["n1"]},
    ]
    traced = with_traced_numbers(records, pa.Table.from_pylist(rows, schema=TraceAnswer.arrow_schema()))
    assert traced.records["protected"].to_pylist() == [True, True]


def test_superseded_numbers_are_followed_to_whom_they_protect() -> None:
    records = person_records(
        drawn("""
        source   | id  | number | given | family | born
        gp       | a   | n1     | ANN   | LEE    | 1950-03-04
        register | r   | n2     | ZED   | POE    | 1950-03-04
        gp       | far | n2     | ZED   | POE    | 1950-03-05
        """)
    )
    mergers = register_mergers(n1="n2")
    traced = with_traced_numbers(records, answered(records, ("protected", None, None)), mergers)
    told = dict(zip(records["local_patient_id"].to_pylist(), traced.records["protected"].to_pylist(), strict=True))
    assert {name for name, protected in told.items() if protected} == {"a", "r"}


def test_two_verified_numbers_that_differ_are_two_people_whatever_their_name() -> None:
    records = person_records(
        drawn("""
        source   | id    | number | status | given | family | born
        gp       | a     | n1     | 01     | ANN   | LEE    | 1950-03-04
        register | hers  | n1     | 01     | ANN   | LEE    | 1950-03-04
        register | other | n3     | 01     | ANN   | LEE    | 1950-03-04
        gp       | maybe | n4     | 02     | ANN   | LEE    | 1950-03-04
        """)
    )
    traced = with_traced_numbers(records, answered(records, ("protected", None, None)))
    told = dict(zip(records["local_patient_id"].to_pylist(), traced.records["protected"].to_pylist(), strict=True))
    assert {name for name, protected in told.items() if protected} == {"a", "hers", "maybe"}


def test_a_record_without_a_date_of_birth_protects_itself_alone() -> None:
    records = person_records(drawn("id | given | family | born\na | ANN | LEE |\nb | ANN | LEE |", source="gp"))
    traced = with_traced_numbers(records, answered(records, ("protected", None, None)))
    assert [bool(protected) for protected in traced.records["protected"].to_pylist()] == [True, False]
