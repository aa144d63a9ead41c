"""The doctor finds what is wrong and says the cure."""

import json
from pathlib import Path

import pytest

from pipelines.console import Console
from pipelines.doctor import Finding, examine
from pipelines.example import make_project
from pipelines.project import Project
from tests.conftest import caselink, caselink_alone


@pytest.fixture
def healthy(tmp_path: Path) -> Project:
    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    return Project.at(tmp_path / "area")


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {each.name: each for each in findings}


def test_a_new_project_is_healthy(healthy: Project) -> None:
    found = by_name(examine(healthy))
    assert {each.state for each in found.values()} == {"ok"}, found
    assert {"python", "prefect", "fastapi", "sqlalchemy", "pandas", "telemetry", "vault", "key", "disk"} <= found.keys()


def test_each_thing_wrong_is_found_with_its_cure(healthy: Project) -> None:
    healthy.vault.chmod(0o755)
    (healthy.secrets / "root.key").unlink()
    found = by_name(examine(healthy))
    assert (found["vault"].state, found["vault"].cure) == ("fail", "chmod 700 vault")
    assert found["key"].state == "fail"
    healthy.configuration.write_text("[aera]\n")
    assert "nearest right key is area" in by_name(examine(healthy))["configuration"].found


def test_folders_that_are_not_there_yet_are_only_warned_of(healthy: Project) -> None:
    healthy.state.rmdir()
    assert by_name(examine(healthy))["state"].state == "warn"


def test_a_pin_that_is_broken_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.doctor.importlib.metadata.version", lambda _name: "99.1.0")
    found = by_name(examine(None))
    assert {found[name].state for name in ("prefect", "fastapi", "sqlalchemy", "pandas")} == {"fail"}
    assert found["fastapi"].cure == "run `make setup`"


def test_the_command_ends_with_1_where_something_fails(healthy: Project) -> None:
    assert caselink("doctor", "--quiet", "--project", str(healthy.root)).returncode == 0
    healthy.vault.chmod(0o755)
    done = caselink("doctor", "--json", "--project", str(healthy.root))
    assert done.returncode == 1
    assert [each["name"] for each in json.loads(done.stdout)["findings"] if each["state"] == "fail"] == ["vault"]


@pytest.mark.prefect
def test_a_one_step_flow_is_run_where_asked(healthy: Project) -> None:
    done = caselink_alone("doctor", "--flow", "--json", "--project", str(healthy.root))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["findings"][-1]["found"] == "a one-step flow ran"


def test_pages_without_their_style_are_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from caseload.web import assets

    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    found = by_name(examine(None))["page style"]
    assert (found.state, found.cure) == ("warn", "with a network: make setup")
    (tmp_path / assets.STAMP).write_text(assets.STYLE.sha512)
    assert by_name(examine(None))["page style"].state == "ok"
