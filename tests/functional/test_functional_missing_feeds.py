"""Each feed missing, three weeks late, or with half its rows: the night is published on what there is, ends with 5, and says so.

The truth table is nine feeds by three troubles. A night takes all nine feeds at once, each with another trouble, so three nights
are the whole table; what is said is asked for each feed apart.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from measures.report.words import SOURCES as NAMES
from pipelines.config import MAX_AGE_DAYS
from pipelines.console import Console
from pipelines.extracts.delivered import period_of
from pipelines.forecast import forecast
from pipelines.permission import NEEDED
from pipelines.plan import release
from pipelines.project import Project
from schemas.identifiable import SOURCES
from stratify.models.night_models import MODELS
from tests.conftest import FALLS_BACK, caselink

TONIGHT = dt.date(2026, 10, 1)
LATE = dt.timedelta(days=21)


def missing(folder: Path, _source: str) -> None:
    """No file at all."""
    for path in folder.iterdir():
        path.unlink()


def late(folder: Path, source: str) -> None:
    """The newest file is three weeks older than the calendar allows: later ones have not come."""
    last = TONIGHT - dt.timedelta(days=MAX_AGE_DAYS[source]) - LATE
    for path in sorted(folder.iterdir()):
        period = period_of(path.name)
        assert period is not None
        if period.start == period.end:  # a list of people, which comes whole: last month's is still the newest
            path.rename(path.with_name(path.name.replace(period.end.isoformat(), last.isoformat())))
        elif period.end > last:
            path.unlink()


def half(folder: Path, _source: str) -> None:
    """Every file with every second row."""
    for path in folder.iterdir():
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([lines[0], *lines[1::2]]))


TROUBLES: list[Callable[[Path, str], None]] = [missing, late, half]


def troubles(turn: int) -> Iterator[tuple[str, str, Callable[[Path, str], None]]]:
    for place, source in enumerate(SOURCES):
        trouble = TROUBLES[(place + turn) % 3]
        yield source, trouble.__name__, trouble


def night(folder: Path) -> subprocess.CompletedProcess[str]:
    return caselink("run", "--direct", "--json", "--as-at", TONIGHT.isoformat(), "--project", str(folder))


def refer(folder: Path) -> None:
    """A team refers forty people of the register, whoever they are, under the basis of the example."""
    path = folder / "inbox" / "referrals" / "north.csv"
    path.parent.mkdir()
    register = next((folder / "inbox" / "register").glob("register_2*"))
    numbers = [line.split(",")[0].strip('"') for line in register.read_text().splitlines()[1:41]]
    rows = [f"{number},2026-09-30,refer,frailty,harbour\n" for number in numbers]
    path.write_text("nhs_number,referral_date,decision,reason,team\n" + "".join(rows))


# Two of the nights are deep; the first one stands for them in every run.
@pytest.mark.parametrize("turn", [0, pytest.param(1, marks=pytest.mark.deep), pytest.param(2, marks=pytest.mark.deep)])
def test_a_night_of_nine_troubled_feeds_is_published_and_says_so(published: Path, turn: int) -> None:
    refer(published)
    for source, _, trouble in troubles(turn):
        trouble(published / "inbox" / source, source)
    ahead = caselink("check", "--forecast", "--json", "--as-at", TONIGHT.isoformat(), "--project", str(published))
    lacks = json.loads(ahead.stdout)["lacks"]
    assert {row["score"] for row in json.loads(ahead.stdout)["by_rule_last_night"]} == {model.name for model in MODELS}
    assert (ahead.returncode, [each["subject"] for each in lacks]) == (FALLS_BACK, list(SOURCES))
    done = night(published)
    assert done.returncode == FALLS_BACK, done.stderr
    said = json.loads(done.stdout)
    run = Path(said["report"]).parent
    feeds = {row["source"]: row for row in pq.read_table(run / "aggregate" / "feed_age.parquet", partitioning=None).to_pylist()}
    report, handover = (run / "report.html").read_text(), (run / "handover.md").read_text()
    lists = sorted((run / "out").glob("*/caseload.parquet"))
    assert lists
    chosen = pq.read_table(run / "pseudonymised" / "selection.parquet", partitioning=None).to_pylist()
    by_referral = [row for row in chosen if row["reason"] == "referral"]
    assert len(by_referral) > 5
    assert {row["tier"] for row in by_referral} == {"case management"}
    read = Audit(published / "state" / "audit.db").rows("read referrals")
    assert [(row["purpose"], row["run_id"]) for row in read] == [(name, run.name) for name in NEEDED]
    for lack in lacks:
        feed = feeds[lack["subject"]]
        assert lack["instead"].endswith(f"to {feed['data_to']}"), "the afternoon's days are the night's"
        assert lack["why"] == "has not arrived" or feed["message"] in lack["why"]
    for source, name, _ in troubles(turn):
        case = (source, name)
        assert (feeds[source]["state"], feeds[source]["files"] > 0) == ("stale", True), case
        assert any(line.startswith(f"{source} is stale:") for line in said["warnings"]), case
        assert f"{source} is stale: ask the supplier" in handover, case
        assert f"{NAMES[source]} (stale)".replace("&", "&amp;") in report, case
        reason = {"missing": "no file in inbox", "late": "days late", "half": "where the last night had"}[name]
        assert reason in feeds[source]["message"], case
        for path in lists:
            rows = pq.read_table(path, partitioning=None)["data_lacks"].to_pylist()
            assert all(f"{NAMES[source]} to" in text for text in rows), case
    book = openpyxl.load_workbook(lists[0].with_suffix(".xlsx"), read_only=True)
    about = {str(row[0]): str(row[1]) for row in book[book.sheetnames[0]].iter_rows(values_only=True, max_col=2) if row[0]}
    assert "(stale)" in about["What tonight lacks"]


def test_the_afternoon_says_what_tonight_will_lack_and_what_can_be_done(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Project.at(published)

    def look(as_at: dt.date) -> tuple[int, list[str]]:
        code = forecast(place, as_at, Console(as_json=False, quiet=False))[1]
        return code, [line for line in capsys.readouterr().out.splitlines() if line.startswith(("-", "The night"))]

    assert look(TONIGHT) == (0, [
        "The night of 2026-10-01 will lack nothing, as things stand.",
        "- Soon, on 2026-10-07: opt-outs national, the last day on which the list is fresh enough.",
    ])  # fmt: skip
    missing(published / "inbox" / "ecds", "ecds")
    half(published / "inbox" / "gp", "gp")
    code, lines = look(TONIGHT)
    assert (code, lines[1]) == (
        5,
        "- ecds: has not arrived; tonight rests on the files of the last night, to 2026-08-31. "
        "Ask the supplier for it, or put it into inbox/ecds before the night.",
    )
    assert lines[2].startswith("- gp: held: E-LAND-HELD: gp: ")
    assert lines[2].endswith("Look at the file, then `caselink publish release gp`.")
    assert release(place, "gp") > 0, "what the afternoon found held can be let in before the night"
    assert [line.split(":")[0] for line in look(TONIGHT)[1]] == [
        "The night of 2026-10-01 will lack",
        "- ecds",
        "- Soon, on 2026-10-07",
    ]
    code, lines = look(dt.date(2026, 10, 20))
    assert (code, lines[-1].split(":")[0]) == (4, "- E-OPTOUT-STALE"), "no night may run at all"
