"""A machine restored as docs/how-to/back-up-the-vault.md says, from what its table names and nothing else."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.conftest import caselink

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "back-up-the-vault.md"
OF_THE_EXAMPLE = {"truth"}  # what a made-up area knows of itself; no real one has it


def named_places() -> set[str]:
    """The files and folders of a project that the page's table names, in its first column."""
    table = PAGE.read_text(encoding="utf-8").split("## Make one")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return {name.rstrip("/") for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def copy_the_rest(area: Path, machine: Path) -> None:
    """What the table names but the vault, onto another machine."""
    machine.mkdir(parents=True, mode=0o700)
    for name in sorted(named_places() - {"vault"}):
        if (area / name).is_dir():
            shutil.copytree(area / name, machine / name)
        elif (area / name).exists():
            shutil.copy2(area / name, machine / name)


def restored(area: Path, folder: Path) -> Path:
    """The project `area` on another machine: its vault by the commands, the rest by copying."""
    backup, machine = folder / "backup", folder / "machine" / "area"
    assert caselink("governance", "vault", "backup", str(backup), "--quiet", "--project", str(area)).returncode == 0
    copy_the_rest(area, machine)
    done = caselink("governance", "vault", "restore", str(backup), "--quiet", "--project", str(machine))
    assert done.returncode == 0, done.stderr
    return machine
