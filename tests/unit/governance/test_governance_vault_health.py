"""F31: a vault that is broken, open to others or older than what is served is noticed before a night begins."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from governance.stores import Store
from governance.vault import Vault
from governance.vault_health import check_vault_folder
from schemas.errors import CaselinkError, GovernanceError


def refused(code: str) -> pytest.RaisesExc[CaselinkError]:
    return pytest.raises(CaselinkError, match=f"^{code}: ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A vault's database with a run and enough rows to have many pages."""
    where = tmp_path / "vault" / "vault.db"
    vault = Vault(where)
    vault.open_run("one")
    vault.confirm("one")
    with closing(sqlite3.connect(where)) as connection:
        rows = [(1, "gp", f"local-{number}" * 5, f"{number:032x}") for number in range(2000)]
        connection.executemany("INSERT INTO crosswalk VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    return where


def test_a_whole_vault_passes(path: Path) -> None:
    Vault(path).check_whole()
    check_vault_folder(path.parent)


def test_pages_that_are_no_pages_are_found(path: Path) -> None:
    content = bytearray(path.read_bytes())
    assert len(content) > 100_000
    content[40_000:80_000] = b"\xff" * 40_000
    path.write_bytes(content)
    with pytest.raises(GovernanceError, match=r"^E-(VAULT-DAMAGED|STORE-OPEN): ") as caught:  # some pages are met on opening
        Vault(path).check_whole()
    assert "local-" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("spoil", ["cut", "text", "head"])
def test_a_file_that_is_no_database_is_a_coded_refusal(path: Path, spoil: str) -> None:
    content = path.read_bytes()
    path.write_bytes({"cut": content[:5000], "text": b"name,number\n" * 1000, "head": b"\xff" * 200 + content[200:]}[spoil])
    with pytest.raises(CaselinkError, match=r"^E-(STORE-OPEN|VAULT-DAMAGED): ") as caught:
        Vault(path).check_whole()
    assert caught.value.__context__ is None


def test_the_log_of_another_database_does_not_pass_for_this_vaults(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "other.db"
    other.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE strange (text)")
        connection.executemany("INSERT INTO strange VALUES (?)", [("x" * 500,)] * 300)
        connection.commit()
        log = other.with_name("other.db-wal").read_bytes()
    path.with_name("vault.db-wal").write_bytes(log)
    path.with_name("vault.db-wal").chmod(0o600)
    try:
        vault = Vault(path)
        vault.check_whole()
    except CaselinkError as error:
        assert error.code in {"E-STORE-OPEN", "E-VAULT-DAMAGED", "E-STORE-SHARED"}  # noqa: PT017
    else:
        assert not vault.knows("one"), "SQLite took the strange log for its own: the served night is not known any more"


def test_a_server_looks_after_its_own_data(tmp_path: Path) -> None:
    class Elsewhere:
        name = "postgresql"

    vault = Vault(tmp_path / "vault.db")
    store: Store = vault._store
    store.engine.dialect.name = Elsewhere.name
    assert store.damage() == ""


def test_the_folder_is_a_folder_of_ours_that_nobody_else_enters(tmp_path: Path) -> None:
    with refused("E-VAULT-FOLDER"):
        check_vault_folder(tmp_path / "none")
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)
    check_vault_folder(folder)
    for mode in (0o750, 0o701, 0o770):
        folder.chmod(mode)
        with refused("E-VAULT-MODE"):
            check_vault_folder(folder)
    folder.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        with refused("E-VAULT-OWNER"):
            check_vault_folder(folder)


def test_what_a_discarded_run_wrote_is_in_no_byte_of_the_vault(tmp_path: Path) -> None:
    """Deleted means gone: SQLite overwrites what it frees, and its log is folded in when the last connection closes."""
    path = tmp_path / "vault" / "vault.db"
    vault = Vault(path)
    vault.open_run("gone")
    marks = [f"MARKED-{number}" for number in range(500)]
    with closing(sqlite3.connect(path)) as connection:
        rows = [(1, "gp", mark, f"{number:032x}") for number, mark in enumerate(marks)]
        connection.executemany("INSERT INTO crosswalk VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    assert b"MARKED-" in path.read_bytes(), "the search finds what is there"
    vault.discard("gone")
    left = [each.name for each in path.parent.iterdir() if b"MARKED-" in each.read_bytes()]
    assert left == []
