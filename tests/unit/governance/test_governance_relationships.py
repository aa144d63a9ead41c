"""The store of relationships: rows are added and never changed, people are named by pseudonym alone. And the agreement."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from governance.access.agreement import Agreements
from governance.access.relationship_store import Relationships, Tie
from governance.access.tables import access_store
from governance.keys import DomainKey
from governance.pseudonymise import recipient_map
from schemas.errors import GovernanceError
from tests.access_drawings import NOON, TEAM_KEY, VERSION, token
from tests.governance_drawings import nhs_number

FIRST = dt.date(2026, 9, 1)
OPEN = Tie(token(1), "caseload", "user", "ann", FIRST)


@pytest.fixture
def ties(tmp_path: Path) -> Relationships:
    return Relationships(access_store(tmp_path / "application.db"), TEAM_KEY.domain)


def of(ties: Relationships, *numbers: int) -> list[tuple[object, ...]]:
    return [tuple(row.values())[1:] for row in ties.of([token(each) for each in numbers]).to_pylist()]


def test_what_was_recorded_is_found_again(ties: Relationships) -> None:
    other = Tie(token(2), "referral", "team", "castle", FIRST, dt.date(2026, 10, 1))
    assert ties.add([OPEN, other], at=NOON, by="system") == [1, 2]
    assert of(ties, 1, 2, 3) == [
        ("caseload", "user", "ann", FIRST, None),
        ("referral", "team", "castle", FIRST, dt.date(2026, 10, 1)),
    ]
    assert ties.of(["no such thing", token(2)]).num_rows == 1
    assert ties.of([]).num_rows == 0


def test_a_new_epoch_takes_what_stands_and_done_again_nothing(ties: Relationships, tmp_path: Path) -> None:
    later = replace(TEAM_KEY.domain, epoch=TEAM_KEY.domain.epoch + 1)
    people = pa.array([f"{number:032x}" for number in range(1, 4)])
    words = recipient_map(people, TEAM_KEY, DomainKey(bytes(32), later))
    names = words["working"].to_pylist()
    [number, _] = ties.add([replace(OPEN, pseudonym=names[0]), replace(OPEN, pseudonym=names[1])], at=NOON, by="system")
    ties.end(number, dt.date(2026, 9, 9), at=NOON, by="bea")
    new = Relationships(access_store(tmp_path / "application.db"), later)
    assert [new.carry_over(ties, words, at=NOON, by="rekey") for _ in range(2)] == [2, 0]
    found = new.of(words["recipient"].to_pylist()).to_pylist()
    translated = dict(zip(names, words["recipient"].to_pylist(), strict=True))
    stood = [row | {"pseudonym": translated[row["pseudonym"]]} for row in ties.of(names).to_pylist()]
    assert sorted(found, key=str) == sorted(stood, key=str)
    assert {row["valid_to"] for row in found} == {None, dt.date(2026, 9, 9)}


def test_an_end_is_a_row_that_replaces_the_first(ties: Relationships, tmp_path: Path) -> None:
    [number] = ties.add([OPEN], at=NOON, by="system")
    ended = ties.end(number, dt.date(2026, 9, 9), at=NOON, by="bea")
    assert of(ties, 1) == [("caseload", "user", "ann", FIRST, dt.date(2026, 9, 9))]
    again = ties.end(ended, dt.date(2026, 9, 5), at=NOON, by="bea")
    assert of(ties, 1) == [("caseload", "user", "ann", FIRST, dt.date(2026, 9, 5))]
    for gone in (number, ended, again + 1):
        with pytest.raises(GovernanceError, match=r"^E-RELATIONSHIP-UNKNOWN"):
            ties.end(gone, dt.date(2026, 9, 9), at=NOON, by="bea")
    connection = sqlite3.connect(tmp_path / "application.db")
    assert connection.execute("SELECT number, replaces, recorded_by FROM relationship").fetchall() == [
        (1, None, "system"), (2, 1, "bea"), (3, 2, "bea"),
    ]  # fmt: skip
    for statement in ("UPDATE relationship SET holder = 'x'", "DELETE FROM relationship"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_another_domains_row_cannot_be_ended(ties: Relationships, tmp_path: Path) -> None:
    from governance.keys import Domain

    [number] = ties.add([OPEN], at=NOON, by="system")
    other = Relationships(access_store(tmp_path / "application.db"), Domain("north", "case management", 1))
    with pytest.raises(GovernanceError, match=r"^E-RELATIONSHIP-UNKNOWN"):
        other.end(number, dt.date(2026, 9, 9), at=NOON, by="bea")
    assert other.of([token(1)]).num_rows == 0


@pytest.mark.parametrize(("tie", "code"), [
    (Tie(nhs_number(1), "caseload", "user", "ann", FIRST), "E-PSEUDONYM-DOMAIN"),
    (Tie(token(1)[:-1] + "!", "caseload", "user", "ann", FIRST), "E-PSEUDONYM-FORM"),
    (Tie(token(1), "registration", "team", "castle", FIRST), "E-RELATIONSHIP-KIND"),
    (Tie(token(1), "break-glass", "user", "ann", FIRST), "E-RELATIONSHIP-KIND"),
    (Tie(token(1), "caseload", "ward", "ann", FIRST), "E-RELATIONSHIP-KIND"),
    (Tie(token(1), "caseload", "user", nhs_number(1), FIRST), "E-ACCESS-TEXT"),
    (Tie(token(1), "caseload", "user", "", FIRST), "E-ACCESS-TEXT"),
    (Tie(token(1), "caseload", "user", "ann", FIRST, dt.date(2026, 8, 31)), "E-RELATIONSHIP-DATES"),
])  # fmt: skip
def test_what_is_refused_is_refused_whole_and_without_a_value(ties: Relationships, tie: Tie, code: str) -> None:
    with pytest.raises(GovernanceError, match=f"^{code}") as refusal:
        ties.add([OPEN, tie], at=NOON, by="system")
    assert nhs_number(1) not in str(refusal.value)
    assert of(ties, 1) == []


def test_a_relationship_cannot_end_before_it_began(ties: Relationships) -> None:
    [number] = ties.add([OPEN], at=NOON, by="system")
    with pytest.raises(GovernanceError, match=r"^E-RELATIONSHIP-DATES"):
        ties.end(number, dt.date(2026, 8, 31), at=NOON, by="bea")
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-TIME"):
        ties.end(number, FIRST, at=dt.datetime(2026, 9, 9), by="bea")  # noqa: DTZ001


def test_the_agreement_is_accepted_in_its_current_version(tmp_path: Path) -> None:
    store = access_store(tmp_path / "application.db")
    first = Agreements(store, VERSION)
    assert not first.has_accepted("ann")
    first.accept("ann", VERSION, NOON)
    first.accept("ann", VERSION, NOON)
    assert first.has_accepted("ann")
    assert not first.has_accepted("bea")
    newer = Agreements(store, "2027-01")
    assert not newer.has_accepted("ann")
    with pytest.raises(GovernanceError, match=r"^E-AGREEMENT-VERSION"):
        newer.accept("ann", VERSION, NOON)
    newer.accept("ann", "2027-01", NOON)
    assert newer.has_accepted("ann")
    connection = sqlite3.connect(tmp_path / "application.db")
    assert connection.execute("SELECT count(*) FROM agreement_acceptance").fetchone() == (2,)
    connection.close()


def test_without_an_agreement_in_force_nobody_has_accepted_it(tmp_path: Path) -> None:
    none = Agreements(access_store(tmp_path / "application.db"), "")
    with pytest.raises(GovernanceError, match=r"^E-AGREEMENT-VERSION"):
        none.accept("ann", "", NOON)
    assert not none.has_accepted("ann")
