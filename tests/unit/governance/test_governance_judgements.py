"""The judgement log: rows are added once and never changed, and a position says what a night knew."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from governance.judgements import ADDED, CONTRARY, KNOWN, SHOWN, Judgements
from governance.vault import Vault
from schemas.errors import GovernanceError
from schemas.identifiable import Judgement
from tests.judgement_rows import FIRST, judged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "vault.db"


def shown(*rows: tuple[str, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SHOWN.names, row, strict=True)) for row in rows], schema=SHOWN)


def test_an_empty_log_is_at_position_zero(path: Path) -> None:
    log = Judgements(path)
    assert (log.position(), log.up_to(0).num_rows, log.record(Judgement.empty())) == (0, 0, [])
    assert log.shown().schema.names == SHOWN.names


def test_a_night_reads_up_to_its_position(path: Path) -> None:
    log = Judgements(path)
    first, second = judged("gp p1 r1 link ann", "gp p2 r2 unsure ann"), judged("gp p1 r1 non-link bob")
    assert log.record(first) == [ADDED, ADDED]
    position = log.position()
    assert log.record(second) == [ADDED]
    assert (position, log.position()) == (2, 3)
    assert Judgements(path).up_to(position).equals(Judgement.sort(first))
    assert log.up_to(3).num_rows == 3
    assert log.up_to(3)["decided_at"][0].as_py() == FIRST


def test_the_same_judgement_again_is_no_second_row(path: Path) -> None:
    log = Judgements(path)
    said = judged("gp p1 r1 link ann", "gp p2 r2 unsure ann")
    log.record(said)
    elsewhere = said.set_column(5, "decided_at", pc.add(said["decided_at"], pa.scalar(dt.timedelta(0))))
    assert log.record(elsewhere) == [KNOWN, KNOWN]
    otherwise = judged("gp p1 r1 non-link ann", "gp p2 r2 unsure ann", "gp p3 r3 link ann")
    assert log.record(otherwise) == [CONTRARY, KNOWN, ADDED]
    assert log.position() == 3
    assert "non-link" not in log.up_to(3)["decision"].to_pylist()


@pytest.mark.parametrize("table", ["judgement", "shown_pair"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET register_id = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_changes(path: Path, table: str, statement: str) -> None:
    log = Judgements(path)
    log.record(judged("gp p1 r1 unsure ann"))
    log.show(shown(("pa", "gp", "p1", "r1", "fixed-1")))
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement.format(table))
    connection.close()


def test_shown_pairs_are_kept_once_with_the_model_that_proposed_them_last(path: Path) -> None:
    log = Judgements(path)
    log.show(shown(("pb", "gp", "p2", "r2", "fixed-1"), ("pa", "gp", "p1", "r1", "fixed-1")))
    log.show(shown(("pa", "gp", "p1", "r1", "fixed-2"), ("pb", "gp", "p2", "r2", "fixed-1")))
    log.show(shown())
    assert log.shown().to_pylist() == shown(("pa", "gp", "p1", "r1", "fixed-2"), ("pb", "gp", "p2", "r2", "fixed-1")).to_pylist()


def test_a_vault_from_before_the_log_is_given_one(path: Path) -> None:
    Vault(path)
    with sqlite3.connect(path) as connection:
        for table in ("judgement", "shown_pair"):
            connection.execute(f"DROP TABLE {table}")
    connection.close()
    assert Judgements(path).position() == 0
    assert Vault(path).pending() == []


def test_a_reviewer_at_the_desk_says_why_and_judges_a_pair_once(path: Path) -> None:
    log = Judgements(path)
    log.decide(judged("gp p1 r1 link ann"), "same number", None)
    log.decide(judged("gp p1 r1 non-link bob"), "twins or family", 7)
    with pytest.raises(GovernanceError, match="E-REVIEW-JUDGED"):
        log.decide(judged("gp p9 r9 link ann", "gp p1 r1 unsure ann")[1:], "other", None)
    assert log.up_to(log.position()).num_rows == 2
    assert log.reasons() == [
        {"judgement": 1, "code": "same number", "reason": None}, {"judgement": 2, "code": "twins or family", "reason": 7},
    ]  # fmt: skip
    for change in ("UPDATE judgement_reason SET code = 'other'", "DELETE FROM judgement_reason"):
        with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(change)
