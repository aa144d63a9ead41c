"""The national opt-out check: what an answer may be, on which day, and the commands of the page on the example."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from governance.audit import Audit
from pipelines.national_check import receive_answer, write_request
from pipelines.objections import list_of, national_list_age
from pipelines.project import Project
from schemas.errors import ConfigurationError, GovernanceError
from tests.conftest import caselink, process_environment

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
DAY = dt.date(2026, 10, 1)
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "legal-bases.md"


@pytest.fixture(name="area", scope="module")
def _area(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.at(Path(shutil.copytree(first_night, tmp_path_factory.mktemp("national") / "area")))


@pytest.fixture(name="sent", scope="module")
def _sent(area: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of numbers that was sent."""
    path = tmp_path_factory.mktemp("sent") / "to-send.csv"
    write_request(area, path, at=NOW)
    return path


def listed(area: Project) -> dict[str, str]:
    return {path.name: path.read_text() for path in (area.inbox / "opt_outs").glob("national_*")}


def have_list(area: Project, sent: Path, share: float | None) -> None:
    """Let the project have one national list, with this share of the numbers sent, or none."""
    for path in (area.inbox / "opt_outs").glob("national_*"):
        path.unlink()
    if share is not None:
        rows = sent.read_text().splitlines(keepends=True)
        (area.inbox / "opt_outs" / "national_2026-09-01.csv").write_text("".join(rows[: round(len(rows) * share)]))


def answer(sent: Path, folder: Path, share: float) -> Path:
    """An answer from which this share of the numbers sent is missing."""
    rows = sent.read_text().splitlines(keepends=True)
    (folder / "answer.csv").write_text("".join(rows[round(len(rows) * share) :]))
    return folder / "answer.csv"


def test_an_answer_that_is_cut_short_is_refused_and_the_list_stays(area: Project, sent: Path, tmp_path: Path) -> None:
    have_list(area, sent, 0.05)
    cut, before, lines = answer(sent, tmp_path, 0.96), listed(area), Audit(area.state / "audit.db").last()
    with pytest.raises(
        GovernanceError, match=r"E-OPTOUT-MANY: 96\.\d% .* the last list had 5\.0% and .* 5 points more"
    ) as refusal:
        receive_answer(area, cut, sent, checked_on=DAY, at=NOW)
    assert "--accept-many" in str(refusal.value)
    assert listed(area) == before
    assert Audit(area.state / "audit.db").last() == lines
    arguments = ("receive", str(cut), "--sent", str(sent), "--checked-on", DAY.isoformat(), "--project", str(area.root))
    assert caselink("governance", "opt-outs", *arguments).returncode == 4
    done = caselink("governance", "opt-outs", *arguments, "--accept-many")
    assert done.returncode == 0, done.stderr
    assert list(listed(area)) == ["national_2026-10-01.csv"]
    row = Audit(area.state / "audit.db").rows("opt-outs receive")[-1]
    assert "an unusual share accepted: 96" in row["purpose"]
    assert (row["role"], row["decision"]) == ("operator", "allowed")


@pytest.mark.parametrize(("before", "share", "refused"), [
    (None, 0.19, False),  # a first list: up to 20 %
    (None, 0.21, True),
    (0.05, 0.09, False),  # a later one: up to 5 points more than the last
    (0.05, 0.11, True),
    (0.22, 0.26, False),
    (0.05, 0.0, False),
])  # fmt: skip
def test_which_share_is_plausible(
    area: Project, sent: Path, tmp_path: Path, before: float | None, share: float, refused: bool
) -> None:
    have_list(area, sent, before)
    earlier = listed(area)
    if refused:
        with pytest.raises(GovernanceError, match="E-OPTOUT-MANY"):
            receive_answer(area, answer(sent, tmp_path, share), sent, checked_on=DAY, at=NOW)
        assert listed(area) == earlier
        return
    kept = receive_answer(area, answer(sent, tmp_path, share), sent, checked_on=DAY, at=NOW)
    assert kept["share"] == pytest.approx(share, abs=0.001)
    assert kept["share_before"] == (None if before is None else pytest.approx(before, abs=0.001))
    assert list(listed(area)) == ["national_2026-10-01.csv"]


