"""What stops a night before it writes anything: a vault damaged, behind or open to others; a key that changed on the way."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from governance import stores
from governance.keys import FileKey, create_root_key, key_check_value
from pipelines.config import load_configuration
from pipelines.console import Console
from pipelines.keys import night_key, previous_key, root_key
from pipelines.night import load_night, save_plan
from pipelines.plan import plan_night
from pipelines.project import Project
from pipelines.publish import check_whole
from pipelines.running import conduct_directly, run
from pipelines.steps import pseudonymise
from schemas.errors import CaselinkError
from tests.conftest import caselink
from tests.rekeying import served, set_keys


def night_refused(folder: Path, code: str) -> CaselinkError:
    """A night is refused with this code, and yesterday's stays served whole, with nothing beside it."""
    before = served(folder)
    with pytest.raises(CaselinkError, match=f"^{code}: ") as caught:
        run(Project.at(folder), None, Console(quiet=True), conduct_directly)
    assert served(folder) == before
    assert [path.name for path in (folder / "runs").iterdir()] == [before]
    assert caught.value.__context__ is None
    return caught.value


def test_a_damaged_vault_stops_the_night_and_the_cure_is_to_restore_it(published: Path) -> None:
    path = published / "vault" / "vault.db"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    error = night_refused(published, "E-VAULT-DAMAGED")
    assert "vault restore" in error.cure


def test_a_file_that_is_no_database_stops_the_night(published: Path) -> None:
    (published / "vault" / "vault.db").write_bytes(b"name,nhs_number\n" * 500)
    night_refused(published, "E-STORE-OPEN")


def test_a_vault_that_somebody_holds_stops_the_night_and_leaves_yesterdays_served(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F35: the wait for the lock is short here; a night waits BUSY_SECONDS."""
    monkeypatch.setattr(stores, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(published / "vault" / "vault.db", isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        night_refused(published, "E-STORE-OPEN")
        check_whole(Project.at(published).night(served(published)))
        connection.execute("ROLLBACK")
    assert not run(Project.at(published), None, Console(quiet=True), conduct_directly).published, "then it goes on: a no-op"


def test_an_older_vault_than_the_lists_stops_the_night(published: Path) -> None:
    path = published / "vault" / "vault.db"
    path.unlink()
    night_refused(published, "E-VAULT-BEHIND")


@pytest.mark.parametrize("folder", ["vault", "vault/landed", "vault/nights"])
def test_a_vault_that_others_can_enter_is_refused_and_not_mended(published: Path, folder: str) -> None:
    (published / folder).chmod(0o755)
    night_refused(published, "E-VAULT-MODE")
    assert (published / folder).stat().st_mode & 0o777 == 0o755


def test_the_vault_may_lie_outside_the_project(published: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "vault"
    elsewhere.parent.mkdir()
    shutil.move(published / "vault", elsewhere)
    with (published / "caselink.toml").open("a") as stream:
        stream.write(f"\n[vault]\nfolder = {json.dumps(str(elsewhere))}\n")
    project = Project.at(published)
    assert project.vault == elsewhere
    done = run(project, None, Console(quiet=True), conduct_directly)
    assert (done.exit_code, done.published) == (0, False), "the same inputs: its place is no part of a night's name"
    assert not (published / "vault").exists()
    with closing(sqlite3.connect(elsewhere / "vault.db")) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)


@pytest.mark.parametrize("vault", ["vault = 3", "[vault]\nfolder = 3", "[vault", "[vault]\nfold = 'x'"])
def test_a_place_that_cannot_be_read_is_said_by_the_configuration(published: Path, vault: str) -> None:
    path = published / "caselink.toml"
    path.write_text(f"{vault}\n{path.read_text()}" if vault.startswith("vault") else f"{path.read_text()}\n{vault}\n")
    project = Project.at(published)
    assert project.vault == published / "vault"
    with pytest.raises(CaselinkError, match="E-CONFIG"):
        load_configuration(project)


def test_a_key_exchanged_while_the_night_runs_stops_it_before_it_writes(published: Path) -> None:
    """F33: with no check value configured, the night's own plan still knows which key it began with."""
    path = published / "caselink.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("check_value")))
    project = Project.at(published)
    save_plan(plan_night(project, load_configuration(project), load_configuration(project).night.as_at))  # type: ignore[arg-type]
    run_id = next((published / "runs").glob(".staging-*")).name.removeprefix(".staging-")
    night = load_night(project, run_id)
    planned = root_key(project, night.configuration)
    assert night_key(night) == planned
    shutil.copytree(project.vault_night(served(published)), project.vault_night(run_id))
    (project.secrets / "root.key").unlink()
    other = create_root_key(project.secrets / "root.key")
    with pytest.raises(CaselinkError, match="E-KEY-WRONG") as caught:
        pseudonymise(night, lambda _done, _total: None)
    said = str(caught.value)
    assert key_check_value(other) in said
    assert key_check_value(planned) in said
    assert other.hex() not in said
    assert not list(night.shelf.folder.glob("pseudonymised/*"))


def test_each_provider_gives_the_configured_key_and_the_command_the_former_one_too(published: Path) -> None:
    project = Project.at(published)
    key = FileKey(project.secrets / "root.key").root()
    (project.secrets / "wrapped").write_text(key.hex()[::-1])
    (project.secrets / "wrapped").chmod(0o600)
    set_keys(published, provider="command", file="secrets/wrapped", previous_file="secrets/wrapped", unwrap=["/usr/bin/rev"])
    assert root_key(project, load_configuration(project)) == key
    assert previous_key(project, load_configuration(project)) == key
    for provider, code in (("credential", "E-KEY-MISSING"), ("environment", "E-KEY-MISSING"), ("keyring", "E-KEY-")):
        set_keys(published, provider=provider)
        with pytest.raises(CaselinkError, match=code):
            root_key(project, load_configuration(project))
    set_keys(published, provider="command", unwrap=[])
    with pytest.raises(CaselinkError, match=r"E-CONFIG.*unwrap"):
        load_configuration(project)


def test_a_new_key_is_written_once_and_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "new.key"
    done = caselink("governance", "keys", "new", str(path), "--json")
    key = FileKey(path).root()
    assert (done.returncode, json.loads(done.stdout)) == (0, {"check_value": key_check_value(key), "file": str(path)})
    assert key.hex() not in done.stdout + done.stderr
    again = caselink("governance", "keys", "new", str(path))
    assert (again.returncode, again.stderr.split(":")[0]) == (4, "E-KEY-EXISTS")


def forms_of(key: bytes) -> list[bytes]:
    """A key as it might be written: digits, digits in capitals, bytes, base64 of either."""
    text = key.hex().encode()
    return [text, text.upper(), bytes(key), base64.b64encode(bytes(key)), base64.b64encode(text)]


def test_no_byte_that_a_night_leaves_holds_the_key(first_night: Path, tmp_path: Path) -> None:
    key = FileKey(first_night / "secrets" / "root.key").root()
    (tmp_path / "leak").write_bytes(b"x" + base64.b64encode(bytes(key)))
    places = [path for path in (*first_night.rglob("*"), tmp_path / "leak") if path.is_file()]
    found = [path for path in places if any(form in path.read_bytes() for form in forms_of(key))]
    assert found == [first_night / "secrets" / "root.key", tmp_path / "leak"]
