"""`caselink governance keys` and `rekey`: the root key and its epochs, and a new epoch for the lists that are served."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, PLAIN, AsJson, ProjectFolder, Quiet

keys_app = typer.Typer(
    help="The root key: where it is, which epochs the vault knows, a new one. No command shows a key.", **PLAIN
)


def add_key_commands(governance_app: typer.Typer) -> None:
    """Mount `keys` and `rekey` on `caselink governance`."""
    governance_app.add_typer(keys_app, name="keys")
    governance_app.command("rekey")(rekey)


@keys_app.command("show")
def keys_show(project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Show provider, check value and epoch of the key in use, and the epochs that the vault and the served night know."""
    from pipelines.console import Console
    from pipelines.key_report import show_keys
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = show_keys(Project.at(project))
    console.say(f"Key: {answer['provider']}, check value {answer['check_value']}, epoch {answer['epoch']}.")
    rows = [
        [str(each["epoch"]), each["check_value"], each["first_run"], each["first_used"], each["state"]]
        for each in answer["epochs"]
    ]
    console.table(["epoch", "check value", "first night", "first used", "state"], rows)
    console.result(answer)


@keys_app.command("new")
def keys_new(
    file: Annotated[Path, typer.Argument(help="File to write the new key to, mode 0600; an existing one is never touched.")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a new random root key and show its check value: put it into caselink.toml with a higher epoch, then `rekey`."""
    from pipelines.console import Console
    from pipelines.new_key import next_steps, write_new_key

    console = Console(as_json, quiet)
    made = write_new_key(file, project)
    console.block(f"New key: {made.place}. Its check value is {made.check_value}. Keep a copy where the vault's backups are not.")
    for line in next_steps(made):
        console.say(line)
    console.result({"check_value": made.check_value, "file": made.place})


@keys_app.command("check")
def keys_check(project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Check that the key is kept privately and is that of caselink.toml, the vault and the served night; else end with 4."""
    from pipelines.console import Console
    from pipelines.key_report import check_keys
    from pipelines.project import Project

    console = Console(as_json, quiet)
    answer = check_keys(Project.at(project))
    console.say(f"The key is right: check value {answer['check_value']}, epoch {answer['epoch']}.")
    console.result(answer)


def rekey(
    crosswalk: Annotated[
        list[str] | None,
        typer.Option("--crosswalk", help="Recipient who is given a table of its old and new pseudonyms; may be repeated."),
    ] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Publish the served night again under caselink.toml's epoch and key, whole or not at all; the next night goes on from it."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.rekey import rekey as publish_again

    console = Console(as_json, quiet)
    answer = publish_again(Project.at(project), console, handed_over=crosswalk or (), at=dt.datetime.now(dt.UTC))
    if answer["rekeyed"]:
        console.say(f"Run {answer['run_id']} takes the place of {answer['from']}: epoch {answer['epoch']}.")
    else:
        console.block(
            f"Nothing to do: the night served now is of epoch {answer['epoch']}, as caselink.toml says. For new pseudonyms raise "
            "`epoch` under [keys] in caselink.toml first, then run this again."
        )
    console.result(answer)
