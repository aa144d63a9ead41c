"""Payloads beside the chain: committed to, purged by date with a line that says so, and never lost quietly."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.event import listen

from governance.audit import Act, Audit, Selection
from governance.audit_verify import PAYLOAD_CHANGED, PAYLOAD_LOST, PURGE, Fault
from governance.stores import Store
from schemas.errors import GovernanceError
from tests.audit_cases import AT, FIRST_AUDIT, FIRST_METADATA, FIRST_ROWS

DAY = dt.timedelta(days=1)
SAID = Act(AT, "clerk.a", "look", "why", payload="reason code 3: referral")
GUARDIAN = Act(AT + 9 * DAY, "guardian", "", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three lines with payloads, a day apart, and one without."""
    place = tmp_path / "state" / "audit.db"
    for day in range(3):
        Audit(place).append(dataclasses.replace(SAID, at=AT + day * DAY))
    Audit(place).append(dataclasses.replace(SAID, payload=""))
    return place


def change(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_payload_is_read_with_its_line(path: Path) -> None:
    rows = Audit(path).rows()
    assert [row["payload"] for row in rows] == [SAID.payload] * 3 + [None]
    assert [len(row["commitment"]) for row in rows] == [64, 64, 64, 0]
    assert len({row["commitment"] for row in rows[:3]}) == 3  # the same words, each with a salt of its own


def test_a_purge_takes_earlier_payloads_leaves_the_chain_whole_and_is_a_line_itself(path: Path) -> None:
    audit = Audit(path)
    assert audit.purge(AT + 2 * DAY, GUARDIAN) == 2
    assert [row["payload"] for row in audit.rows()] == [None, None, SAID.payload, None, None]
    assert audit.verify() is None
    told = audit.rows(PURGE)
    assert [(row["seq"], row["actor"], row["purpose"]) for row in told] == [(5, "guardian", "payloads of lines up to 2")]
    assert audit.purge(AT + 99 * DAY, GUARDIAN) == 1
    assert audit.purge(AT - DAY, GUARDIAN) == 0
    assert audit.verify() is None


def test_a_line_of_a_clock_set_back_does_not_bring_later_ones_into_the_purge(path: Path) -> None:
    Audit(path).append(dataclasses.replace(SAID, at=AT - 5 * DAY))
    assert Audit(path).purge(AT, GUARDIAN) == 0


@pytest.mark.parametrize(("statements", "fault"), [
    (["DELETE FROM audit_payload WHERE seq = 2"], Fault(PAYLOAD_LOST, 2)),
    (["DROP TRIGGER audit_payload_no_update", "UPDATE audit_payload SET payload = 'x' WHERE seq = 3"], Fault(PAYLOAD_CHANGED, 3)),
    (["DROP TRIGGER audit_payload_no_update", "UPDATE audit_payload SET salt = 'x' WHERE seq = 1"], Fault(PAYLOAD_CHANGED, 1)),
])  # fmt: skip
def test_a_payload_lost_or_changed_is_found(path: Path, statements: list[str], fault: Fault) -> None:
    change(path, *statements)
    assert Audit(path).verify() == fault


@pytest.mark.parametrize("statement", [
    "UPDATE audit_payload SET payload = 'x'",
    "UPDATE audit_identity SET log_id = 'x'",
    "DELETE FROM audit_identity",
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
    "INSERT OR REPLACE INTO audit_payload VALUES (1, 'x', 'x')",
])  # fmt: skip
def test_the_database_itself_refuses_changes(path: Path, statement: str) -> None:
    Audit(path).state()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(path, statement)
    assert Audit(path).verify() is None


def test_a_payload_holds_no_identifier(path: Path) -> None:
    with pytest.raises(GovernanceError, match=r"^E-AUDIT-TEXT"):
        Audit(path).append(dataclasses.replace(SAID, payload="she of 999 000 0018"))


def test_rows_are_selected_by_subject_and_moment(path: Path) -> None:
    audit = Audit(path)
    within = Selection(since=AT + DAY, before=AT + 2 * DAY)
    assert [row["seq"] for row in audit.select(within)] == [2]
    assert [row["seq"] for row in audit.select(Selection(last=2))] == [3, 4]
    assert audit.select(Selection(subjects=frozenset({"audit1-none"}))) == []


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A log as version 1 left it."""
    place = tmp_path / "first" / "audit.db"
    with Store(place, FIRST_METADATA, name="audit", version=1).write() as connection:
        connection.execute(FIRST_AUDIT.insert(), FIRST_ROWS)
    change(place, *(f"CREATE TRIGGER audit_no_{each} BEFORE {each} ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END"
                    for each in ("update", "delete")))  # fmt: skip
    return place


def test_a_log_of_the_first_version_goes_on_in_place(first_version: Path) -> None:
    audit = Audit(first_version)
    assert audit.verify() is None
    assert [row["hash"] for row in audit.rows()] == [row["hash"] for row in FIRST_ROWS]
    assert audit.append(SAID) == 3
    assert Audit(first_version).verify() is None
    assert [row["hash_version"] for row in audit.rows()] == [1, 1, 2]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(first_version, "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1")


@pytest.mark.parametrize(("first", "index"), [
    ("at >= '2026'", "audit_by_actor (actor=? AND at>?)"), ("seq > 7", "audit_by_actor_since (actor=? AND seq>?)"),
])  # fmt: skip
@pytest.mark.parametrize("old", [True, False])
def test_what_one_user_did_lately_is_found_by_an_index(
    first_version: Path, tmp_path: Path, old: bool, first: str, index: str
) -> None:  # fmt: skip
    """It is asked before every name that is shown; a log of ten million rows is not read for it."""
    place = first_version if old else tmp_path / "new.db"
    Audit(place)
    asked = f"EXPLAIN QUERY PLAN SELECT seq FROM audit WHERE actor = 'a' AND action = 'b' AND {first} ORDER BY seq"  # noqa: S608
    with contextlib.closing(sqlite3.connect(place)) as connection:
        plan = " ".join(str(row) for row in connection.execute(asked))
    assert index in plan


@pytest.mark.parametrize("old", [True, False])
def test_who_saw_one_person_is_found_by_an_index(first_version: Path, tmp_path: Path, old: bool) -> None:
    """Of the very statement that `select` makes; the log is kept for years."""
    audit = Audit(first_version if old else tmp_path / "new.db")
    said: list[str] = []
    listen(audit.store.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    assert audit.select(Selection(subjects=frozenset({"audit1-none", "audit1-nobody"}))) == []
    with contextlib.closing(sqlite3.connect(str(audit.store.engine.url.database))) as connection:
        plan = " ".join(
            str(row) for row in connection.execute(f"EXPLAIN QUERY PLAN {said[-1].partition(' LIMIT')[0]}", ("a", "b"))
        )
    assert "audit_by_subject (subject=?)" in plan
    assert "SCAN" not in plan
    assert audit.verify() is None


def test_an_old_row_cannot_be_given_a_commitment(first_version: Path) -> None:
    Audit(first_version)
    change(first_version, "DROP TRIGGER audit_no_update", "UPDATE audit SET commitment = 'x' WHERE seq = 1")
    assert Audit(first_version).verify() == Fault("broken", 1)


def test_an_upgrade_that_fails_changes_nothing(first_version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_connection: object, _table: object) -> None:
        raise GovernanceError("E-TEST", "no")

    with monkeypatch.context() as patch:
        patch.setattr("governance.audit_rows.guard_replacement", fails)
        with pytest.raises(GovernanceError, match=r"^E-TEST"):
            Audit(first_version)
    with sqlite3.connect(first_version) as connection:
        assert connection.execute("SELECT version FROM store_version").fetchall() == [(1,)]
        assert len(connection.execute("SELECT * FROM audit").fetchall()[0]) == 13
    connection.close()
    assert Audit(first_version).verify() is None
