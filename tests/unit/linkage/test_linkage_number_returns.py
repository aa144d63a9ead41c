"""Numbers returned to their sources: found, superseded, conflicting; and who is never among them."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from linkage import Linked, link_records
from linkage.findings import ONE_NUMBER_TWO_PEOPLE, ONE_PERSON_TWO_NUMBERS
from linkage.numbers.lending import with_traced_numbers
from linkage.numbers.requests import references
from linkage.numbers.returns import TWO_VERIFIED, WITHHELD, NumberReturns, number_returns
from schemas.identifiable import Conflict, Match, PersonRecord, RegisterMerger, TraceAnswer
from tests.linkage_tables import NUMBERS, drawn, person_records, register_mergers

REGISTER = """
    id | number | status | given | family | born       | sex | postcode | protected
    r1 | n1     | 01     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA |
    r2 | n2     | 01     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB |
    r3 | n3     | 01     | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG | yes
"""


def records_of(picture: str, source: str = "asc_person") -> pa.Table:
    return PersonRecord.sort(person_records([*drawn(REGISTER, source="register"), *drawn(picture, source=source)]))


def linked_with(records: pa.Table, mergers: pa.Table, answers: pa.Table) -> Linked:
    return link_records(with_traced_numbers(records, answers).records, mergers)


def returned(records: pa.Table, mergers: pa.Table | None = None, answers: pa.Table | None = None) -> NumberReturns:
    mergers = RegisterMerger.empty() if mergers is None else mergers
    answers = TraceAnswer.empty() if answers is None else answers
    linked = linked_with(records, mergers, answers)
    return number_returns(records, linked.matches, linked.conflicts, mergers, answers)


def told(found: NumberReturns) -> dict[str, tuple[Any, ...]]:
    """Finding, number held, current number and step, by local id."""
    names = {number: name for name, number in NUMBERS.items()}
    return {
        row["local_patient_id"]: (
            row["finding"],
            names.get(row["held_nhs_number"], row["held_nhs_number"]),
            names.get(row["current_nhs_number"]),
            row["step"],
        )
        for row in found.rows.to_pylist()
    }


def traced(records: pa.Table, **answers: tuple[str, str]) -> pa.Table:
    """Answers by local id: (outcome, number)."""
    by_id = dict(zip(records["local_patient_id"].to_pylist(), references(records).to_pylist(), strict=True))
    rows = [
        {"reference": by_id[local_id], "outcome": outcome, "nhs_number": NUMBERS[number]}
        for local_id, (outcome, number) in answers.items()
    ]
    return pa.Table.from_pylist(rows, schema=TraceAnswer.arrow_schema())


def test_found_superseded_and_conflicting() -> None:
    """Only what is safe gives a number; what contradicts gives none; what is as it should be is not returned."""
    records = records_of("""
        id      | number | given | family | born       | sex | postcode
        found   |        | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        old     | n4     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
        wrong   | n1     | ZED   | POE    | 1931-05-09 | 1   | SW1A 1AE
        right   | n2     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
        nobody  |        | IDA   | JAY    | 1971-05-07 | 2   | LS1 4AP
        other   | n5     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
    """)
    found = returned(records, register_mergers(n4="n2"))
    assert told(found) == {
        "found": ("found", None, "n1", "alphanumeric"),
        "old": ("superseded", "n4", "n2", "cross_check"),
        "wrong": ("conflicting", "n1", None, "unlinked"),
        "other": ("conflicting", "n5", None, "alphanumeric"),
    }
    assert found.rows["action"].null_count == 0
    assert +found.notes == {}


def test_a_superseded_number_on_somebody_elses_record_is_not_replaced() -> None:
    """The heir's number would be another person's."""
    records = records_of("id | number | given | family | born | sex\nx | n4 | ZED | POE | 1931-05-09 | 1")
    assert told(returned(records, register_mergers(n4="n2"))) == {"x": ("conflicting", "n4", None, "unlinked")}


def test_digits_with_a_slip_are_shown_beside_the_number_found() -> None:
    row = {**drawn("id | given | family | born | sex | postcode\na | ANN | LEE | 1950-03-04 | 2 | SW1A 1AA", source="gp")[0]}
    rows = [*drawn(REGISTER, source="register"), {**row, "nhs_number_given": "9990000019"}]
    assert told(returned(person_records(rows))) == {"a": ("found", "9990000019", "n1", "alphanumeric")}


def matched(records: pa.Table, key: tuple[str, str], **said: Any) -> pa.Table:
    """Linkage's matches, with other words about one record."""
    rows = link_records(records, RegisterMerger.empty()).matches.to_pylist()
    changed = [{**row, **said} if (row["source"], row["local_patient_id"]) == key else row for row in rows]
    return pa.Table.from_pylist(changed, schema=Match.arrow_schema())


