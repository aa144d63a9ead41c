"""The hook is told the outcome; the schedule fires at 02:30 in London on every night of the year."""

import datetime as dt
import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.config import Hook
from pipelines.hook import call_hook
from pipelines.project import Project
from pipelines.schedule import CRON, cron_line, systemd_unit


def python_hook(code: str, seconds: int = 20) -> Hook:
    return Hook(command=(sys.executable, "-c", code), timeout_seconds=seconds)


def test_the_hook_gets_the_outcome_and_none_of_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELINK_ROOT_KEY_FILE", "somewhere")
    code = "import json,os,sys; said=json.load(sys.stdin); said['ours']=[k for k in os.environ if k.startswith('CASELINK_')]; "
    code += "open('told.json','w').write(json.dumps(said))"
    assert call_hook(python_hook(code), tmp_path, {"run_id": "abc", "exit_code": 5}) is None
    assert json.loads((tmp_path / "told.json").read_text()) == {"run_id": "abc", "exit_code": 5, "ours": []}


@pytest.mark.parametrize(
    ("hook", "trouble"),
    [
        (Hook(), None),
        (python_hook("raise SystemExit(3)"), "code 3"),
        (python_hook("import time; time.sleep(30)", 1), "within 1 seconds"),
        (Hook(command=("/no/such/command",)), "could not be started"),
    ],
)
def test_a_hook_that_fails_is_a_warning_and_never_stops_a_night(tmp_path: Path, hook: Hook, trouble: str | None) -> None:
    answer = call_hook(hook, tmp_path, {})
    assert (answer is None) if trouble is None else (answer is not None and trouble in answer)


def test_the_printed_schedules_run_the_same_command_at_half_past_two(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").write_text("")
    project = Project.at(tmp_path)
    for text in (systemd_unit(project), cron_line(project)):
        assert f"run --direct --project {tmp_path}" in text
        assert "Europe/London" in text
    assert CRON.split()[:2] == ["30", "2"]


@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 7, 1)])
def test_half_past_two_exists_once_on_both_clock_change_nights(day: dt.date) -> None:
    london = ZoneInfo("Europe/London")
    start = dt.datetime.combine(day, dt.time(), dt.UTC) - dt.timedelta(hours=3)
    minutes = (start + dt.timedelta(minutes=step) for step in range(30 * 60))
    seen = [
        moment for moment in minutes if moment.astimezone(london).replace(tzinfo=None) == dt.datetime.combine(day, dt.time(2, 30))
    ]
    assert len(seen) == 1
