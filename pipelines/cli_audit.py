"""`caselink governance audit`: whether the audit log is as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

PLAIN: dict[str, Any] = {"no_args_is_help": True, "rich_markup_mode": None}
ProjectFolder = Annotated[Path, typer.Option("--project", help="The project folder.", file_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, messages on standard error.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No messages.")]
HERE = Path()

audit_app = typer.Typer(help="The audit log: who opened or changed what, why, and about whom.", **PLAIN)


@audit_app.callback()
def _audit() -> None:
    """A group, though it has one command: more will follow."""


@audit_app.command("verify")
def audit_verify(project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Check that no line of the audit log was changed, taken out or put in; ends with 4 where one was.

    Lines cut off at the end leave a whole, shorter log: keep the number and the hash of the last line elsewhere, and compare.
    """
    from pipelines.auditing import verify_audit
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = verify_audit(Project.at(project))
    whole = f"is whole: {answer['lines']:,} lines, the last one with the hash {answer['last_hash']}"
    console.say(f"The audit log {whole if answer['lines'] else 'is empty'}.")
    console.result(answer)
