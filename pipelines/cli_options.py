"""Options that many commands share, and how their values are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import ConfigurationError

# Plain help: rich mark-up doubles the time to the first line.
PLAIN: dict[str, Any] = {"no_args_is_help": True, "rich_markup_mode": None}

ProjectFolder = Annotated[Path, typer.Option("--project", help="The project folder.", file_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, messages on standard error.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No messages.")]
AsAt = Annotated[str | None, typer.Option("--as-at", help="Reference date, YYYY-MM-DD.")]
HERE = Path()


def day_of(text: str | None, option: str = "--as-at") -> dt.date | None:
    """A date given on the command line; `ConfigurationError` `E-ARGUMENT` where it is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        pass
    raise ConfigurationError("E-ARGUMENT", f"{option} is not a date.", cure="write it as YYYY-MM-DD")
