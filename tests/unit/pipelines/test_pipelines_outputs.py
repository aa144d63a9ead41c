"""What analysts get where something may not leave: views that work, and nothing where the national list is too old."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines import outputs
from pipelines.config import Configuration
from pipelines.night import Night, Outcome, Receipt
from pipelines.objections import WITHHELD_FROM_ANALYSTS
from pipelines.outputs import views_over
from pipelines.project import Project
from tests.permitted import permitted


def test_views_are_those_whose_tables_are_there(tmp_path: Path) -> None:
    for name in ("person", "score"):
        (tmp_path / f"{name}.parquet").write_bytes(b"")
    views = views_over(tmp_path)
    assert "VIEW person AS" in views
    assert "VIEW score AS" in views
    assert not any(
        f"VIEW {name} AS" in views for name in ("feature", "selection", "activity", "person_score", "activity_by_month")
    )
    (tmp_path / "selection.parquet").write_bytes(b"")
    assert "VIEW person_score AS" in views_over(tmp_path)
    for name in ("feature", "proposal", "activity/gp"):
        (tmp_path / f"{name}.parquet").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.parquet").write_bytes(b"")
    assert views_over(tmp_path) == (Path(outputs.__file__).parent / "views.sql").read_text(encoding="utf-8")


def test_with_an_old_national_list_analysts_get_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = Configuration.model_validate(permitted(area={"name": "x"}))
    night = Night(Project(tmp_path), configuration, dt.date(2026, 10, 31), "0123456789abcdef", None)
    Receipt("opt_outs", Outcome(figures={WITHHELD_FROM_ANALYSTS: 1.0}), 0.0, 0.0).save(night)
    monkeypatch.setattr(outputs, "field_list", lambda _: pytest.fail("something was written"))
    outputs._analysts(night, {})
    assert not (night.shelf.folder / "out").exists()
    Receipt("opt_outs", Outcome(), 0.0, 0.0).save(night)
    with pytest.raises(pytest.fail.Exception, match="something was written"):
        outputs._analysts(night, {})
