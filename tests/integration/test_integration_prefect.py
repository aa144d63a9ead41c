"""The night under Prefect: what it stores, what it schedules, and that it ends as the direct night does."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import FALLS_BACK, caselink, caselink_alone, measured_alone, process_environment

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def prefect_night(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(example, tmp_path_factory.mktemp("prefect") / "area"))
    done = caselink_alone("run", "--project", str(folder))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    (folder / "terminal.txt").write_text(done.stdout + done.stderr)
    return folder


@pytest.fixture
def with_home(example: Path, prefect_night: Path, tmp_path: Path) -> Path:
    """The example with Prefect's home of a night before, so that its database need not be made again."""
    folder = Path(shutil.copytree(example, tmp_path / "area"))
    shutil.copytree(prefect_night / "state" / "prefect", folder / "state" / "prefect", dirs_exist_ok=True)
    return folder


def stored(project: Path) -> bytes:
    """Every byte Prefect keeps of us."""
    return b"".join(path.read_bytes() for path in (project / "state" / "prefect").rglob("*") if path.is_file())


def test_a_night_under_prefect_publishes_and_shows_every_step(prefect_night: Path) -> None:
    from pipelines.overnight import STORY

    assert (prefect_night / "CURRENT").is_file()
    terminal = (prefect_night / "terminal.txt").read_text()
    for step in STORY:
        assert step.title in terminal, step.title


def test_prefects_home_is_the_projects_own_and_private(prefect_night: Path) -> None:
    assert (prefect_night / "state" / "prefect").stat().st_mode & 0o077 == 0
    assert list((prefect_night / "state" / "prefect").glob("prefect.db*"))


def test_prefect_knows_steps_and_run_ids_and_no_identifier_or_pseudonym(prefect_night: Path) -> None:
    kept = stored(prefect_night)
    run_id = json.loads((prefect_night / "CURRENT").read_text())["run_id"]
    assert run_id.encode() in kept
    assert b"linkage-waterfall" in kept
    register = next((prefect_night / "inbox" / "register").glob("register_2*"))
    rows = [line.split(",") for line in register.read_text().splitlines()]
    column = [name.strip('"') for name in rows[0]].index("NHS_NUMBER")
    numbers = {row[column].strip('"').encode() for row in rows[1:]}
    assert not any(number in kept for number in numbers if len(number) == 10)
    assert (prefect_night / "secrets" / "root.key").read_bytes().strip() not in kept
    assert b"night1-" not in kept
    assert b"csu1-" not in kept


