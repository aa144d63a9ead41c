"""`caselink caseload`: what came of proposals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet

caseload_app = typer.Typer(name="caseload", help="The teams' caseloads: what came of proposals.", **PLAIN)


@caseload_app.callback()
def _group() -> None:
    """Kept as a group while it has one command."""


@caseload_app.command("feedback")
def feedback(
    quarter: Annotated[str | None, typer.Option("--quarter", help="2026Q3; without it that of the night served.")] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show how often proposals were accepted, why they were declined, and how often people were decided on unread.

    By team and subgroup, small counts withheld under the project's disclosure policy. Nothing of it is used to fit a model.
    """
    from pipelines.caseload_feedback import feedback_of
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = feedback_of(Project.at(project), quarter)
    console.say(f"Decisions from {answer['from']} to {answer['to']}, under the policy {answer['policy']}; * is withheld.")
    for name in ("decisions", "reasons"):
        rows = answer[name]
        heads = [head for head in (rows[0] if rows else {}) if head != "suppressed"]
        console.table(heads, [["*" if row[head] is None else str(row[head]) for head in heads] for row in rows])
    console.result(answer)


@caseload_app.command("export")
def export(
    fhir: Annotated[Path, typer.Option("--fhir", help="File for a FHIR R4 collection Bundle; mode 0600.")],
    team: Annotated[str, typer.Option("--team", help="Whose list: id of a [[team]].")],
    account: Annotated[str, typer.Option("--account", help="For whom identities are: an account of [[user]].")] = "",
    role: Annotated[str, typer.Option("--role", help="In which role of hers.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What for: id of a [[purpose]].")] = "",
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write one team's list as FHIR R4, with codes; with identities only as the door shows them to an account in a role."""
    from pipelines.caseload_export import ForWhom, export_fhir
    from pipelines.console import Console
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = export_fhir(Project.at(project), fhir, team, ForWhom(account, role, purpose))
    console.say(f"{answer['people']} people written, {answer['named']} of them by name. {answer['words']}".rstrip())
    console.result(answer)