@pytest.mark.parametrize(
    ("step", "register_id", "returns"),
    [
        ("alphanumeric", "r1", 1),
        ("unique_demographic", "r1", 1),
        ("judged", "r1", 1),
        ("probabilistic", "r1", 0),
        ("review", None, 0),
        ("unlinked", None, 0),
    ],
)
def test_only_a_safe_step_gives_a_number(step: str, register_id: str | None, returns: int) -> None:
    """Whatever the weight and the margin of a likely link: it is a reason to trace."""
    records = records_of("id | given | family | born | sex | postcode\na | ANN | LEE | 1950-03-04 | 2 | SW1A 1AA")
    matches = matched(records, ("asc_person", "a"), step=step, register_id=register_id, cluster=None, match_weight=40.0)
    assert number_returns(records, matches, Conflict.empty(), RegisterMerger.empty()).rows.num_rows == returns


def test_a_follower_is_as_safe_as_its_leader() -> None:
    """Client Level Data follows the client index: C1's was linked by names, C2's by likelihood."""
    index = """
        id | given | family | born       | sex | postcode
        C1 | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        C2 | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
    """
    rows = [*drawn(REGISTER, source="register"), *drawn(index, source="asc_person")]
    records = PersonRecord.sort(person_records([*rows, *drawn("id | sex\nC1 | 2\nC2 | 1", source="cld")]))
    matches = matched(records, ("asc_person", "C2"), step="probabilistic")
    found = number_returns(records, matches, Conflict.empty(), RegisterMerger.empty()).rows.to_pylist()
    assert [(row["source"], row["local_patient_id"], row["step"]) for row in found] == [
        ("asc_person", "C1", "alphanumeric"),
        ("cld", "C1", "same_local_id"),
    ]


def test_one_number_on_two_records_of_an_organisation_is_returned_to_it() -> None:
    """Not on records of two organisations, or of two sources: each holds it rightly."""
    records = records_of("""
        id    | number | given | family | born       | sex | postcode
        901:a | n1     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        901:b | n1     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        902:a | n1     | ANN   | LEE    | 1950-03-04 | 2   | SW1A 1AA
        901:c | n2     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
        902:c | n2     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
        c     | n2     | BEN   | OAK    | 1960-05-06 | 1   | SW1A 1AB
    """)
    other_source = person_records(drawn("id | number | given | family | born\nc | n2 | BEN | OAK | 1960-05-06", source="gp"))
    found = returned(PersonRecord.sort(pa.concat_tables([records, other_source])))
    assert told(found) == {"901:a": ("conflicting", "n1", None, None), "901:b": ("conflicting", "n1", None, None)}
    assert "another of your records" in found.rows["action"][0].as_py()


def test_a_trace_finds_replaces_and_contradicts() -> None:
    """Of somebody outside the register; a verified number of the source's own is not gainsaid, and one in review is not given."""
    records = records_of("""
        id       | number | status | given | family | born       | sex | postcode
        found    |        |        | IDA   | JAY    | 1971-05-07 | 2   | LS1 4AP
        replaced | n4     | 02     | JOE   | KAY    | 1972-05-07 | 1   | LS1 4AP
        another  | n5     | 02     | KIM   | LOW    | 1973-05-07 | 2   | LS1 4AP
        same     | n6     | 02     | LIZ   | MAY    | 1974-05-07 | 2   | LS1 4AP
        own      | n6     | 01     | MAX   | NYE    | 1975-05-07 | 1   | LS1 4AP
    """)
    n7, n8 = "9990000077", "9990000085"
    answers = traced(records, replaced=("superseded", "n5"), another=("matched", "n4"), same=("matched", "n6")).to_pylist()
    answers += traced(records, found=("matched", "n1"), own=("matched", "n2")).to_pylist()
    answers[0]["nhs_number"], answers[3]["nhs_number"] = n7, n8
    found = returned(records, None, pa.Table.from_pylist(answers, schema=TraceAnswer.arrow_schema()))
    by_id = {row["local_patient_id"]: row for row in found.rows.to_pylist()}
    assert {key: (row["finding"], row["current_nhs_number"], row["step"]) for key, row in by_id.items()} == {
        "found": ("found", n8, "trace"),
        "replaced": ("superseded", n7, "trace"),
        "another": ("conflicting", None, "trace"),
        "same": ("conflicting", None, None),  # shared with `own`
        "own": ("conflicting", None, None),
    }
    assert "status 01" in by_id["found"]["action"]


