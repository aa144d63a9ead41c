"""`caselink source`: what a supplier does in its own building before its files leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import PLAIN, AsJson, Quiet

WITH_WARNINGS = 5

source_app = typer.Typer(help="At the supplier: a transit key, and files as match tokens instead of identifiers.", **PLAIN)


@source_app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Option("--out", help="Key file to write, in a folder closed to others.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a new transit key, mode 0600, for one supplier and one project; an existing file is never touched."""
    from governance.transit import create_transit_key
    from pipelines.console import Console

    console = Console(as_json, quiet)
    key = create_transit_key(out)
    console.say(f"Key check value {key.check_value}: it may be told; the file may not leave the two parties.")
    console.result({"key_check_value": key.check_value})


@source_app.command("tokenise")
def tokenise(
    source: Annotated[str, typer.Option("--source", help="asc_person or cld.")],
    file: Annotated[Path, typer.Option("--file", help="The council's own file, with identifiers.")],
    key: Annotated[Path, typer.Option("--key", help="The transit key file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files that may leave.")],
    mappings: Annotated[Path | None, typer.Option("--mappings", help="Folder of mappings, where column names differ.")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Made-up people: 9xx NHS numbers are used.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Turn a council's file into match tokens and minimised events, with nothing identifiable in them.

    Ends with 5 where rows were refused, or NHS numbers of the test range were not used.
    """
    from pipelines.console import Console
    from pipelines.tokenise import tokenise as work

    console = Console(as_json, quiet)
    answer = work(source, file, key, out, mappings=mappings, synthetic=synthetic)
    console.table(["token", "people"], [[kind, count] for kind, count in answer["tokens"].items()])
    for name, rows in answer["files"].items():
        console.say(f"{name}: {rows:,} rows.")
    if answer["rejected"] or answer["left_out"]:
        console.say(f"{answer['rejected']:,} rows refused, {answer['left_out']:,} values left out.")
    if answer["test_numbers"]:
        console.block(
            f"Warning: the NHS numbers of {answer['test_numbers']:,} people are of the test range (9xx), and no token was made "
            "of them. For made-up people say --synthetic."
        )
    console.result(answer)
    raise typer.Exit(WITH_WARNINGS if answer["rejected"] or answer["test_numbers"] else 0)
