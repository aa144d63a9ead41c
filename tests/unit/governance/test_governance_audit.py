"""The audit log: chained, gap-free, append-only, and without an identifier."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from governance.audit import FIELDS, Act, Audit, audit_domain
from governance.audit_verify import BROKEN, Fault
from governance.keys import DomainKey, RootKey
from governance.pseudonyms import pseudonym
from schemas.errors import GovernanceError
from tests.audit_writers import write_at_once

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
LOOK = Act(NOON, "clerk.a", "link review export", "clerical review of the night")
VALUES = {
    "hash_version": 1, "at": "2026-11-25T13:00:00+00:00", "run_id": "x", "actor": "clerk.b", "role": "x", "action": "x",
    "subject": "x", "purpose": "x", "basis": "x", "decision": "denied", "previous_hash": "1" * 64, "hash": "1" * 64,
    "commitment": "1" * 64,
}  # fmt: skip


@pytest.fixture
def subjects(root: RootKey) -> list[str]:
    key = DomainKey(root, audit_domain(1))
    return [pseudonym(f"{number:032x}", key) for number in range(3)]


@pytest.fixture
def path(tmp_path: Path, subjects: list[str]) -> Path:
    """A log of five rows."""
    place = tmp_path / "state" / "audit.db"
    audit = Audit(place)
    assert audit.append(LOOK) == 1
    assert audit.append(LOOK, subjects) == 4
    assert (
        audit.append(Act(NOON, "clerk.a", "link review import", "decisions", run_id="r1", role="clerk", decision="denied")) == 5
    )
    return place


def spoil(path: Path, *statements: str) -> Audit:
    """Change the file behind the log's back, triggers and all."""
    with sqlite3.connect(path) as connection:
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return Audit(path)


def test_lines_that_differ_in_their_subject_alone_are_one_act(path: Path, subjects: list[str]) -> None:
    audit = Audit(path)
    acts = audit.acts(10, before=6)
    assert [(act["action"], act["first"], act["last"], act["people"]) for act in acts] == [
        ("link review export", 1, 4, 3), ("link review import", 5, 5, 0),
    ]  # fmt: skip
    assert audit.acts(1, before=6) == acts[1:]
    assert audit.acts(10, before=1) == []
    later = Act(NOON + dt.timedelta(seconds=1), *(LOOK.actor, LOOK.action, LOOK.purpose))
    audit.append(later, subjects[:1])
    audit.append(later, subjects[1:])
    assert [(act["first"], act["last"], act["people"]) for act in audit.acts(2, before=99)] == [(5, 5, 0), (6, 8, 3)]


def test_rows_are_numbered_and_chained_over_several_openings(path: Path, subjects: list[str]) -> None:
    audit = Audit(path)
    assert audit.verify() is None
    rows = audit.rows()
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["subject"] for row in rows] == ["", *subjects, ""]
    assert [row["previous_hash"] for row in rows] == ["0" * 64, *(row["hash"] for row in rows[:-1])]
    assert [row["seq"] for row in audit.rows("link review import")] == [5]
    assert rows[4]["decision"] == "denied"


def test_the_same_acts_give_the_same_chain(path: Path, tmp_path: Path, subjects: list[str]) -> None:
    other = Audit(tmp_path / "other" / "audit.db")
    elsewhere = dt.datetime(2026, 11, 25, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    other.append(Act(elsewhere, "clerk.a", "link review export", "clerical review of the night"))
    other.append(LOOK, subjects)
    assert [row["hash"] for row in other.rows()] == [row["hash"] for row in Audit(path).rows()[:4]]


@pytest.mark.parametrize("column", [*FIELDS[1:], "hash"])
def test_a_change_in_any_column_is_found_at_its_row(path: Path, column: str) -> None:
    assert spoil(path, f"UPDATE audit SET {column} = '{VALUES[column]}' WHERE seq = 3").verify() == Fault(BROKEN, 3)  # noqa: S608


def test_a_value_of_another_type_is_a_change_and_no_crash(path: Path) -> None:
    assert spoil(path, "UPDATE audit SET purpose = x'00ff' WHERE seq = 2").verify() == Fault(BROKEN, 2)


def test_the_last_row_has_a_number_and_a_hash_to_keep_elsewhere(path: Path, tmp_path: Path) -> None:
    """A log cut off at its end is whole; what was kept tells."""
    audit = Audit(path)
    assert audit.last() == (5, audit.rows()[-1]["hash"])
    assert spoil(path, "DELETE FROM audit WHERE seq = 5").verify() is None
    assert Audit(path).last()[0] == 4
    assert Audit(tmp_path / "none" / "audit.db").last() == (0, "0" * 64)


@pytest.mark.parametrize(("statements", "first"), [
    (["DELETE FROM audit WHERE seq = 1"], 1),
    (["DELETE FROM audit WHERE seq = 3"], 3),
    (["DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = seq - 1 WHERE seq > 3"], 3),
    ([f"UPDATE audit SET seq = {new} WHERE seq = {old}" for old, new in ((2, 9), (3, 2), (9, 3))], 2),  # noqa: S608
])  # fmt: skip
def test_missing_and_swapped_rows_are_found(path: Path, statements: list[str], first: int) -> None:
    assert spoil(path, *statements).verify() == Fault(BROKEN, first)


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE seq = 5"])
def test_the_database_itself_refuses_changes(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(("act", "subject", "code"), [
    (Act(dt.datetime(2026, 11, 25), "a", "look", "why"), "", "E-AUDIT-TIME"),  # noqa: DTZ001
    (Act(NOON, "a", "look", "she of 999 000 0018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "born 1950-05-04"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "９９９ 000 0018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "999\u200b000\u00a00018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "999\u2013000\u20130018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "999 000 0018", "look", "care"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "care", role="999 000 0018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "care", run_id="9990000018"), "", "E-AUDIT-TEXT"),
    (Act(NOON, "a", "look", "care", decision="999 000 0018"), "", "E-AUDIT-TEXT"),
    (LOOK, "9990000018", "E-AUDIT-SUBJECT"),
    (LOOK, "csu1-7ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "E-AUDIT-SUBJECT"),
])  # fmt: skip
def test_identifiers_do_not_come_in(path: Path, act: Act, subject: str, code: str) -> None:
    audit = Audit(path)
    with pytest.raises(GovernanceError, match=f"^{code}") as refusal:
        audit.append(act, ["", subject])
    assert "9990000018" not in str(refusal.value)
    assert len(audit.rows()) == 5


def test_writers_at_once_leave_no_gap(path: Path) -> None:
    audit = write_at_once(path, LOOK)
    assert [row["seq"] for row in audit.rows()] == list(range(1, 46))
    assert audit.verify() is None
