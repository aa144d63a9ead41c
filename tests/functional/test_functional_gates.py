"""What a gate does to a whole night: green and kept models, an amber and a red one, and the good night after it.

The gates are those of models fitted on what an area delivers (`tests.gated_area`): before an amber night a sixth more people were
admitted in the last year than in those before, before a red one three fifths more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pyarrow.parquet as pq
import pytest

from tests import gated_area
from tests.conftest import caselink
from tests.functional.test_functional_stratify_explain import check_reasons_add_up

pytestmark = pytest.mark.deep  # seven nights; what a night that fell back says is read in every run (test_functional_night.py)

RED, WITH_WARNINGS = 3, 5
NAMES = ("first", "next", "later", "amber", "red", "after", "held")
LISTS = "emergency_admission"


class Night(NamedTuple):
    """What a run said, and what was served, listed and in the folder of nights after it."""

    done: subprocess.CompletedProcess[str]
    current: str
    runs: list[dict[str, Any]]
    folders: list[str]
    foretold: dict[str, Any]
    served: dict[str, str]

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.done.stdout)
        return found

    @property
    def folder(self) -> Path:
        return Path(self.said["report"]).parent

    @property
    def fitted(self) -> dict[str, str]:
        found: dict[str, dict[str, str]] = json.loads((self.folder / "model" / "fitted.json").read_text())
        return found["emergency_admission_12_months"]

    @property
    def model(self) -> str:
        return digest(self.folder / "model" / f"{LISTS}.skops")

    @property
    def gates(self) -> dict[str, str]:
        rows = pq.read_table(self.folder / "aggregate" / "gate.parquet", partitioning=None).to_pylist()
        return {row["gate"]: row["state"] for row in rows if row["score"] == "emergency_admission_12_months"}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(area: Path, day: int) -> Night:
    as_at = (gated_area.FIRST + dt.timedelta(days=day)).isoformat()
    ahead = caselink("check", "--forecast", "--json", "--as-at", as_at, "--project", str(area), measured=False)
    done = caselink("run", "--direct", "--json", "--as-at", as_at, "--project", str(area), measured=False)
    current = json.loads((area / "CURRENT").read_text())["run_id"]
    runs = json.loads(caselink("runs", "list", "--json", "--project", str(area), measured=False).stdout)["runs"]
    folders = sorted(path.name for path in (area / "runs").iterdir() if not path.name.startswith("."))
    out = area / "runs" / current
    served = {str(path.relative_to(out)): digest(path) for path in sorted(out.rglob("*")) if path.is_file()}
    return Night(done, current, runs, folders, {**json.loads(ahead.stdout), "code": ahead.returncode}, served)


def halve(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[1::2]]))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Night]:
    area = gated_area.make(tmp_path_factory.mktemp("gates") / "area")
    last, usual = gated_area.YEARS[-1], gated_area.ADMITTED

    def told() -> Iterator[Night]:
        gated_area.deliver(area, last, admitted=usual, odd=True)
        yield run(area, 0)
        yield run(area, 1)
        gated_area.refit_after(area, 2)
        gated_area.deliver(area, last, admitted=usual + 5)
        yield run(area, 2)
        gated_area.refit_after(area, 1)
        gated_area.deliver(area, last, admitted=usual * 118 // 100)
        yield run(area, 3)
        gated_area.deliver(area, last, admitted=usual * 160 // 100)
        gated_area.register(area, gated_area.FIRST + dt.timedelta(days=4), people=gated_area.PEOPLE + gated_area.NEW)
        yield run(area, 4)
        gated_area.deliver(area, last, admitted=usual + 5)
        yield run(area, 5)
        halve(area / "inbox" / "sus_apc" / f"sus_apc_{last}-08.csv")
        yield run(area, 6)

    return dict(zip(NAMES, told(), strict=True))


def about(night: Night) -> dict[str, str]:
    """The first sheet of a team's list."""
    book = openpyxl.load_workbook(night.folder / "out" / "harbour" / "caseload.xlsx", read_only=True)
    rows = book[book.sheetnames[0]].iter_rows(values_only=True, max_col=2)
    return {str(row[0]): str(row[1]) for row in rows if row[0]}


def people(night: Night) -> set[str]:
    found: list[str] = pq.read_table(night.folder / "pseudonymised" / "person.parquet", partitioning=None)[
        "pseudonym"
    ].to_pylist()
    assert len(found) == len(set(found))
    return set(found)


def lacks(night: Night) -> set[str | None]:
    """What the rows of every team's list say they do without."""
    lists = [pq.read_table(path, partitioning=None) for path in sorted(night.folder.glob("out/*/caseload.parquet"))]
    assert sum(table.num_rows for table in lists) > 10
    return {text for table in lists for text in table["data_lacks"].to_pylist()}


