"""The flows: nights that go well and badly over a planted area, and every command that prints, in scratch folders."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.config import load_configuration
from pipelines.plan import release, remember_held
from pipelines.project import Project
from tests.canary import broken, commands
from tests.canary.listed import listed
from tests.canary.planting import Planting, plant
from tests.canary.watching import Watch

LEFT_OUT = ("inbox", "vault")  # of a project: where identifiers belong. Nothing else is left out
TOP = Path(__file__).parents[2]


@dataclass
class Scratch:
    """Folders for everything that a flow may write to; `seen` is what other users could see of its processes."""

    top: Path
    projects: list[Path] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def folder(self, name: str) -> Path:
        """A folder below the scratch folder."""
        path = self.top / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def environment(self) -> dict[str, str]:
        """Home, temporary files and working folder lie in the scratch folder; of the rest only what Python needs."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV")}
        home = str(self.folder("home"))
        return {**kept, "HOME": home, "XDG_CACHE_HOME": f"{home}/.cache", "TMPDIR": str(self.folder("temporary")),
                "PYTHONPATH": str(TOP), "COLUMNS": "200"}  # fmt: skip

    def python(self, name: str, *arguments: str, expected: tuple[int, ...] = (0,)) -> int:
        """Run a module, its output into files of the scratch folder. An exit code that is not expected is a failure."""
        output = self.folder("output")
        with (output / f"{name}.out").open("wb") as out, (output / f"{name}.err").open("wb") as err:
            command = [sys.executable, "-m", *arguments]
            process = subprocess.Popen(command, stdout=out, stderr=err, cwd=self.folder("work"), env=self.environment())
            with process, Watch(process) as watch:
                code = process.wait()
        self.seen |= watch.seen
        if code not in expected:
            self.failures.append(f"{name} ended with {code}")
        return code

    def caselink(self, name: str, project: Path, *arguments: str, expected: tuple[int, ...]) -> int:
        """Run a command on a project."""
        return self.python(name, "pipelines.cli", *arguments, "--project", str(project), expected=expected)

    def copy(self, project: Path, name: str, *, fresh: bool = True) -> Path:
        """A copy of a project, without the nights it has had where it is to be fresh."""
        out = ("runs", "vault", "state", "CURRENT") if fresh else ()
        made = Path(shutil.copytree(project, self.top / name, ignore=shutil.ignore_patterns(*out)))
        self.projects.append(made)
        return made


def planted_area(scratch: Scratch, people: int) -> tuple[Path, Planting]:
    """A made-up area with canaries in every source."""
    project = scratch.top / "area"
    scratch.python("init", "pipelines.cli", "init", str(project), "--example", "--people", str(people), "--quiet")
    shutil.rmtree(project / "truth")  # the generator's, not the product's
    configuration = project / "caselink.toml"
    configuration.write_text(configuration.read_text().replace("[night]\n", "[night]\nrefuse_share = 1.0\n", 1))
    scratch.projects.append(project)
    planting = plant(project)
    let_in(Project.at(project))
    return project, planting


def let_in(project: Project) -> None:
    """Somebody has looked at every file and let it in: with what is planted, some are twice as long as they usually are."""
    files = sorted(path for path in project.inbox.rglob("*") if path.is_file())
    remember_held(project, {"planted": [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]})
    release(project, "planted")


def flows(scratch: Scratch, people: int, *, full: bool = False) -> Planting:
    """Run everything; what was planted."""
    project, planting = planted_area(scratch, people)
    note = project / "inbox" / "note.txt"
    note.write_text(" | ".join(person.free_text for person in planting.people), encoding="utf-8")
    scratch.caselink("check", project, "check", expected=(0,))
    scratch.python("steps", "tests.canary.drive", "steps", str(project), str(note))
    if not any((project / "runs").glob("*/out/*/caseload.csv")):
        scratch.failures.append("the planted night was not published")
    elif not listed(project, planting.people):
        scratch.failures.append("nobody of the canary is on a list")
    print_everything(scratch, project, planting)
    wrong_key(scratch, project)
    broken_deliveries(scratch, project, planting)
    if full:
        from tests.canary import deep

        deep.flows(scratch, project, note)
    return planting


def print_everything(scratch: Scratch, project: Path, planting: Planting) -> None:
    """Every command, with right and with wrong input, in one process."""
    missing = commands.commands() - commands.covered()
    if missing:
        scratch.failures.append(f"commands neither run nor excused: {', '.join(sorted(missing))}")
    inputs, elsewhere = project / "inbox" / "commands", scratch.folder("elsewhere")  # a backup is a vault, outside the project
    elsewhere.chmod(0o700)
    scratch.projects.append(elsewhere)
    broken.command_inputs(inputs, planting)
    local = next(each.value for each in planting.canaries if each.id.startswith("gp local id"))
    night = max(project.glob("runs/*/pseudonymised"), key=lambda folder: folder.parent.name)
    someone = pq.read_table(night / "reason.parquet", columns=["pseudonym"])["pseudonym"][0].as_py()
    names = {"runs": project / "runs", "night": night, "pseudonym": someone,
             "vault": project / "vault" / "exports", "inputs": inputs, "number": planting.people[0].number,
             "other": planting.people[1].number, "local": f"A99001:{local}", "papers": scratch.folder("papers"),
             "team": load_configuration(Project.at(project)).team[0].id,
             "tokens": scratch.folder("tokens"), "backup": elsewhere / "vault",
             "client_index": sorted((project / "inbox" / "asc_person").glob("asc_person*.csv"))[-1]}  # fmt: skip
    (project / "vault" / "exports").mkdir(mode=0o700, exist_ok=True)
    lines = inputs / "lines.txt"
    lines.write_text("".join(f"{line.format(**names)}\n" for line in commands.LINES), encoding="utf-8")
    scratch.python("commands", "tests.canary.drive", "commands", str(project), str(lines))


def wrong_key(scratch: Scratch, project: Path) -> None:
    """A night with another project's key."""
    copy = scratch.copy(project, "wrong-key")
    (copy / "secrets" / "root.key").unlink()
    scratch.python("new-key", "tests.canary.new_key", str(copy / "secrets" / "root.key"))
    scratch.caselink("wrong-key", copy, "run", "--direct", expected=(4,))


def broken_deliveries(scratch: Scratch, project: Path, planting: Planting) -> None:
    """Every kind of broken file, with canaries in it, in every source; checked and run."""
    copy = scratch.copy(project, "broken")
    broken.break_everything(copy / "inbox", planting)
    scratch.caselink("broken-check", copy, "check", expected=(0, 1, 5))
    scratch.caselink("broken-run", copy, "run", "--direct", expected=(1, 4))


def places(scratch: Scratch) -> Iterator[Path]:
    """What is left out of the search: the inbox and the vault of each project."""
    for project in scratch.projects:
        for name in LEFT_OUT:
            yield project / name
