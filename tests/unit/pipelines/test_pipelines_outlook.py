"""What purposes and bases let a night of a day do, with which code it would end, and how that reads at 80 columns."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.config import load_configuration
from pipelines.console import Console
from pipelines.example import make_project
from pipelines.forecast import other_lacks
from pipelines.outlook import outlook, with_national_list
from pipelines.project import Project
from tests.permitted import permit

DAY = dt.date(2026, 9, 30)
Change = Callable[[str], str]


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Project:
    """A project that may do everything, with a file of the register and one of the practices, of which only the names count."""
    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    permit(tmp_path / "area")
    project = Project.at(tmp_path / "area")
    text = project.configuration.read_text().replace("synthetic = false", "synthetic = true")  # so that no clock counts
    project.configuration.write_text(re.sub(r"(?m)^# (?=\[opt_outs\]|max_age_days|reference = \"who agreed)", "", text))
    for name in ("register/register_2026-09-30.csv", "gp/gp_patient_2026-09-30.csv", "opt_outs/national_2026-09-28.csv"):
        (project.inbox / name).parent.mkdir()
        (project.inbox / name).write_text("a\n1\n")
    return project


def without_purposes(text: str) -> str:
    return re.sub(r"(?m)^\[\[purpose\]\]\n(?:.+\n)*", "", text)


def reviewed_by(day: str) -> Change:
    return lambda text: text.replace("review_by = 2028-01-04", f"review_by = {day}", 1)


def ended(source: str, purpose: str, day: str = "2026-09-29") -> Change:
    start = rf'(source = "{source}"\npurpose = "{purpose}"\n(?:.*\n)*?valid_to = )2028-01-04'
    return lambda text: re.sub(start, rf"\g<1>{day}", text, count=1)


def changed(project: Project, change: Change) -> None:
    text = project.configuration.read_text()
    assert change(text) != text
    project.configuration.write_text(change(text))


def flow(purpose: str, word: str) -> Change:
    return lambda text: re.sub(rf'(id = "{purpose}"\n(?:.*\n)*?flow = )"[^"]*"', rf'\g<1>"{word}"', text, count=1)


def bases(project: Project, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["governance", "bases", "--project", str(project.root), *options], env={"COLUMNS": "80"})
    return done.exit_code, done.output


@pytest.mark.parametrize(("change", "code", "last"), [
    (without_purposes, 4, "may run: no [[purpose]] risk-stratification is declared (and 2 more reasons, above)."),
    (reviewed_by("2026-09-29"), 4, "may run: the purpose risk-stratification was to be reviewed by 2026-09-29."),
    (flow("risk-stratification", "direct care"), 4, 'may run: data cannot flow for risk-stratification as "direct care".'),
    (flow("population-analysis", "legal duty"), 5, "may run: 3 purposes hold; 0 bases end within 30 days."),  # against its bases
    (ended("register", "case-management"), 4, "No night of 2026-09-30 may run: register: "),
    (ended("gp", "risk-stratification"), 5, "may run: 3 purposes hold; 0 bases end within 30 days; not read would be: gp."),
    (ended("csds", "risk-stratification"), 0, "may run: 3 purposes hold; 0 bases end within 30 days."),  # nothing of it is there
    (ended("gp", "population-analysis"), 0, "may run: 3 purposes hold; 0 bases end within 30 days."),  # it is read all the same
    (ended("gp", "case-management", "2026-10-30"), 0, "may run: 3 purposes hold; 1 basis ends within 30 days."),
])  # fmt: skip
def test_the_command_ends_as_the_night_would_and_says_so_last(project: Project, change: Change, code: int, last: str) -> None:
    changed(project, change)
    assert outlook(project, load_configuration(project), (DAY,)).exit_code == code
    ended_with, said = bases(project, "--as-at", DAY.isoformat())
    assert ended_with == code
    assert said.count("No night of 2026-09-30 may run") == (code == 4)
    assert last in " ".join(said[max(said.rfind("A night of"), said.rfind("No night of")) :].split())


@pytest.mark.parametrize(("days", "decided", "code", "said"), [
    (2, "", 0, ""),
    (1, "", 4, "E-OPTOUT-STALE: the national opt-out list is 2 days old, more than 1."),
    (1, 'without_national_check = "CG/9"\n', 5, "risk-stratification goes on without one, by CG/9."),
])  # fmt: skip
def test_a_check_also_asks_for_a_fresh_national_list(project: Project, days: int, decided: str, code: int, said: str) -> None:
    text = project.configuration.read_text().replace("max_age_days = 7", f"max_age_days = {days}")
    text = text.replace('\nid = "risk-stratification"\n', f'\nid = "risk-stratification"\n{decided}', 1)
    project.configuration.write_text(text)
    configuration = load_configuration(project)
    ahead = outlook(project, configuration, (DAY,))
    assert (ahead.exit_code, ahead.warnings) == (0, ())  # what the register says does not hang on a list
    found = with_national_list(ahead, project, configuration, (DAY,))
    assert found.exit_code == code
    assert said in " ".join([*map(str, found.stopped_by), *found.warnings])


def test_a_past_day_does_not_bring_back_what_has_ended_by_today(project: Project) -> None:
    """Where people are real; the last day of the bases lies before any day on which this test can run."""
    changed(project, lambda text: text.replace("synthetic = true", "synthetic = false").replace("2028-01-04", "2026-10-31"))
    code, said = bases(project, "--as-at", DAY.isoformat())
    assert (code, "E-PURPOSE-OVERDUE" in said) == (4, True)
    changed(project, lambda text: text.replace("synthetic = false", "synthetic = true"))
    assert bases(project, "--as-at", DAY.isoformat())[0] == 0


def test_it_is_whole_at_eighty_columns(project: Project) -> None:
    changed(project, ended("gp", "case-management", "2026-10-12"))
    code, said = bases(project, "--as-at", DAY.isoformat())
    assert code == 0
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "…" not in said
    text = " ".join(said.split())
    for part in (
        "For 2026-09-30, as you asked. For another day: --as-at YYYY-MM-DD.",
        "section 251; answered for by: Head of population health",
        "EXAMPLE/CAG/1 (section 251) 2026-01-05 to 2028-01-04: holds, 461 days left",
        "Example Council: asc_person, cld for risk-stratification, population-analysis",
        "the practices of the example area, jointly: gp for case-management",
        "- Ends in 12 days, on 2026-10-12: Health and Social Care Act 2012, s251A (consistent identifier) and s251B "
        "(duty to share); EXAMPLE/SHARING/1 (gp for case-management). A night of",
    ):
        assert part in text, part
    assert said.count("EXAMPLE/CAG/1") == 1


def test_it_says_for_which_day_it_answers(project: Project) -> None:
    assert "today. For another day" in bases(project)[1]
    changed(project, lambda text: text.replace("[night]\n", "[night]\nas_at = 2026-09-30\n"))
    assert "For 2026-09-30, the as_at of caselink.toml." in bases(project)[1]


def test_a_program_is_told_the_same(project: Project) -> None:
    changed(project, ended("gp", "risk-stratification"))
    code, said = bases(project, "--as-at", DAY.isoformat(), "--json", "--quiet")
    answer = json.loads(said)
    assert code == answer["exit_code"] == 5
    assert (list(answer["not_read"]), answer["stopped_by"]) == (["gp"], [])
    assert answer["refused"] == {"gp": ["risk-stratification"]}


def test_a_project_with_nothing_written_down_may_do_nothing(tmp_path: Path) -> None:
    make_project(tmp_path / "new", Console(quiet=True), example=False, people=0, seed=1)
    code, said = bases(Project.at(tmp_path / "new"))
    assert code == 4
    assert "none is written down" in said
    assert "no [[purpose]] risk-stratification is declared" in said


def test_referrals_without_a_basis_are_named_and_the_afternoon_says_what_to_do(project: Project) -> None:
    (project.inbox / "referrals").mkdir()
    (project.inbox / "referrals" / "north.csv").write_text("nhs_number\n")
    assert outlook(project, load_configuration(project), (DAY,)).exit_code == 0
    changed(project, ended("referrals", "case-management"))
    ahead = outlook(project, load_configuration(project), (DAY,))
    assert ahead.exit_code == 5
    assert [(lack.subject, lack.instead) for lack in other_lacks(ahead)] == [("referrals", "nobody is referred")]
    code, said = bases(project, "--as-at", DAY.isoformat())
    assert (code, "- A night would not read referrals: E-BASIS-EXPIRED:" in " ".join(said.split())) == (5, True)
