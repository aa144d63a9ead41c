"""`caselink serve`: the caseload's pages; `caselink caseload sessions`: who is signed in, and ending it."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli_caseload import caseload_app
from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet


def serve(
    project: ProjectFolder = HERE,
    demo: Annotated[bool, typer.Option("--demo", help="Made-up people only: no sign-in, a one-time address, any role.")] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8000,
    quiet: Quiet = False,
) -> None:
    """Serve the caseload's pages until stopped."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.web_serving import run_server

    run_server(Project.at(project), Console(False, quiet), demo=demo, listen=(host, port))


@caseload_app.command("sessions")
def sessions(
    end: Annotated[str | None, typer.Option("--end", help="End every session of this account.")] = None,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """List open sessions, or end all of one account's."""
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.web_serving import end_sessions, open_sessions

    console, place = Console(as_json, quiet), Project.at(project)
    if end is not None:
        count = end_sessions(place, end)
        console.say(f"{count} session(s) ended.")
        console.result({"ended": count})
        return
    rows = open_sessions(place)
    if rows:
        console.table(list(rows[0]), [list(row.values()) for row in rows], title="Open sessions")
    console.result({"sessions": rows})
