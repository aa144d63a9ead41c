"""What a person, or a program with `--json`, sees of a command."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pipelines.night import Progress, silent

# Where a flow shows its progress: no parameter of the flow, because parameters are stored; and not a global of the flow's
# module, because the runner of a schedule pickles that.
_shown: ContextVar[Console | None] = ContextVar("console", default=None)


@contextmanager
def showing_on(console: Console) -> Iterator[None]:
    """Let flows that run inside show their progress on this console."""
    token = _shown.set(console)
    try:
        yield
    finally:
        _shown.reset(token)


def shown_console() -> Console:
    """The console of `showing_on`; a quiet one where there is none."""
    return _shown.get() or Console(quiet=True)


@dataclass(frozen=True)
class Console:
    """`--json`: one object on standard output and messages on standard error; `--quiet`: no messages."""

    as_json: bool = False
    quiet: bool = False

    def say(self, text: str) -> None:
        """A message for people."""
        if not self.quiet:
            print(text, file=sys.stderr if self.as_json else sys.stdout)

    def block(self, text: str, *, indent: int = 0) -> None:
        """A paragraph for people, as wide as the terminal; its further lines stand two places in from the first."""
        width = max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))
        first = " " * indent
        self.say(textwrap.fill(text, width, initial_indent=first, subsequent_indent=f"{first}  ", break_on_hyphens=False))

    def result(self, answer: dict[str, Any]) -> None:
        """The command's answer, where a program asked for it."""
        if self.as_json:
            print(json.dumps(answer, indent=1, default=str))  # noqa: T201

    def table(self, columns: list[str], rows: list[list[Any]], *, title: str = "") -> None:
        """A table for people."""
        if self.quiet:
            return
        from rich.console import Console as Terminal
        from rich.table import Table

        drawn = Table(title=title or None, title_justify="left")
        for column in columns:
            drawn.add_column(column, overflow="fold")  # a narrow terminal makes cells longer, never shorter
        for row in rows:
            drawn.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
        Terminal(stderr=self.as_json).print(drawn)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """A progress bar for one step."""
        if self.quiet:
            yield silent
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        bar = Progress(
            TextColumn("{task.description:<34}"), BarColumn(bar_width=24), TimeElapsedColumn(), console=Terminal(stderr=True)
        )
        with bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