def test_a_traced_number_that_the_register_gives_to_somebody_else_is_not_handed_on() -> None:
    records = records_of("id | given | family | born | sex | postcode\na | ZED | POE | 1931-05-09 | 1 | LS1 4AP")
    found = returned(records, None, traced(records, a=("matched", "n1")))
    assert told(found) == {"a": ("conflicting", None, None, "unlinked")}


def test_a_number_that_register_and_trace_both_replaced_is_superseded() -> None:
    records = records_of("id | number | given | family | born | sex | postcode\na | n4 | BEN | OAK | 1960-05-06 | 1 | SW1A 1AB")
    found = returned(records, register_mergers(n4="n2"), traced(records, a=("matched", "n2")))
    assert told(found) == {"a": ("superseded", "n4", "n2", "cross_check")}


def test_protected_identities_are_never_returned() -> None:
    """Found by cross-check or not, by name, by a number they hold, or by one that was replaced by theirs."""
    records = records_of("""
        id   | number | given | family | born       | sex | postcode
        own  | n3     | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG
        twin | n3     | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG
        name |        | CAT   | ASH    | 1970-05-07 | 2   | SW1A 1AG
        old  | n4     | CARL  | ASH    | 1970-05-07 | 1   | LS1 4AP
        held | n3     | ZED   | POE    | 1931-05-09 | 1   | SW1A 1AE
    """)
    found = returned(records, register_mergers(n4="n3"))
    assert told(found) == {}
    assert found.notes[WITHHELD] == 3  # own, twin and held share a number; of name and old there is nothing to say


def test_two_verified_numbers_are_two_people_and_neither_is_told() -> None:
    """Unless the register has merged them: then the old one was replaced."""
    records = records_of(
        "id | number | status | given | family | born | sex | postcode\na | n5 | 01 | ANN | LEE | 1950-03-04 | 2 | SW1A 1AA"
    )
    matches = link_records(records, RegisterMerger.empty()).matches
    rows = [{"source": "asc_person", "local_patient_id": "a", "register_id": "r1", "kind": ONE_PERSON_TWO_NUMBERS}]
    conflicts = pa.Table.from_pylist(rows, schema=Conflict.arrow_schema())
    assert told(number_returns(records, matches, Conflict.empty(), RegisterMerger.empty())) == {}
    found = number_returns(records, matches, conflicts, RegisterMerger.empty())
    assert (told(found), +found.notes) == ({}, {TWO_VERIFIED: 1})
    assert told(returned(records, register_mergers(n5="n1"))) == {"a": ("superseded", "n5", "n1", "cross_check")}


def test_the_gravest_contradiction_speaks_and_other_kinds_are_no_matter_of_numbers() -> None:
    records = records_of(
        "id | number | given | family | born | sex\na | n5 | ANN | LEE | 1950-03-04 | 2\nb | n6 | IDA | JAY | 1971-05-07 | 2"
    )
    matches = link_records(records, RegisterMerger.empty()).matches
    kinds = [("a", ONE_PERSON_TWO_NUMBERS), ("a", ONE_NUMBER_TWO_PEOPLE), ("b", "dead, active later")]
    rows = [{"source": "asc_person", "local_patient_id": key, "register_id": "r1", "kind": kind} for key, kind in kinds]
    found = number_returns(records, matches, pa.Table.from_pylist(rows, schema=Conflict.arrow_schema()), RegisterMerger.empty())
    assert list(told(found)) == ["a"]
    assert found.rows["action"][0].as_py().startswith("the register has this number for other details")


def test_the_order_of_rows_changes_nothing() -> None:
    records = records_of("id | given | family | born | sex | postcode\n" + "\n".join(
        f"k{n} | ANN | LEE | 1950-03-04 | 2 | SW1A 1AA" for n in range(9)))  # fmt: skip
    linked = link_records(records, RegisterMerger.empty())
    straight = number_returns(records, linked.matches, linked.conflicts, RegisterMerger.empty()).rows
    draw = random.Random(3)
    turned, matches = (table.take(draw.sample(range(table.num_rows), table.num_rows)) for table in (records, linked.matches))
    assert number_returns(turned, matches, linked.conflicts, RegisterMerger.empty()).rows.equals(straight)
    assert straight.num_rows == 9