def test_a_green_model_is_published_and_kept_until_it_is_old(nights: dict[str, Night]) -> None:
    first, following, later = nights["first"], nights["next"], nights["later"]
    assert set(first.gates.values()) == {"green"}
    assert (following.model, following.fitted["fitted_on"]) == (first.model, "2026-09-30")
    assert following.fitted["why"] == "it is young enough"
    assert (later.fitted["fitted_on"], later.fitted["why"]) == ("2026-10-02", "it was fitted 2 days ago")
    assert later.model != first.model
    for night, day in ((first, "30 September"), (following, "30 September"), (later, "2 October")):
        assert about(night)["What gave the risk"] == f"The model fitted on {day} 2026."
        assert lacks(night) == {None}
        assert not any("emergency admission" in line for line in night.said["warnings"])
    assert [len(night.runs) for night in (first, following, later)] == [1, 2, 3]


def test_an_amber_model_leaves_yesterdays_in_its_place_and_the_night_says_so(nights: dict[str, Night]) -> None:
    night, before = nights["amber"], nights["later"]
    words = "a gate of tonight's model is amber: the model fitted on 2026-10-02 is kept (expected over observed"
    assert night.done.returncode == WITH_WARNINGS, night.done.stderr
    assert night.said["published"]
    assert any(line.startswith(f"emergency admission within 12 months: {words}") for line in night.said["warnings"])
    assert night.model == before.model
    assert night.fitted["fitted_on"] == "2026-10-02"
    assert night.current == night.said["run_id"] != before.current
    assert lacks(night) == {"risk by the model of 2 October 2026, as tonight's has an amber gate"}
    assert "it is kept, as a gate of tonight's model is amber" in about(night)["What gave the risk"]
    assert "kept: a gate of a later one was amber: expected over observed" in (night.folder / "report.html").read_text()
    assert words in (night.folder / "handover.md").read_text()


def test_a_red_model_makes_no_list_and_yesterdays_are_served_untouched(nights: dict[str, Night]) -> None:
    night, before = nights["red"], nights["amber"]
    assert (night.done.returncode, night.done.stdout) == (RED, "")
    said = night.done.stderr.splitlines()[-1]  # beneath the progress of its steps
    assert said.startswith("E-GATE-RED: the model failed its gate: expected over observed; no new list is published. Cure: ")
    assert (night.current, night.runs, night.folders) == (before.current, before.runs, before.folders)
    assert night.served == before.served


def test_the_good_night_after_a_red_one_is_published(nights: dict[str, Night]) -> None:
    night, before = nights["after"], nights["amber"]
    assert night.done.returncode == WITH_WARNINGS, night.done.stderr
    assert set(night.gates.values()) == {"green"}
    assert json.loads((night.folder / "manifest.json").read_text())["parent"] == before.current
    assert night.runs[:-1] == [{**row, "current": False} for row in before.runs]
    assert night.fitted["fitted_on"] == "2026-10-05"
    assert lacks(night) == {None}
    now, then = people(night), people(before)
    assert (len(now - then), then - now) == (gated_area.NEW, set()), (
        "whom the red night met first are there once, the others as before"
    )


def test_reasons_add_up_to_the_score_of_a_fitted_model(nights: dict[str, Night]) -> None:
    check_reasons_add_up(nights["first"].folder / "pseudonymised")


def test_rows_that_cannot_be_are_each_named_in_one_line_and_counted(nights: dict[str, Night]) -> None:
    first = nights["first"]
    handover = (first.folder / "handover.md").read_text().splitlines()
    odd = gated_area.ODD
    assert [line for line in handover if line.startswith("- sus_apc: events")] == [
        f"- sus_apc: events that start before the person's birth, left out: {odd}.",
        f"- sus_apc: events that start after the person's death, left out: {odd}.",
        f"- sus_apc: events that end before they start, kept as events of one day: {odd}.",
        f"- sus_apc: events that have a negative cost, kept without it: {odd}.",
    ]
    assert f"- sus_apc, code not in list: value left out: {odd} rows" in handover
    events = pq.read_table(first.folder / "pseudonymised" / "activity" / "sus_apc.parquet", partitioning=None)
    rows = 2 * gated_area.ADMITTED * len(gated_area.YEARS)
    assert events.num_rows == rows + 3 * odd, "only what cannot be of this person is left out"


@pytest.mark.parametrize("name", NAMES)
def test_the_afternoon_foretells_what_the_night_lacks_and_nothing_else(name: str, nights: dict[str, Night]) -> None:
    night = nights[name]
    lacks = [row["subject"] for row in night.foretold["lacks"]]
    assert (lacks, night.foretold["code"]) == ((["sus_apc"], WITH_WARNINGS) if name == "held" else ([], 0))
    warned = [] if name == "red" else [line for line in night.said["warnings"] if " is stale: " in line]
    assert [line.split(" is ")[0] for line in warned] == lacks
    by_rule = {row["score"] for row in night.foretold["by_rule_last_night"]}
    assert by_rule == (set() if name == "first" else {"readmission_30_days", "long_term_care_12_months"})


def test_half_a_feed_is_held_and_the_night_rests_on_the_last_ones_files(nights: dict[str, Night]) -> None:
    night, before = nights["held"], nights["after"]
    assert night.done.returncode == WITH_WARNINGS, night.done.stderr
    assert lacks(night) == {"Admissions (SUS) to 31 August 2026 (stale)"}
    assert night.gates == before.gates, "the model is fitted on the same files"
