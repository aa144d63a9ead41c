"""Stores: private files, one version, the vault alone, and errors that show nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from governance.stores import Store
from schemas.errors import CaselinkError

METADATA = MetaData()
THINGS = Table("things", METADATA, Column("id", Integer, primary_key=True), Column("word", String(20), unique=True))


def refused(code: str) -> pytest.RaisesExc[CaselinkError]:
    return pytest.raises(CaselinkError, match=f"^{code}: ")


def opened(path: Path | str, name: str = "things", version: int = 1) -> Store:
    return Store(path, METADATA, name=name, version=version)


def pragma(store: Store, name: str) -> object:
    with store.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_a_new_store_is_private_and_careful(tmp_path: Path) -> None:
    path = tmp_path / "state" / "things.db"
    store = opened(path)
    with store.write() as connection:
        connection.execute(insert(THINGS).values(word="one"))
        sizes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(sizes.values()) == {0o600}
    assert {"things.db", "things.db-wal"} <= set(sizes)
    wanted = {"journal_mode": "wal", "secure_delete": 1, "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert {name: pragma(store, name) for name in wanted} == wanted


@pytest.mark.parametrize("where", ["{}", "sqlite:///{}"])
def test_a_path_and_its_url_are_the_same_store(tmp_path: Path, where: str) -> None:
    path = tmp_path / "things.db"
    opened(where.format(path))
    assert path.is_file()
    opened(path)


def test_files_that_others_reach_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    opened(path)
    path.chmod(0o640)
    with refused("E-STORE-MODE"):
        opened(path)
    path.chmod(0o600)
    tmp_path.chmod(0o750)
    with refused("E-STORE-MODE"):
        opened(path)
    tmp_path.chmod(0o700)
    opened(path)


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with refused("E-STORE-OWNER"):
        opened(tmp_path / "things.db")


def test_only_the_code_of_its_version_opens_a_store(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    opened(path, version=2)
    opened(path, version=2)
    with refused("E-STORE-NEWER"):
        opened(path, version=1)
    with refused("E-STORE-OLDER"):
        opened(path, version=3)


def test_the_vault_shares_its_database_with_nothing(tmp_path: Path) -> None:
    opened(tmp_path / "vault.db", "vault")
    with refused("E-STORE-SHARED"):
        opened(tmp_path / "vault.db", "application")
    opened(tmp_path / "state.db", "application")
    opened(tmp_path / "state.db", "caseload")
    with refused("E-STORE-SHARED"):
        opened(tmp_path / "state.db", "vault")


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path / "things.db")
    with pytest.raises(IntegrityError) as caught, store.write() as connection:
        connection.execute(insert(THINGS), [{"word": "9434765919"}, {"word": "9434765919"}])
    assert "9434765919" not in str(caught.value)
    with store.read() as connection:
        assert connection.execute(select(THINGS)).all() == []


def test_a_writer_has_the_lock_from_its_first_word(tmp_path: Path) -> None:
    store = opened(tmp_path / "things.db")
    other = sqlite3.connect(tmp_path / "things.db", timeout=0, isolation_level=None)
    with store.read():
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    with store.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_writers_of_one_process_take_turns_before_they_ask_sqlite(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "things.db"), opened(tmp_path / "things.db")
    begun: list[int] = []
    event.listen(second.engine, "begin", lambda _connection: begun.append(threading.get_ident()), insert=True)

    def add() -> None:
        with second.write() as connection:
            connection.execute(insert(THINGS).values(word="two"))

    other = threading.Thread(target=add)
    with first.write():
        other.start()
        other.join(timeout=0.2)
        assert begun == []
    other.join(timeout=10)
    with first.read() as connection:
        assert connection.execute(select(THINGS.c.word)).scalars().all() == ["two"]
    assert begun == [other.ident]


def test_a_writer_who_has_waited_long_enough_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.stores.BUSY_SECONDS", 0.05)
    first, second = opened(tmp_path / "things.db"), opened(tmp_path / "things.db")
    heard: list[str] = []

    def add() -> None:
        try:
            with second.write():
                heard.append("written")
        except OperationalError:
            heard.append("refused")

    other = threading.Thread(target=add)
    with first.write():
        other.start()
        other.join(timeout=10)
    assert heard == ["refused"]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    path.write_bytes(b"9434765919" * 1000)
    path.chmod(0o600)
    with refused("E-STORE-OPEN") as caught:
        opened(path)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "code"),
    [("://", "E-STORE-URL"), ("oracle+nothing://user:hidden@host/x", "E-STORE-URL")],
)
def test_urls_that_lead_nowhere_are_refused_without_showing_them(url: str, code: str) -> None:
    with refused(code) as caught:
        opened(url)
    assert "hidden" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_server_that_cannot_be_reached_is_refused_without_its_password() -> None:
    with pytest.raises(CaselinkError) as caught:
        opened("postgresql://user:hidden@127.0.0.1:1/none?connect_timeout=1")
    assert caught.value.code in {"E-STORE-OPEN", "E-STORE-URL"}  # the driver is an extra
    assert "hidden" not in str(caught.value)


# Another process that opens the store, changes it and leaves: the last one out puts the log into the file and takes it away.
LEAVES = """
import sys
from sqlalchemy import insert
from tests.unit.governance.test_governance_stores import THINGS, opened
with opened(sys.argv[1]).write() as connection:
    connection.execute(insert(THINGS).values(word="from elsewhere"))
"""


def test_a_store_opened_twice_in_one_process_keeps_its_locks(tmp_path: Path) -> None:
    place = tmp_path / "state" / "things.db"
    served = opened(place)
    served.keep_connections()
    with served.write() as connection:
        connection.execute(insert(THINGS).values(word="one"))
    opened(place)  # as a page may do that opens another store in the same file
    done = subprocess.run([sys.executable, "-c", LEAVES, str(place)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    with served.write() as connection:
        connection.execute(insert(THINGS).values(word="two"))
    with opened(place).read() as connection:
        assert list(connection.execute(select(THINGS.c.word)).scalars()) == ["one", "from elsewhere", "two"]


def test_a_link_in_place_of_a_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "things.db").symlink_to(tmp_path / "elsewhere.db")
    with refused("E-STORE-MODE"):
        opened(tmp_path / "state" / "things.db")
    assert not (tmp_path / "elsewhere.db").exists()