def run_in_test_server(code: str, home: Path, **environment: str) -> str:
    program = "from pathlib import Path\nfrom pipelines import prefect_settings\nimport sys\n"
    program += "prefect_settings.apply(Path(sys.argv[1]))\n" + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)],
        capture_output=True,
        text=True,
        check=False,
        env={**process_environment(measured=False), "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120", **environment},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_the_schedule_yields_scheduled_runs_at_half_past_two_in_london(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\n')
    said = run_in_test_server(
        f"""
        import asyncio, json
        from zoneinfo import ZoneInfo
        from prefect.testing.utilities import prefect_test_harness
        with prefect_test_harness(server_startup_timeout=90):
            from prefect.client.orchestration import get_client
            from prefect.client.schemas.sorting import FlowRunSort
            from prefect.server.services.scheduler import schedule_deployments
            from pipelines.deployment import deployment_options
            from pipelines.flow import caselink_night
            from pipelines.project import Project
            options = deployment_options(Project.at(Path({str(tmp_path)!r})))
            options.pop("pause_on_shutdown")
            limit = options["global_limit"]
            options.pop("global_limit")
            deployment_id = caselink_night.to_deployment(**options, concurrency_limit=limit).apply()
            asyncio.run(schedule_deployments())
            with get_client(sync_client=True) as client:
                runs = client.read_flow_runs(limit=50, sort=FlowRunSort.ID_DESC)
                deployment = client.read_deployment(deployment_id)
            london = ZoneInfo("Europe/London")
            print(json.dumps({{
                "states": sorted({{run.state.type.value for run in runs}}),
                "times": sorted({{f"{{run.expected_start_time.astimezone(london):%H:%M}}" for run in runs}}),
                "zone": deployment.schedules[0].schedule.timezone,
                "limit": deployment.global_concurrency_limit.limit,
                "collision": deployment.concurrency_options.collision_strategy.value,
                "parameters": deployment.parameters,
            }}))
        """,
        tmp_path / "home",
    )
    answer = json.loads(said.strip().splitlines()[-1])
    assert answer["states"] == ["SCHEDULED"]
    assert answer["times"] == ["02:30"]
    assert (answer["zone"], answer["limit"], answer["collision"]) == ("Europe/London", 1, "CANCEL_NEW")
    assert answer["parameters"] == {"project": str(tmp_path)}


@pytest.mark.parametrize(("start", "offsets"), [("2026-03-28", ["+0000", "+0100"]), ("2026-10-24", ["+0100", "+0000"])])
def test_both_clock_change_nights_run_once_at_half_past_two(start: str, offsets: list[str], tmp_path: Path) -> None:
    said = run_in_test_server(
        f"""
        import asyncio, datetime as dt, json
        from pipelines.deployment import nightly
        from prefect.client.schemas.schedules import CronSchedule
        from prefect.server.schemas.schedules import CronSchedule as ServerCron
        schedule = nightly()
        cron = ServerCron(cron=schedule.cron, timezone=schedule.timezone)
        begin = dt.datetime.fromisoformat({start!r}).replace(tzinfo=dt.timezone.utc)
        dates = asyncio.run(cron.get_dates(n=3, start=begin, end=begin + dt.timedelta(days=2)))
        print(json.dumps([date.strftime("%d %H:%M %z") for date in dates]))
        """,
        tmp_path / "home",
    )
    times = json.loads(said.strip().splitlines()[-1])
    assert [each.split()[1] for each in times] == ["02:30", "02:30"]
    assert [each.split()[2] for each in times] == offsets


def test_a_failing_step_stores_a_coded_error_and_no_value(with_home: Path) -> None:
    folder = with_home
    assert b"E-REGISTER" not in stored(folder)
    shutil.rmtree(folder / "inbox" / "register")
    done = caselink("run", "--quiet", "--project", str(folder), measured=False)
    assert done.returncode == 1
    assert "E-REGISTER" in done.stderr
    assert "Traceback" not in done.stderr
    assert b"E-REGISTER" in stored(folder)


def test_a_served_schedule_performs_a_night(with_home: Path, tmp_path: Path) -> None:
    folder = with_home
    for source in (folder / "inbox").iterdir():
        if source.name not in ("register", "lookups", "opt_outs"):
            shutil.rmtree(source)
    command = measured_alone("pipelines.cli", "schedule", "--project", str(folder))
    eager = {
        **process_environment(measured=False),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }  # seconds between looks for work
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=eager) as served:
        try:
            assert served.stdout is not None
            address = next(re.search(r"http://127\.0\.0\.1:\d+", line) for line in served.stdout if "http://127" in line)
            assert address is not None
            state = run_in_test_server(
                """
                import time
                from prefect.client.orchestration import get_client
                with get_client(sync_client=True) as client:
                    deployment = client.read_deployment_by_name("caselink-night/nightly")
                    run = client.create_flow_run_from_deployment(deployment.id)
                    for _ in range(180):
                        state = client.read_flow_run(run.id).state
                        if state.is_final():
                            break
                        time.sleep(1)
                    print(state.type.value)
                """,
                tmp_path / "home",
                PREFECT_API_URL=f"{address.group()}/api",
            )
        finally:
            served.send_signal(signal.SIGINT)
            served.communicate(timeout=60)
    assert state.strip().splitlines()[-1] == "COMPLETED"
    assert (folder / "CURRENT").is_file()
