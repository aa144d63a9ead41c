"""The next night after a rekey, and after the vault came back from a backup, is the one that would have been."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import FALLS_BACK, PEOPLE, caselink, process_environment
from tests.fault.test_fault_killed_night import published_bytes
from tests.rekeying import rekey_here, served, set_keys, without_names
from tests.restoring import copy_the_rest

pytestmark = pytest.mark.deep  # nights of their own; what they check is checked by its parts in every run


def run_night(folder: Path, inbox: Path) -> None:
    """A night a day later, with what that day brings and seeded person ids."""
    shutil.copytree(inbox, folder / "inbox", dirs_exist_ok=True)
    path = folder / "caselink.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join("as_at = 2026-10-01" if line.startswith("as_at") else line for line in lines) + "\n")
    command = [sys.executable, "-m", "tests.night_driver", str(folder), "7"]
    done = subprocess.run(command, capture_output=True, check=False, env=process_environment(measured=False))
    assert done.returncode == FALLS_BACK, done.stderr


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("next")
    made = caselink("synth", "--out", str(folder), "--people", str(PEOPLE), "--night", "1", "--quiet")
    assert made.returncode == 0, made.stderr
    return folder / "inbox"


@pytest.fixture(scope="module")
def second_night(first_night: Path, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after two nights to which nothing happened."""
    folder = Path(shutil.copytree(first_night, tmp_path_factory.mktemp("second") / "area"))
    run_night(folder, inbox)
    return folder


def test_after_a_rekey_the_next_night_goes_on_as_if_nothing_had_happened(
    published: Path, second_night: Path, inbox: Path
) -> None:
    set_keys(published, epoch=2)
    rekeyed = rekey_here(published)["run_id"]
    run_night(published, inbox)
    assert json.loads((published / "runs" / served(published) / "manifest.json").read_text())["parent"] == rekeyed
    one, other = (without_names(folder, served(folder)) for folder in (second_night, published))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    changes = {json.loads(row)["change"] for name in other if name.endswith("caseload.parquet") for row in other[name]}
    assert "same" in changes, "the lists know the last ones"


def test_a_vault_restored_on_an_empty_machine_gives_the_next_night_byte_for_byte(
    first_night: Path, second_night: Path, inbox: Path, tmp_path: Path
) -> None:
    """F49: the vault from its backup, and what else the how-to's table names, nothing more."""
    backup, machine = tmp_path / "backup", tmp_path / "machine" / "area"
    done = caselink("governance", "vault", "backup", str(backup), "--json", "--project", str(first_night))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["databases"], said["database_elsewhere"]) == (2, False), "who is who, and whom the night's pages can name"
    copy_the_rest(first_night, machine)
    assert caselink("governance", "vault", "verify", str(backup), "--quiet").returncode == 0
    back = caselink("governance", "vault", "restore", str(backup), "--json", "--project", str(machine))
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["manifest_sha256"] == said["manifest_sha256"]
    assert (first_night / "secrets" / "root.key").read_bytes() not in b"".join(
        path.read_bytes() for path in backup.rglob("*") if path.is_file()
    )
    assert caselink("governance", "audit", "verify", "--quiet", "--project", str(machine)).returncode == 0
    run_night(machine, inbox)
    once, again = (published_bytes(folder, served(folder)) for folder in (second_night, machine))
    assert once.keys() == again.keys()
    assert [name for name in once if once[name] != again[name]] == []
    assert caselink("governance", "audit", "verify", "--quiet", "--project", str(machine)).returncode == 0
    (machine / "state" / "audit.db").unlink()  # a machine that came back without its log is found out by the checkpoints
    cut = caselink("governance", "audit", "verify", "--quiet", "--project", str(machine))
    assert (cut.returncode, cut.stderr.split(":")[0]) == (4, "E-AUDIT-CUT")


def sheets(folder: Path, run_id: str) -> dict[str, list[list[object]]]:
    """Every sheet of every team's workbook but the first one, without the pseudonyms, in order."""
    found = {}
    for path in sorted((folder / "runs" / run_id / "out").glob("*/caseload.xlsx")):
        book = openpyxl.load_workbook(path, read_only=True)
        for name in book.sheetnames[1:]:
            rows = [[str(cell) for cell in row[1:]] for row in book[name].iter_rows(values_only=True)]
            found[f"{path.parent.name} {name}"] = sorted(rows)
        book.close()
    return found


def test_a_night_with_a_parent_keeps_what_changed_since_the_last_list(second_night: Path, tmp_path: Path) -> None:
    """Changes and departures speak of a list of the former epoch, which the rekey carries over too."""
    folder = Path(shutil.copytree(second_night, tmp_path / "area"))
    before = served(folder)
    set_keys(folder, epoch=2)
    after = rekey_here(folder)["run_id"]
    old, new = without_names(folder, before, epoch=1), without_names(folder, after)
    assert [name for name in old if old[name] != new[name]] == []
    changes = [json.loads(row)["change"] for name in new if name.endswith("caseload.parquet") for row in new[name]]
    assert "same" in changes
    assert sheets(folder, before) == sheets(folder, after)