def test_a_list_before_that_cannot_be_read_does_not_count(area: Project, sent: Path, tmp_path: Path) -> None:
    have_list(area, sent, None)
    (area.inbox / "opt_outs" / "national_2026-09-01.csv").write_text("")
    assert receive_answer(area, answer(sent, tmp_path, 0.1), sent, checked_on=DAY, at=NOW)["share_before"] is None


def test_a_day_to_come_is_refused_and_one_after_the_nights_date_is_spoken_of(area: Project, sent: Path, tmp_path: Path) -> None:
    have_list(area, sent, 0.05)
    returned, before, next_day = answer(sent, tmp_path, 0.05), listed(area), DAY + dt.timedelta(days=1)
    with pytest.raises(ConfigurationError, match="E-ARGUMENT: --checked-on 2026-10-02 is a day to come; today is 2026-10-01"):
        receive_answer(area, returned, sent, checked_on=next_day, at=NOW)
    assert listed(area) == before
    late = dt.datetime(2026, 10, 1, 23, 30, tzinfo=dt.UTC)  # half past midnight in London
    assert receive_answer(area, returned, sent, checked_on=next_day, at=late)["night_before"] == "2026-09-30"
    assert receive_answer(area, returned, sent, checked_on=dt.date(2026, 9, 30), at=NOW)["night_before"] is None
    done = caselink("governance", "opt-outs", "receive", str(returned), "--sent", str(sent), "--project", str(area.root))
    assert "Warning: caselink.toml's as_at is 2026-09-30, before the check" in done.stdout, done.stderr


def test_a_request_does_not_write_over_one_that_awaits_its_answer(area: Project, sent: Path) -> None:
    text, lines = sent.read_text(), Audit(area.state / "audit.db").last()
    with pytest.raises(ConfigurationError, match="E-OPTOUT-EXISTS"):
        write_request(area, sent, at=NOW)
    assert (sent.read_text(), Audit(area.state / "audit.db").last()) == (text, lines)


@pytest.mark.parametrize(("lacking", "words"), [("answer", "the answer"), ("sent", "the file of --sent")])
def test_a_file_that_is_not_there_is_named_by_its_part(
    area: Project, sent: Path, tmp_path: Path, lacking: str, words: str
) -> None:
    files = {"answer": answer(sent, tmp_path, 0.0), "sent": sent, lacking: tmp_path / "Jo Hill.csv"}
    with pytest.raises(GovernanceError, match=f"E-OPTOUT-FILE: {words} is not there") as refusal:
        receive_answer(area, files["answer"], files["sent"], checked_on=DAY, at=NOW)
    assert "Hill" not in str(refusal.value)


def test_the_commands_of_the_page_run_on_the_example(published: Path, tmp_path: Path) -> None:
    """Word for word, in the project's folder; the night of the example can go by the list that they leave."""
    commands = re.findall(r"(?m)^    ((?:caselink governance opt-outs|tail) .*)$", PAGE.read_text(encoding="utf-8"))
    assert [line.split()[0] for line in commands] == ["caselink", "tail", "caselink"]
    start = f'caselink() {{ {shlex.quote(sys.executable)} -m pipelines.cli "$@"; }}\nset -e\n'
    environment = {**process_environment(measured=False), "HOME": str(tmp_path), "PYTHONPATH": str(PAGE.parents[2])}
    script = ["bash", "-c", start + "\n".join(commands)]
    done = subprocess.run(script, cwd=published, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stdout
    ((name, text),) = listed(Project.at(published)).items()
    assert (name, len(text.splitlines())) == ("national_2026-09-30.csv", 10)
    lists = [list_of(path) for path in (published / "inbox" / "opt_outs").iterdir()]
    assert national_list_age(lists, dt.date(2026, 9, 30)) == 0
