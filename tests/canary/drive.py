"""What the harness runs in processes of its own, so that their output, folders and command lines can be searched.

    python -m tests.canary.drive steps PROJECT NOTE         every step fails once with canaries in its error; then the night ends
    python -m tests.canary.drive child STEP NOTE            the analytic process, of which one step fails so
    python -m tests.canary.drive commands PROJECT LINES     the command line, once for each line of a file
    python -m tests.canary.drive spill PROJECT NOTE         fill the engine's memory with the note until it spills, then die

NOTE is a file that holds canaries; a command line holds none.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


class SpoiltError(Exception):
    """An error as libraries raise them: with the value in its text, its arguments and its cause."""


def failing(note: Path) -> Callable[..., Any]:
    """A piece of work that fails with canaries wherever an error can carry them."""

    def work(*_arguments: Any, **_named: Any) -> Any:
        said = note.read_text(encoding="utf-8")
        try:
            said.encode("utf-16").decode("ascii")
        except UnicodeDecodeError as cause:
            raise SpoiltError(f"cannot convert {said!r} to date", said, {said: 1}) from cause

    return work


def caselink(*arguments: str) -> int:
    """The command line's own entry point, in this process; its exit code."""
    from pipelines import cli

    sys.argv = ["caselink", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def fail_every_step(project: str, note: Path) -> int:
    """Let each step fail once, on both sides of the wall, and publish in the end. What is done stays done, so it is one night."""
    from pipelines import analytic, overnight

    start = analytic._start
    codes = {}
    for number, step in enumerate(overnight.STORY):
        beyond = step.name in analytic_steps()
        if beyond:
            analytic._start = lambda name=step.name: bad_child(name, note)
        else:
            overnight.STORY[number] = dataclasses.replace(step, work=failing(note))
        codes[step.name] = caselink("run", "--direct", "--project", project)
        overnight.STORY[number], analytic._start = step, start
    codes["published"] = caselink("run", "--direct", "--project", project, "--json")
    sys.stderr.write(json.dumps(codes) + "\n")
    return 0 if codes.pop("published") in (0, 5) and set(codes.values()) == {1} else 1


def analytic_steps() -> set[str]:
    """Names of the steps that a child performs."""
    from pipelines.analytic_steps import STEPS

    return set(STEPS)


def bad_child(step: str, note: Path) -> subprocess.Popen[str]:
    """The analytic process with one step that fails."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.canary.drive", "child", step, str(note)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip


def be_bad_child(step: str, note: Path) -> int:
    """Answer as the analytic process does, but fail in one step."""
    from pipelines import analytic, analytic_steps

    analytic_steps.STEPS[step] = failing(note)
    analytic.main()
    return 0


def run_commands(project: str, lines: Path) -> int:
    """Every line as arguments of the command line; their numbers and exit codes go to standard error."""
    codes = {}
    for number, line in enumerate(lines.read_text(encoding="utf-8").splitlines(), 1):
        line, _, said = line.partition(" < ")
        sys.stdin = io.StringIO(said.replace(" ", "\n"))
        alone = line.startswith("! ")
        codes[number] = caselink(*shlex.split(line.removeprefix("! ")), *(() if alone else ("--project", project)))
    sys.stderr.write(json.dumps(codes, indent=1) + "\n")
    return 0


def spill_and_die(project: str, note: Path) -> None:
    """Sort more text than the engine's memory holds, and be killed while the rest lies on disk."""
    import threading

    from pipelines.engine import Engine

    spill = Path(project) / "vault" / "spill"
    with Engine(spill, memory_mb=200, threads=2) as engine:

        def watch() -> None:
            while not any(path.stat().st_size for path in spill.rglob("*") if path.is_file()):
                threading.Event().wait(0.02)
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=watch, daemon=True).start()
        said = note.read_text(encoding="utf-8").replace("'", "")
        query = f"SELECT '{said}' || range AS said FROM range(20000000) ORDER BY hash(range)"  # noqa: S608 - made up
        engine.connection.execute(query).fetch_arrow_table()


def main() -> int:
    """Run what the arguments say."""
    mode, first, second = sys.argv[1:]
    work: dict[str, Callable[[str, Path], Any]] = {
        "steps": fail_every_step, "child": be_bad_child, "commands": run_commands, "spill": spill_and_die,
    }  # fmt: skip
    return int(work[mode](first, Path(second)) or 0)


if __name__ == "__main__":
    sys.exit(main())
