"""An earlier date brings nothing back: in a project of real people what is done has to be permitted today too."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest

from governance.keys import create_root_key, key_check_value
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.night import Night, as_planned, load_night, save_plan
from pipelines.objections import list_of, set_aside, stale_opt_outs
from pipelines.permission import bases_held, sources_for
from pipelines.project import Project
from pipelines.running import run
from schemas.errors import GovernanceError
from tests.permitted import permit, permitted

AS_AT, TODAY = dt.date(2026, 9, 30), dt.date(2026, 11, 28)
ENDED = dt.date(2026, 10, 15)
ANALYSIS = "population-analysis"


def area(folder: Path, *, synthetic: bool, **ending: str) -> Project:
    """May do everything; what `ending` names, `valid_to` of bases or `review_by` of purposes, is 15 October."""
    root = create_root_key(folder / "secrets" / "root.key")
    (folder / "caselink.toml").write_text(
        f'[area]\nname = "x"\nsynthetic = {str(synthetic).lower()}\n[night]\nas_at = {AS_AT}\n'
        f'[keys]\nfile = "secrets/root.key"\ncheck_value = "{key_check_value(root)}"\n'
        f'[audit]\ncheckpoints = ["{folder.parent / "witness.jsonl"}"]\n'
    )
    permit(folder)
    text = (folder / "caselink.toml").read_text()
    for name in ending.values():
        text = text.replace(f"{name} = 2028-01-04", f"{name} = {ENDED}")
    (folder / "caselink.toml").write_text(text)
    (folder / "inbox" / "register").mkdir(parents=True)
    (folder / "inbox" / "register" / "register_2026-09-28.csv").write_text("NHS_NUMBER\n9990000018\n")
    return Project.at(folder)


def tonight(project: Project, today: dt.date | None) -> Night:
    return Night(project, load_configuration(project), AS_AT, "0123456789abcdef", None, checked_on=today)


@pytest.mark.parametrize(("name", "code"), [("valid_to", "E-BASIS-EXPIRED: register"), ("review_by", "E-PURPOSE-OVERDUE")])
@pytest.mark.parametrize("given", [None, AS_AT, dt.date(2026, 10, 14)], ids=["pinned", "the same", "given"])
def test_no_earlier_date_walks_round_an_ended_basis_or_an_overdue_review(
    tmp_path: Path, name: str, code: str, given: dt.date | None
) -> None:
    project = area(tmp_path, synthetic=False, ending=name)
    with pytest.raises(GovernanceError, match=code):
        run(project, given, Console(quiet=True), _until_preflight, today=TODAY)


class Reached(Exception):  # noqa: N818 - a mark, no error
    """The night began."""


def _until_preflight(night: Night, _console: Console) -> list[object]:  # type: ignore[type-arg]
    from pipelines.night import silent
    from pipelines.steps import preflight

    preflight(night, silent)
    raise Reached


@pytest.mark.parametrize(("synthetic", "today"), [(True, TODAY), (False, ENDED)], ids=["made-up people", "the last day"])
def test_made_up_people_may_be_looked_at_on_any_date_and_the_last_day_counts(
    tmp_path: Path, synthetic: bool, today: dt.date
) -> None:
    from schemas.errors import CaselinkError

    project = area(tmp_path, synthetic=synthetic, basis="valid_to", purpose="review_by")
    with pytest.raises(CaselinkError, match="Reached"):
        run(project, None, Console(quiet=True), _until_preflight, today=today)


def test_what_holds_has_to_hold_on_both_days(tmp_path: Path) -> None:
    project = area(tmp_path, synthetic=False, ending="valid_to")
    night = tonight(project, TODAY)
    assert night.days == (AS_AT, TODAY)
    assert sources_for(night.configuration, ANALYSIS, [AS_AT])
    assert not sources_for(night.configuration, ANALYSIS, night.days)
    assert not bases_held(night.configuration, night.days)
    assert tonight(project, None).days == tonight(project, AS_AT).days == (AS_AT,)


def test_the_opt_out_lists_age_is_todays_too(tmp_path: Path) -> None:
    sections = permitted(area={"name": "x"}, opt_outs={"max_age_days": 7, "reference": "OO/1"})
    night = Night(Project(tmp_path), Configuration.model_validate(sections), AS_AT, "0" * 16, None)
    lists = [list_of(Path("national_2026-09-28.csv"))]
    assert stale_opt_outs(night, lists, ANALYSIS) == ""
    later = dataclasses.replace(night, checked_on=TODAY)
    assert "61 days old, more than 7" in stale_opt_outs(later, lists, ANALYSIS)
    assert stale_opt_outs(later, [*lists, list_of(Path("national_2026-11-27.csv"))], ANALYSIS) == ""


def test_an_approval_that_ended_sets_no_opt_out_aside(tmp_path: Path) -> None:
    configuration = Configuration.model_validate(permitted(area={"name": "x"}))
    bases = [each.model_copy(update={"opt_outs_set_aside": "CAG/9", "valid_to": ENDED}) for each in configuration.basis]
    settings = configuration.model_copy(update={"basis": tuple(bases)})
    night = Night(Project(tmp_path), settings, AS_AT, "0" * 16, None)
    assert set_aside(night, ANALYSIS) == ("national",)
    assert set_aside(dataclasses.replace(night, checked_on=TODAY), ANALYSIS) == ()


def test_the_check_is_decided_once_and_a_resume_over_midnight_keeps_it(tmp_path: Path) -> None:
    """F38: the day of the check stands in the plan; an older one is not taken up, the night begins anew."""
    project = area(tmp_path, synthetic=False)
    first = tonight(project, ENDED)
    save_plan(first)
    assert load_night(project, first.run_id).checked_on == ENDED
    assert as_planned(tonight(project, ENDED)).checked_on == ENDED
    after_midnight = as_planned(tonight(project, ENDED + dt.timedelta(days=1)))
    assert after_midnight.checked_on == ENDED
    save_plan(after_midnight)
    assert json.loads((project.staging(first.run_id) / "plan.json").read_text())["checked_on"] == str(ENDED)
    (project.staging(first.run_id) / "receipts").mkdir()
    late = as_planned(tonight(project, ENDED + dt.timedelta(days=2)))
    assert late.checked_on == ENDED + dt.timedelta(days=2)
    assert not project.staging(first.run_id).exists()
