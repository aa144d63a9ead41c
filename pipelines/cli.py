"""The command line. Every command is a few lines here and its work elsewhere; heavy imports wait until a command runs.

Exit codes: 0 done (a no-op too); 1 the run failed; 2 usage or configuration; 3 a quality gate failed and nothing was
published; 4 refused by governance; 5 published with warnings; 6 already running.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.no_core_dumps import forbid_core_dumps
from pipelines.cli_caseload import caseload_app
from pipelines.cli_governance import governance_app
from pipelines.cli_link import link_app
from pipelines.cli_options import HERE, PLAIN, AsAt, AsJson, ProjectFolder, Quiet, day_of
from pipelines.cli_serve import serve
from pipelines.cli_source import source_app
from pipelines.cli_stratify import stratify_app
from schemas.errors import CaselinkError, ConfigurationError, coded

if TYPE_CHECKING:
    from pipelines.console import Console
    from pipelines.project import Project


app = typer.Typer(
    name="caselink",
    help="The overnight pipeline of English integrated care: extracts in; linked people, pseudonymised use, scores, proposals "
    "and caseload lists out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    **PLAIN,
)
runs_app = typer.Typer(help="History: published nights and what changed between them.", **PLAIN)
publish_app = typer.Typer(help="Go back to an earlier night, or let a held file in.", **PLAIN)
app.add_typer(runs_app, name="runs")
app.add_typer(publish_app, name="publish")
app.add_typer(link_app, name="link")
app.add_typer(governance_app, name="governance")
app.add_typer(source_app, name="source")
app.add_typer(stratify_app, name="stratify")
app.add_typer(caseload_app, name="caseload")
app.command()(serve)


def _console(as_json: bool, quiet: bool) -> Console:
    from pipelines.console import Console

    return Console(as_json, quiet)


def _project(folder: Path) -> Project:
    from pipelines.project import Project

    return Project.at(folder)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make the project in.")],
    example: Annotated[
        bool, typer.Option("--example", help="With a fictional area's extracts, so that `run` works at once.")
    ] = False,
    people: Annotated[int, typer.Option(min=200, help="People in the example.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the example.")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a project: folders with their modes, a root key, and a commented caselink.toml."""
    from pipelines.example import make_project

    console = _console(as_json, quiet)
    console.result(make_project(folder, console, example=example, people=people, seed=seed))


