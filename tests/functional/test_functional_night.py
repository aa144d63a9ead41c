"""A whole night from the command line, as a user and as operations meet it."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from measures.report.words import SOURCES
from schemas.identifiable import SOURCES as EXPECTED
from stratify.models.night_file import load_night_model
from stratify.models.night_models import MODELS
from tests.conftest import FALLS_BACK

Run = Callable[..., "object"]


def current(project: Path) -> Path:
    return project / "runs" / json.loads((project / "CURRENT").read_text())["run_id"]


def test_a_night_leaves_lists_tables_report_and_handover(first_night: Path) -> None:
    night = current(first_night)
    for name in ("report.html", "handover.md", "manifest.json", "views.sql"):
        assert any(night.rglob(name)), name
    teams = [folder for folder in (night / "out").iterdir() if folder.name != "csu"]
    assert teams
    for team in teams:
        assert zipfile.is_zipfile(team / "caseload.xlsx")
        assert (team / "caseload.csv").stat().st_size > 100
    for name in ("person", "score", "selection", "proposal", "feature"):
        assert pq.read_metadata(night / "out" / "csu" / f"{name}.parquet").num_rows > 0, name


def test_recipients_share_no_pseudonym(first_night: Path) -> None:
    night = current(first_night)
    seen: dict[str, set[str]] = {
        "working": set(pq.read_table(night / "pseudonymised" / "person.parquet")["pseudonym"].to_pylist())
    }
    seen["csu"] = set(pq.read_table(night / "out" / "csu" / "person.parquet")["pseudonym"].to_pylist())
    for folder in (night / "out").iterdir():
        if folder.name != "csu":
            lines = (folder / "caseload.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
            seen[folder.name] = {line.split(",")[0].strip('"') for line in lines}
    names = list(seen)
    assert len(seen["csu"]) == len(seen["working"])
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            assert not seen[first] & seen[second], (first, second)


def test_private_folders_are_private_and_nothing_identifiable_lies_outside_the_vault(first_night: Path) -> None:
    for name in ("vault", "secrets", "state"):
        assert stat.S_IMODE((first_night / name).stat().st_mode) == 0o700
    register = next((first_night / "inbox" / "register").glob("register_2*"))
    numbers = {line.split(",")[0].strip('"').encode() for line in register.read_text().splitlines()[1:200]}
    numbers = {number for number in numbers if len(number) == 10}
    assert len(numbers) > 100
    for folder in ("runs", "state"):
        for path in (first_night / folder).rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(number in content for number in numbers), path.name


def test_the_same_night_twice_is_a_no_op(published: Path, run_caselink: Run) -> None:
    before = sorted(path.name for path in (published / "runs").iterdir())
    again = run_caselink("run", "--direct", "--project", str(published))
    assert again.returncode == 0
    assert "Nothing to do" in again.stdout
    assert sorted(path.name for path in (published / "runs").iterdir()) == before


@pytest.fixture(scope="module")
def second_night(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.conftest import PEOPLE, caselink

    folder = Path(shutil.copytree(first_night, tmp_path_factory.mktemp("second") / "area"))
    said = (folder / "caselink.toml").read_text()
    day = "2026-10-01"
    made = caselink("synth", "--out", str(folder), "--people", str(PEOPLE), "--night", "1", "--quiet")
    assert made.returncode == 0, made.stderr
    (folder / "caselink.toml").write_text(said.replace("as_at = 2026-09-30", "").replace("[night]\n\n", "[night]\n"))
    done = caselink("run", "--direct", "--quiet", "--as-at", day, "--project", str(folder))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    return folder


def test_a_following_night_keeps_person_ids_and_most_of_the_list(second_night: Path, first_night: Path) -> None:
    first, second = current(first_night), current(second_night)
    assert first.name != second.name
    assert json.loads((second / "manifest.json").read_text())["parent"] == first.name
    before = pq.read_table(first / "pseudonymised" / "person.parquet")["pseudonym"]
    after = pq.read_table(second / "pseudonymised" / "person.parquet")["pseudonym"]
    kept = pc.sum(pc.is_in(before, value_set=after.combine_chunks())).as_py()
    assert kept > 0.98 * len(before)
    old, new = (
        {
            row["pseudonym"]: row["accountable_professional_id"]
            for row in pq.read_table(each / "pseudonymised" / "proposal.parquet").to_pylist()
        }
        for each in (first, second)
    )
    stayed = old.keys() & new.keys()
    assert len(stayed) > 0.8 * len(old)
    moved = [each for each in stayed if old[each] is not None and new[each] != old[each]]
    assert moved == []


def test_a_following_night_says_what_is_new_since_the_last_look(second_night: Path) -> None:
    facts = pq.read_table(current(second_night) / "pseudonymised" / "fact.parquet").to_pylist()
    news = [row["words"] for row in facts if row["fact"] == "since_last" and row["category"] == "ordinary"]
    assert len(news) == len({row["pseudonym"] for row in facts})
    assert sum(words == "Nothing new since 30 September." for words in news) > 0.5 * len(news)
    assert all("since 30 September" in words.replace("Since", "since") for words in news)


def test_history_shows_lists_and_compares_nights(second_night: Path, run_caselink: Run) -> None:
    listed = json.loads(run_caselink("runs", "list", "--json", "--project", str(second_night)).stdout)["runs"]
    assert [row["current"] for row in listed] == [False, True]
    shown = json.loads(run_caselink("runs", "show", "--json", "--project", str(second_night)).stdout)
    assert [row["step"] for row in shown["tables"]["Steps"]][:3] == ["preflight", "land", "people"]
    assert {row["source"] for row in shown["tables"]["linkage-waterfall"]} >= {"register", "cld"}
    ids = [row["run_id"] for row in listed]
    changes = json.loads(run_caselink("runs", "diff", *ids, "--json", "--project", str(second_night)).stdout)["changes"]
    assert {row["what"] for row in changes} == {"people", "tier", "team", "professional"}


def test_rollback_serves_the_earlier_night_again(
    second_night: Path, first_night: Path, run_caselink: Run, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(second_night, tmp_path / "area"))
    done = run_caselink("publish", "rollback", "--project", str(folder))
    assert done.returncode == 0, done.stderr
    assert current(folder).name == current(first_night).name
    kinds = [row["kind"] for row in json.loads(run_caselink("runs", "list", "--json", "--project", str(folder)).stdout)["runs"]]
    assert kinds == ["publish", "publish", "rollback"]


def test_a_damaged_night_cannot_be_rolled_back_to(
    second_night: Path, first_night: Path, run_caselink: Run, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(second_night, tmp_path / "area"))
    (folder / "runs" / current(first_night).name / "report.html").write_text("bit rot")
    done = run_caselink("publish", "rollback", "--project", str(folder))
    assert done.returncode == 1
    assert "E-PUBLISH-DAMAGED" in done.stderr
    assert current(folder).name == current(second_night).name


def test_a_past_date_is_not_served_over_a_later_night(published: Path, run_caselink: Run) -> None:
    before = current(published).name
    done = run_caselink("run", "--direct", "--as-at", "2026-09-01", "--quiet", "--project", str(published))
    assert done.returncode == 2
    assert done.stderr.startswith("E-AS-AT-PAST")
    assert current(published).name == before


def test_check_reads_extracts_and_publishes_nothing(project: Path, run_caselink: Run) -> None:
    done = run_caselink("check", "--json", "--project", str(project))
    assert done.returncode == 0, done.stderr
    feeds = {feed["source"]: feed for feed in json.loads(done.stdout)["feeds"]}
    assert feeds["register"]["rows"] > 1000
    assert sum(feed["rejected"] for feed in feeds.values()) > 0
    assert not (project / "CURRENT").exists()


def test_the_only_warnings_of_a_small_area_are_the_models_fallbacks(first_night: Path) -> None:
    steps = json.loads((current(first_night) / "manifest.json").read_text())["steps"]
    warnings = [line for step in steps for line in step["warnings"]]
    assert len(warnings) == len(MODELS)
    assert all("fell back on the prior-use rule" in line for line in warnings)


def test_a_night_on_the_fallback_says_so_on_the_list_and_in_the_report(first_night: Path) -> None:
    night = current(first_night)
    lists = [pq.read_table(path, partitioning=None) for path in sorted(night.glob("out/*/caseload.parquet"))]
    assert {text for table in lists for text in table["data_lacks"].to_pylist()} == {
        "risk by the prior-use rule, without a model"
    }
    book = openpyxl.load_workbook(next(night.glob("out/*/caseload.xlsx")), read_only=True)
    about = {row[0]: row[1] for row in book[book.sheetnames[0]].iter_rows(values_only=True, max_col=2)}
    assert about["What gave the risk"].startswith("The prior-use rule, which counts earlier admissions: no model could be used (")
    assert "By the prior-use rule, without a model: Emergency admission in 12 months," in (night / "report.html").read_text()


def test_a_night_has_three_scores_three_models_and_three_cards(first_night: Path) -> None:
    """Each score is of those its model is asked about, by the version that its card names."""
    night = current(first_night)
    scores, asked = (pq.read_table(night / "pseudonymised" / f"{name}.parquet") for name in ("score", "asked"))
    gates = pq.read_table(night / "aggregate" / "gate.parquet").to_pylist()
    for model in MODELS:
        card = json.loads((night / "model" / f"{model.file}.json").read_text())
        assert card["declared"] == {}
        assert sum(each["not_answered"].startswith("to be answered by the controller") for each in card["tripod_ai"]) == 6
        mine = scores.filter(pc.equal(scores["score"], model.name))
        who = asked.filter(pc.equal(asked["score"], model.name))["pseudonym"]
        assert mine["pseudonym"].to_pylist() == who.to_pylist()
        assert mine.num_rows > 0
        assert set(mine["version"].to_pylist()) == {card["version"]}
        assert 0 < pc.min(mine["value"]).as_py() <= pc.max(mine["value"]).as_py() < 1
        assert load_night_model(night / "model" / f"{model.file}.skops").version in card["version"]
        assert {gate["gate"] for gate in gates if gate["score"] == model.name} >= {"model", "calibration slope"}
    measures = pq.read_table(night / "aggregate" / "measure.parquet").to_pylist()
    assert {row["category"] for row in measures if row["measure"] == "people_known_to_four"} == {"led", "led by none"}
    counts = {model.name: scores.filter(pc.equal(scores["score"], model.name)).num_rows for model in MODELS}
    everybody, discharged, adults = counts.values()
    assert everybody > adults > discharged


def test_no_register_no_night(project: Path, run_caselink: Run) -> None:
    shutil.rmtree(project / "inbox" / "register")
    done = run_caselink("run", "--direct", "--quiet", "--project", str(project))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("E-REGISTER")
    assert done.stderr.count("\n") == 1
    assert not (project / "CURRENT").exists()


def test_the_register_alone_is_a_night(project: Path, run_caselink: Run) -> None:
    for folder in (project / "inbox").iterdir():
        if folder.name not in ("register", "lookups", "opt_outs"):
            shutil.rmtree(folder)
    done = run_caselink("run", "--direct", "--quiet", "--project", str(project))
    assert done.returncode == 5, done.stdout + done.stderr
    assert (current(project) / "report.html").is_file()
    lists = [pq.read_table(path, partitioning=None) for path in sorted(current(project).glob("out/*/caseload.parquet"))]
    (said,) = {text for table in lists for text in table["data_lacks"].to_pylist()}
    assert sorted(part.split(" not delivered")[0] for part in said.split("; ")) == sorted(
        [*(SOURCES[source] for source in EXPECTED if source != "register"), "risk by the prior-use rule, without a model"]
    )


@pytest.mark.parametrize(
    ("spoil", "code", "line"),
    [
        (lambda p: (p / "secrets" / "root.key").unlink(), 4, "E-KEY"),
        (lambda p: (p / "secrets" / "root.key").chmod(0o644), 4, "E-KEY"),
        (lambda p: (p / "caselink.toml").write_text("[aera]\n"), 2, "the nearest right key is area"),
        (lambda p: (p / "caselink.toml").unlink(), 2, "E-PROJECT-NONE"),
    ],
)
def test_a_refusal_is_one_line_and_its_exit_code(
    project: Path, run_caselink: Run, spoil: Callable[[Path], object], code: int, line: str
) -> None:
    spoil(project)
    done = run_caselink("run", "--direct", "--project", str(project))
    assert done.returncode == code, done.stdout + done.stderr
    assert line in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
