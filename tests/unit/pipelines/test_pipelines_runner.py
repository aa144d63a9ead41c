"""Steps are done once, retried only on input and output errors, and never let a value out."""

from __future__ import annotations

import datetime as dt
import pickle
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.config import Configuration
from pipelines.night import Night, Outcome, Progress, Receipt, Step, load_night, run_id_of, save_plan
from pipelines.project import Project
from pipelines.runner import perform
from schemas.errors import CaselinkError, GateError
from schemas.pseudonymised import Selection

SECRET = "943 476 5919"


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\n')
    project = Project.at(tmp_path)
    project.make_folders()
    return Night(project, Configuration.model_validate({"area": {"name": "x"}}), dt.date(2026, 1, 1), "abc", None)


class Count:
    """A step's work that counts how often it is called and writes one table."""

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self.errors = list(errors)

    def __call__(self, night: Night, _progress: Progress) -> Outcome:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        rows = pa.table({"pseudonym": ["a"], "tier": ["none"], "why": ["x"]})
        return Outcome((night.shelf.put(Selection, "selection", rows),), ("a warning",))


def test_a_step_whose_receipt_holds_is_not_done_again(night: Night) -> None:
    work = Count()
    first = perform(night, Step("select", "Select", work))
    second = perform(night, Step("select", "Select", work))
    assert work.calls == 1
    assert first == second
    assert (first.rows, first.outcome.warnings) == (1, ("a warning",))
    assert first.peak_memory_mb > 0


def test_a_step_whose_table_was_damaged_is_done_again(night: Night) -> None:
    work = Count()
    perform(night, Step("select", "Select", work))
    (night.shelf.folder / "pseudonymised" / "selection.parquet").write_bytes(b"damaged")
    perform(night, Step("select", "Select", work))
    assert work.calls == 2


def test_progress_ends_full_whether_done_now_or_before(night: Night) -> None:
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        perform(night, Step("select", "Select", Count()), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1), (1, 1)]


@pytest.mark.parametrize(("retries", "failures", "calls"), [(2, 2, 3), (1, 0, 1)])
def test_an_input_or_output_error_is_tried_again(
    night: Night, monkeypatch: pytest.MonkeyPatch, retries: int, failures: int, calls: int
) -> None:
    monkeypatch.setattr("pipelines.runner.time.sleep", lambda _seconds: None)
    work = Count(*(OSError("share away") for _ in range(failures)))
    perform(night, Step("land", "Land", work, retries))
    assert work.calls == calls


def test_other_errors_are_not_tried_again_and_lose_their_values(night: Night) -> None:
    work = Count(ValueError(SECRET))
    with pytest.raises(CaselinkError) as caught:
        perform(night, Step("land", "Land", work, 3))
    assert work.calls == 1
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)
    assert SECRET.encode() not in pickle.dumps(caught.value)
    assert "ValueError at tests" not in str(caught.value)
    assert Receipt.load(night, "land") is None


def test_a_coded_error_keeps_its_kind(night: Night) -> None:
    with pytest.raises(GateError) as caught:
        perform(night, Step("assure", "Assure", Count(GateError("E-GATE", "red", cure="look"))))
    assert (caught.value.code, caught.value.exit_code) == ("E-GATE", 3)


def test_a_planned_night_can_be_loaded_by_its_id(night: Night) -> None:
    save_plan(night)
    assert load_night(night.project, "abc") == night


def test_a_night_whose_staging_folder_is_gone_starts_anew(night: Night) -> None:
    """Its receipts lie in the vault: a step that made no table there would else be taken for done."""
    save_plan(night)
    perform(night, Step("outputs", "Outputs", lambda _night, _progress: Outcome()))
    save_plan(night)
    assert Receipt.load(night, "outputs") is not None
    shutil.rmtree(night.project.staging(night.run_id))
    save_plan(night)
    assert Receipt.load(night, "outputs") is None


def test_the_run_id_follows_every_part_and_no_order() -> None:
    assert run_id_of({"a": 1, "b": 2}) == run_id_of({"b": 2, "a": 1})
    assert run_id_of({"a": 1, "b": 2}) != run_id_of({"a": 1, "b": 3})
    assert len(run_id_of({})) == 16
