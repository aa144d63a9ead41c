"""`caselink governance vault`: backups of the vault, made, read through and put back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet

Folder = Annotated[Path, typer.Argument(help="The backup's folder; as identifiable as the vault itself.")]

vault_app = typer.Typer(help="The vault's backups: make one, read it through, put it back.", **PLAIN)


@vault_app.command("backup")
def vault_backup(folder: Folder, project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Copy the vault into a new folder outside the project, one state of it, with a manifest of digests. The key is not in it."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.vault_backup import back_up

    console = Console(as_json, quiet)
    answer = back_up(Project.at(project), folder, dt.datetime.now(dt.UTC))
    console.say(f"{answer['files']:,} files backed up. Keep the manifest's digest elsewhere: {answer['manifest_sha256']}")
    if answer["database_elsewhere"]:
        console.say("The vault's database does not lie in the vault's folder: back it up with its own tools.")
    console.result(answer)


@vault_app.command("verify")
def vault_verify(folder: Folder, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Read a backup through: every digest, and SQLite's own check of its databases; ends with 4 where one fails."""
    from pipelines.console import Console
    from pipelines.vault_backup import verify

    console = Console(as_json, quiet)
    answer = verify(folder)
    console.say(f"The backup is whole: {answer['files']:,} files, manifest {answer['manifest_sha256']}")
    console.result(answer)


@vault_app.command("restore")
def vault_restore(folder: Folder, project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Verify a backup and put it in the place of this project's empty vault; nothing is overwritten."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.vault_backup import restore

    console = Console(as_json, quiet)
    answer = restore(Project.at(project), folder, dt.datetime.now(dt.UTC))
    console.say(f"{answer['files']:,} files restored, manifest {answer['manifest_sha256']}")
    console.result(answer)
