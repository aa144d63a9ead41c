"""The child beyond the wall knows no key and no vault, and its refusals come back as its own."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import analytic
from pipelines.analytic import Bench, in_child
from pipelines.config import Configuration
from pipelines.night import Night, silent
from pipelines.project import Project
from schemas.errors import CaselinkError, GateError

SETTINGS = {
    "area": {"name": "x"},
    "team": [{"id": "north", "name": "North team", "locality": "North"}],
    "professional": [{"id": "ap1", "team": "north", "capacity": 3}],
}


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\n')
    return Night(Project.at(tmp_path), Configuration.model_validate(SETTINGS), dt.date(2026, 1, 1), "abc", "parent")


def test_a_bench_crosses_as_text_and_comes_back_the_same(night: Night) -> None:
    bench = Bench.of(night)
    assert Bench.load(bench.dump()) == bench
    assert bench.parent_folder == night.project.night("parent")


def test_a_bench_says_nothing_of_vault_key_or_stores(night: Night) -> None:
    said = Bench.of(night).dump()
    assert not any(word in said for word in ("vault", "secret", "key", "application.db", "inbox"))


def test_the_childs_environment_holds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELINK_ROOT_KEY_FILE", "/somewhere")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/somewhere")
    with analytic._start() as child:
        environment = Path(f"/proc/{child.pid}/environ").read_bytes().decode()
        child.kill()
    names = {each.split("=")[0] for each in environment.split("\0") if each}
    assert names <= set(analytic.KEPT_ENVIRONMENT)


def test_a_child_whose_parent_is_gone_ends_at_once(night: Night) -> None:
    with analytic._start() as child:
        assert child.stdin is not None
        child.stdin.write(f"measures {Bench.of(night).dump()}\n")
        child.stdin.close()
        assert child.wait(20) == 1


def test_a_child_that_cannot_be_told_anything_has_no_answer() -> None:
    with analytic._start() as child:
        child.kill()
        child.wait()
        assert analytic._ask(child, "x" * 1_000_000) == ""


def test_an_unknown_end_of_the_child_is_coded_and_shows_nothing_of_it() -> None:
    for code, text in ((-9, ""), (1, "Traceback 943 476 5919"), (0, "[]")):
        with pytest.raises(CaselinkError, match="E-CHILD") as caught:
            analytic._answer(code, text)
        assert "943" not in str(caught.value)


def test_a_refusal_in_the_child_is_raised_here_with_its_kind() -> None:
    said = json.dumps({"kind": "GateError", "code": "E-GATE", "message": "red.", "cure": ""})
    with pytest.raises(GateError, match="red"):
        analytic._answer(1, said)


def test_a_real_child_refuses_a_folder_without_tables(night: Night) -> None:
    with pytest.raises(CaselinkError) as caught:
        in_child("features")(night, silent)
    assert str(night.project.root) not in str(caught.value)
    assert analytic.BEYOND.child is None


def test_one_child_does_every_step_and_ends_by_itself_when_told(night: Night) -> None:
    child = analytic._start()
    beyond = analytic.Beyond()
    beyond.child = child
    for name in ("select", "propose"):
        with pytest.raises(CaselinkError, match="E-"):
            beyond.perform(name, Bench.of(night).dump())
        assert beyond.child is child
        assert child.poll() is None
    beyond.dismiss()
    assert (beyond.child, child.returncode) == (None, 0)


def test_a_child_that_was_killed_is_told_as_such_and_leaves_nothing_behind(night: Night) -> None:
    """As when memory runs out: before a step, and with the pipe already broken."""
    analytic.BEYOND.child = analytic._start()
    analytic.BEYOND.child.kill()
    analytic.BEYOND.child.wait()
    with pytest.raises(CaselinkError, match="E-CHILD"):
        in_child("features")(night, silent)
    assert analytic.BEYOND.child is None


def test_half_an_answer_is_none() -> None:
    beyond = analytic.Beyond()
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; input(); sys.stdout.write('{\"half'); sys.stdout.flush(); sys.exit(7)"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as beyond.child, pytest.raises(CaselinkError, match="exit code 7"):  # fmt: skip
        beyond.perform("features", "{}")


def test_a_night_that_stops_between_steps_leaves_no_child() -> None:
    def stopped() -> None:
        with analytic.one_child_a_night():
            analytic.BEYOND.child = analytic._start()
            raise OSError("the receipt could not be written")

    with pytest.raises(OSError, match="receipt"):
        stopped()
    assert analytic.BEYOND.child is None
