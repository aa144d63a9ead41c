"""Notes: kept as written, by person, through mergers; and shown by nothing that was not asked for them."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from governance.notes import MOST_CHARACTERS, Notes
from governance.vault import Vault
from schemas.errors import CaselinkError

AT = dt.datetime(2026, 10, 1, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
ANN, BEN, CLEO, DAN = (f"{number:032x}" for number in range(1, 5))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "vault.db"


def events(path: Path, *rows: tuple[str, str, str, str]) -> None:
    """(run, kind, old id, new id), each run confirmed where its name is not `pending`."""
    vault = Vault(path)
    for run, kind, old, new in rows:
        vault.open_run(run)
        with closing(sqlite3.connect(path)) as connection:
            query = (
                "INSERT INTO person_event (run, kind, source, local_patient_id, old_person_id, new_person_id) "
                "SELECT number, ?, 'gp', '1', ?, ? FROM run WHERE run_id = ?"
            )
            connection.execute(query, (kind, old, new, run))
            connection.commit()
        if run != "pending":
            vault.confirm(run)


def test_notes_are_kept_in_order_and_by_person(path: Path) -> None:
    notes = Notes(path)
    assert [notes.add(who, text, author="ap1", at=AT) for who, text in ((ANN, "one"), (BEN, "two"), (ANN, "Zoë's three"))] == [
        1,
        2,
        3,
    ]
    found = notes.about(ANN)
    assert [(note.number, note.text, note.author, note.written_at) for note in found] == [
        (1, "one", "ap1", AT), (3, "Zoë's three", "ap1", AT),
    ]  # fmt: skip
    assert notes.about(CLEO) == []
    assert "one" not in repr(found)
    assert ANN not in repr(found)


@pytest.mark.parametrize("change", ["UPDATE note SET text = 'x'", "DELETE FROM note"])
def test_a_note_is_never_changed_or_removed(path: Path, change: str) -> None:
    Notes(path).add(ANN, "one", author="ap1", at=AT)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(change)


def test_notes_follow_a_person_to_her_new_id_and_stay_after_a_split(path: Path) -> None:
    notes = Notes(path)
    for who in (ANN, BEN, CLEO, DAN):
        notes.add(who, f"about {who[-1]}", author="ap1", at=AT)
    events(
        path,
        ("one", "merge", ANN, BEN),
        ("two", "link", BEN, CLEO),
        ("three", "split", CLEO, DAN),
        ("pending", "link", CLEO, DAN),
    )
    assert [note.person_id for note in notes.about(CLEO)] == [ANN, BEN, CLEO]
    assert [note.person_id for note in notes.about(DAN)] == [DAN]
    assert [note.person_id for note in notes.about(ANN)] == [ANN]


@pytest.mark.parametrize(
    ("person", "text", "at", "code"),
    [
        ("9434765919", "x", AT, "E-NOTE-PERSON"),
        (ANN, " \n", AT, "E-NOTE-TEXT"),
        (ANN, "x" * (MOST_CHARACTERS + 1), AT, "E-NOTE-TEXT"),
        (ANN, "x", AT.replace(tzinfo=None), "E-NOTE-TIME"),
    ],
)
def test_what_is_no_note_is_refused_and_not_repeated(path: Path, person: str, text: str, at: dt.datetime, code: str) -> None:
    with pytest.raises(CaselinkError, match=code) as caught:
        Notes(path).add(person, text, author="ap1", at=at)
    assert "9434765919" not in str(caught.value)
    assert Notes(path).about(ANN) == []


def test_a_vault_without_notes_is_given_the_table(path: Path) -> None:
    Vault(path)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("note", "key_use"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute("INSERT INTO key_check VALUES (1, '01234567')")
        connection.commit()
    assert Notes(path).add(ANN, "one", author="ap1", at=AT) == 1
    vault = Vault(path)
    vault.check_key("89abcdef", epoch=2, run_id="r2", at=AT)
    assert [(each.epoch, each.check_value, each.first_run, each.first_used) for each in vault.key_epochs()] == [
        (1, "01234567", "", ""), (2, "89abcdef", "r2", "2026-10-01T09:00:00+00:00"),
    ]  # fmt: skip
    vault.check_known_key("89abcdef", epoch=2)
    vault.check_known_key("anything", epoch=3)
    with pytest.raises(CaselinkError, match="E-KEY-WRONG"):
        vault.check_known_key("01234567", epoch=2)