@app.command()
def doctor(
    project: ProjectFolder = HERE,
    flow: Annotated[bool, typer.Option("--flow", help="Also run a one-step flow under Prefect.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check versions, pins, disk, rights, keys and telemetry: ok, warn or fail, and the cure."""
    from dataclasses import asdict

    from pipelines.doctor import examine

    console = _console(as_json, quiet)
    place = _project(project) if (project / "caselink.toml").is_file() else None
    findings = examine(place, flow=flow)
    console.table(["check", "state", "found", "cure"], [[each.name, each.state, each.found, each.cure] for each in findings])
    console.result({"findings": [asdict(each) for each in findings]})
    raise typer.Exit(1 if any(each.state == "fail" for each in findings) else 0)


@app.command()
def check(
    project: ProjectFolder = HERE,
    as_at: AsAt = None,
    forecast: Annotated[bool, typer.Option("--forecast", help="Say what tonight will lack, as things stand now.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Check configuration and extracts only: contracts, quarantine counts, age of each feed."""
    console = _console(as_json, quiet)
    if forecast:
        from pipelines.forecast import forecast as look_ahead

        answer, code = look_ahead(_project(project), day_of(as_at), console)
    else:
        from pipelines.checking import check_extracts

        answer, code = check_extracts(_project(project), day_of(as_at), console)
    console.result(answer)
    raise typer.Exit(code)


@app.command()
def run(
    project: ProjectFolder = HERE,
    as_at: AsAt = None,
    direct: Annotated[bool, typer.Option("--direct", help="The same steps without Prefect (cron, tests).")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run the night: resume it where it was cut short, publish it whole or not at all."""
    from pipelines.running import conduct_directly
    from pipelines.running import run as run_night
    from pipelines.summary import summarise

    console, place = _console(as_json, quiet), _project(project)
    conduct = conduct_directly
    if not direct:
        from pipelines import prefect_settings

        prefect_settings.apply(place.state / "prefect")
        from pipelines.flow import conduct_with_prefect

        conduct = conduct_with_prefect
    result = run_night(place, day_of(as_at), console, conduct)
    summarise(result, place, console)
    console.result(result.as_dict(place))
    raise typer.Exit(result.exit_code)


@app.command()
def schedule(
    project: ProjectFolder = HERE,
    show: Annotated[bool, typer.Option("--print", help="Print a systemd unit and a cron line instead of serving.")] = False,
) -> None:
    """Serve the night at 02:30 Europe/London, one run at a time, until stopped."""
    from pipelines.schedule import cron_line, serve, systemd_unit

    place = _project(project)
    if show:
        typer.echo(systemd_unit(place))
        typer.echo(cron_line(place))
        return
    serve(place)


@app.command()
def synth(
    out: Annotated[Path, typer.Option("--out", help="Folder that gets inbox/ and truth/.")],
    people: Annotated[int, typer.Option(min=200, help="People registered in the area.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    night: Annotated[int, typer.Option(min=0, help="Write only what night N after the first brings.")] = 0,
    as_at: AsAt = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a fictional care area's extracts, in the national layouts, with its truth kept apart."""
    from pipelines.example import write_synthetic

    console = _console(as_json, quiet)
    console.result(write_synthetic(out, console, people=people, seed=seed, night=night, as_at=day_of(as_at)))


@runs_app.command("list")
def runs_list(project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """List every publication, oldest first, and which night is served now."""
    from pipelines.history import list_runs

    console = _console(as_json, quiet)
    rows = list_runs(_project(project))
    _print_rows(console, "Publications", rows)
    console.result({"runs": rows})


@runs_app.command("show")
def runs_show(
    run_id: Annotated[str, typer.Argument(help="A run id, or `current`.")] = "current",
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show one night: its steps, its linkage waterfall, the age of its feeds."""
    from pipelines.history import show_run

    console = _console(as_json, quiet)
    shown = show_run(_project(project), run_id)
    for title, rows in shown["tables"].items():
        _print_rows(console, title, rows)
    console.result(shown)


@runs_app.command("diff")
def runs_diff(
    first: Annotated[str, typer.Argument(help="The earlier run id.")],
    second: Annotated[str, typer.Argument(help="The later run id, or `current`.")] = "current",
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Count what changed between two nights: people, tiers, teams, professionals (under the disclosure policy; * is withheld)."""
    from pipelines.history import diff_runs

    console = _console(as_json, quiet)
    changed = diff_runs(_project(project), first, second)
    _print_rows(console, f"{first} to {second}", changed)
    console.result({"first": first, "second": second, "changes": changed})


@publish_app.command("rollback")
def publish_rollback(
    run_id: Annotated[
        str | None, typer.Argument(help="The night to serve again; the one before the current, if not given.")
    ] = None,
    without_analysts: Annotated[
        bool, typer.Option("--without-analysts", help="Take its analysts' tables away where they may no longer have them.")
    ] = False,
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Serve an earlier published night again; the analysts' tables only where basis, purpose and opt-out list still hold."""
    from pipelines.going_back import go_back
    from pipelines.lock import run_lock
    from pipelines.running import today_in_london

    console, place = _console(as_json, quiet), _project(project)
    with run_lock(place.state, "rollback"):
        now, today = dt.datetime.now(dt.UTC), today_in_london()
        row = go_back(place, run_id, without_analysts=without_analysts, at=now, today=today)
    console.say(f"The lists of {row.as_at.isoformat()} (run {row.run_id}) are served again.")
    console.result({"run_id": row.run_id, "as_at": row.as_at.isoformat()})


@publish_app.command("release")
def publish_release(
    source: Annotated[str, typer.Argument(help="The source whose held files are right.")],
    project: ProjectFolder = HERE,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Let a source's held files in from the next run on."""
    from pipelines.lock import run_lock
    from pipelines.plan import release

    console = _console(as_json, quiet)
    place = _project(project)
    with run_lock(place.state, "release"):
        count = release(place, source)
    if not count:
        raise ConfigurationError("E-RELEASE-NONE", "no file of that source is held.", cure="see `caselink check`")
    console.say(f"{count} held file(s) of {source} will be read by the next run.")
    console.result({"source": source, "released": count})


def _print_rows(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        console.table(list(rows[0]), [list(row.values()) for row in rows], title=title)


def main() -> None:
    """Entry point: any refusal is one line on standard error and its exit code; no traceback reaches a user."""
    os.umask(0o077)  # whatever a command writes is its owner's alone
    forbid_core_dumps()
    try:
        coded(app, standalone_mode=True)
    except CaselinkError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
