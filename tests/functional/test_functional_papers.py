"""`caselink governance papers`, `purge` and `statement`, after nights."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from governance.publications import Publications
from pipelines import purging
from pipelines.config import load_configuration
from pipelines.figure_keys import Figure
from pipelines.model_totals import is_left_over
from pipelines.project import Project
from pipelines.publish import rollback
from pipelines.purging import purge
from pipelines.statement import read_statement, statement_path, write_statement
from pipelines.statement_facts import scan_night
from pipelines.statement_page import statement_page
from schemas.errors import ConfigurationError, GovernanceError
from tests.conftest import caselink

NOW = dt.datetime(2027, 1, 1, 9, tzinfo=dt.UTC)
Done = subprocess.CompletedProcess[str]


def governance(*arguments: str, project: Path) -> Done:
    return caselink("governance", *arguments, "--project", str(project))


def served(project: Path) -> str:
    return str(json.loads((project / "CURRENT").read_text())["run_id"])


# --- the statement -----------------------------------------------------------------------------------------------------------


def test_every_night_has_its_signed_statement(published: Path) -> None:
    project, run_id = Project.at(published), served(published)
    done = governance("statement", "--json", project=published)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)["statement"]
    assert (facts["run_id"], facts["as_at"], facts["national_opt_out_list_age_days"]) == (run_id, "2026-09-30", 0)
    files = [path for path in project.night(run_id).rglob("*") if path.is_file()]
    assert facts["scanned"]["files"] == len(files)
    assert facts["scanned"]["bytes"] == sum(path.stat().st_size for path in files)
    assert facts["scanned"]["texts_read"] > 10
    assert facts["scanned"]["findings"] == 0
    assert facts["audit"]["lines"] >= 1
    assert facts["audit"]["head"] in {row["hash"] for row in Audit(project.state / "audit.db").rows()}
    assert set(facts["purposes"]) == {"risk-stratification", "case-management", "population-analysis"}
    page = governance("statement", project=published).stdout
    assert "Found: 0." in page
    assert str(published) not in page
    assert "- none" in page
    assert "- Not read: model/emergency_admission.skops (the fitted model: " in page
    assert facts["scanned"]["not_read"] == len(facts["scanned"]["unread"]) == 3
    assert "- Sources not read: none." in page
    assert "- Withheld from analysts: nothing." in page
    assert len(page.splitlines()) < 40


def test_the_statement_counts_opt_outs_and_withheld_counts_as_they_were_published(published: Path) -> None:
    project, run_id = Project.at(published), served(published)
    measures = pq.read_table(project.night(run_id) / "aggregate" / "measure.parquet").to_pylist()
    (row,) = (each for each in measures if (each["measure"], each["breakdown"]) == ("opted_out", "all"))
    assert row["numerator"] % 5 == 0
    page = governance("statement", project=published).stdout
    assert f"- Opt-outs honoured: {row['numerator']:,} of {row['denominator']:,} people are left out" in page
    figures = pq.read_table(project.vault_night(run_id) / "figure.parquet")
    published = [row for row in figures.to_pylist() if not is_left_over(Figure(*(row[name] for name in Figure._fields)))]
    hidden = sum(row["shown"] is None for row in published)
    assert 100 < hidden < len(published) < figures.num_rows
    assert f"- Published counts: {hidden:,} of {len(published):,} withheld" in page
    few = {"statement": {"opt_outs_honoured": {"people": None, "of": 1590, "policy": "nhse-hes"}}}
    said = read_statement(project, run_id)
    assert "* (withheld) of 1,590 people" in statement_page({**said, "statement": said["statement"] | few["statement"]})


def spoiled(night: Path, how: str) -> str:
    """Spoil a published night in one way; what the refusal has to say."""
    if how == "changed":
        with (night / "out" / "castle" / "caseload.csv").open("a") as stream:
            stream.write("one line more\n")
        return "1 files of run .* are missing or changed since, the first out/castle/caseload.csv"
    if how == "missing":
        (night / "handover.md").unlink()
        return "1 files of run .* are missing or changed since, the first handover.md"
    if how == "added":
        (night / "out" / "castle" / "9434765919.csv").write_text("somebody\n")
        return "1 files lie among those of run"
    (night / "manifest.json").unlink()
    return "the manifest of run .* is gone"


@pytest.mark.parametrize("how", ["changed", "missing", "added", "no manifest"])
def test_a_statement_of_files_that_are_not_as_they_were_is_refused(published: Path, how: str) -> None:
    project, run_id = Project.at(published), served(published)
    expected = spoiled(project.night(run_id), how)
    done = governance("statement", project=published)
    assert (done.returncode, done.stdout) == (4, "")
    assert re.match(f"E-STATEMENT-FILES: {expected}", done.stderr), done.stderr
    assert "Cure: " in done.stderr
    assert "9434765919" not in done.stderr


def test_a_statement_outlives_the_files_of_its_night_and_says_so_but_not_those_of_the_served_one(published: Path) -> None:
    project, first = Project.at(published), served(published)
    shutil.copytree(project.night(first), published / "aside")
    shutil.rmtree(project.night(first))
    with pytest.raises(GovernanceError, match="E-STATEMENT-FILES: the manifest"):
        read_statement(project, first)
    shutil.copytree(published / "aside", project.night(first))
    second_night(project)
    assert "no longer there" not in statement_page(read_statement(project, first))
    purge(project, dt.date(2027, 10, 1), apply=True, at=NOW)
    said = read_statement(project, first)
    assert said["files_there"] is False
    assert "**The files of this night are no longer there**" in statement_page(said)


def test_a_statement_from_before_a_release_says_what_it_says(published: Path) -> None:
    said = read_statement(Project.at(published), "current")
    added = {"sources_not_read", "opt_outs_honoured", "withheld_from_analysts", "counts"}
    facts = {name: value for name, value in said["statement"].items() if name not in added}
    del facts["scanned"]["unread"]
    page = statement_page({**said, "statement": facts})
    assert "- Not read: 3 more." not in page
    assert "- Not read: 3 files." in page
    assert "Opt-outs honoured" not in page
    assert f"Signed with key {said['key_id']}." in page


def test_a_file_that_the_night_did_not_write_is_not_named_in_the_statement(published: Path) -> None:
    night = Project.at(published).night(served(published))
    (night / "9434765919.bin").write_bytes(b"x")
    said = {(each["file"], each["why"]) for each in scan_night(night)["unread"]}
    assert ("a file that is not in the manifest", "a kind of file that the scan does not know") in said
    assert "9434765919" not in str(said)


def test_a_statement_that_was_changed_or_is_another_keys_is_refused(published: Path) -> None:
    project, run_id = Project.at(published), served(published)
    path = statement_path(project, run_id)
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "statement": {**said["statement"], "as_at": "2026-10-01"}}))
    done = governance("statement", project=published)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-STATEMENT-SIGNATURE")
    path.write_text(json.dumps({**said, "key_id": "0" * 16}))
    with pytest.raises(GovernanceError, match="E-STATEMENT-KEY"):
        read_statement(project, "current")
    path.write_text("{")
    with pytest.raises(GovernanceError, match="E-STATEMENT-FORM"):
        read_statement(project, "current")
    path.write_text(json.dumps(said))
    with (project.night(run_id) / "manifest.json").open("a") as stream:
        stream.write(" ")
    with pytest.raises(GovernanceError, match="E-STATEMENT-OTHER"):
        read_statement(project, "current")
    path.unlink()
    with pytest.raises(GovernanceError, match="E-STATEMENT-NONE"):
        read_statement(project, "current")
    with pytest.raises(GovernanceError, match="E-STATEMENT-RUN"):
        write_statement(project, load_configuration(project), "0" * 16)


def test_what_leaked_would_be_found_and_a_basis_that_ends_would_be_named(published: Path) -> None:
    project, run_id = Project.at(published), served(published)
    with (project.night(run_id) / "handover.md").open("a") as stream:
        stream.write("Ring the patient 943 476 5919.\n")
    with (project.night(run_id) / "report.html").open("a") as stream:
        stream.write("<p title='900 000 0017'>of SW1A&nbsp;1AA</p><script>let who = '9000000025'</script><!-- 9000000033 -->")
    assert scan_night(project.night(run_id))["findings"] == 5
    book = next((project.night(run_id) / "out").glob("*/caseload.xlsx"))
    with zipfile.ZipFile(book, "a") as parts:
        parts.writestr("xl/more.xml", "<c><v>9000000041</v></c>")
    assert scan_night(project.night(run_id))["findings"] == 6
    text = (published / "caselink.toml").read_text().replace("valid_to = 2028-01-04", "valid_to = 2026-10-15", 1)
    text = text.replace("valid_to = 2028-01-04", "valid_to = 2026-10-15", 1)  # and another of the same approval
    (published / "caselink.toml").write_text(text)
    statement_path(project, run_id).unlink()
    said = write_statement(project, load_configuration(project), run_id)
    assert len(said["statement"]["bases_ending_within_30_days"]) == 2
    assert "ends 2026-10-15" in statement_page(said)
    assert "9434765919" not in json.dumps(said)
    assert "476" not in statement_page(said).split("hash")[0].split("Manifest")[0]


# --- retention ----------------------------------------------------------------------------------------------------------------


def second_night(project: Project) -> str:
    """A night of a year later with the files of the first: enough to be the one that is served."""
    first = served(project.root)
    run_id = "feedfacefeedface"
    shutil.copytree(project.night(first), project.night(run_id))
    shutil.copytree(project.vault_night(first), project.vault_night(run_id))
    store = Publications(project.state / "application.db")
    store.publish(run_id, as_at=dt.date(2027, 9, 30), manifest_sha256="0" * 64)
    return run_id


def old(path: Path) -> Path:
    """A landed file that came long ago and that no night was made of."""
    path.write_text("9000000017")
    os.utime(path, (0, 0))
    return path


def due(project: Project, day: dt.date, *, apply: bool = False) -> dict[str, Any]:
    answer = purge(project, day, apply=apply, at=NOW)
    return dict(answer["due"])


def test_what_has_outlived_its_line_goes_and_what_is_served_stays(published: Path) -> None:
    project, first = Project.at(published), served(published)
    assert due(project, dt.date(2040, 1, 1))["published night"] == 0  # it is the one that is served
    second = second_night(project)
    stray = old(project.landed / ("0" * 64))
    counts = due(project, dt.date(2026, 12, 29))
    assert (counts["published night"], counts["vault night"], counts["landed file"]) == (0, 0, 1)  # on its last day nothing goes
    assert due(project, dt.date(2026, 12, 30))["vault night"] == 1
    day = dt.date(2027, 10, 1)
    counts = due(project, day)
    assert (counts["published night"], counts["vault night"], counts["landed file"]) == (1, 1, 1)
    assert project.night(first).is_dir()  # a dry run deletes nothing
    landed = sorted(path for path in project.landed.rglob("*") if path != stray)
    assert due(project, day, apply=True)["published night"] == 1
    assert [path.exists() for path in (project.night(first), project.vault_night(first), stray)] == [False] * 3
    assert project.night(second).is_dir()
    assert sorted(project.landed.rglob("*")) == landed  # the night that stays was made of them
    assert due(project, day) == {"published night": 0, "vault night": 0, "landed file": 0, "audit payload": None}
    assert not [path for path in project.root.rglob("*") if purging.GOING in path.name]
    said = [row["action"] for row in Audit(project.state / "audit.db").rows()]
    assert said.count("purge") >= 3
    listed = caselink("runs", "list", "--json", "--project", str(published))
    assert first in listed.stdout
    with pytest.raises(ConfigurationError, match="E-ROLLBACK-PRUNED"):
        rollback(project, "state/application.db", first)


def test_a_purge_that_was_killed_is_finished_by_the_next(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, first = Project.at(published), served(published)
    second_night(project)
    monkeypatch.setattr(purging, "_remove", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        purge(project, dt.date(2027, 10, 1), apply=True, at=NOW)
    assert (project.runs / f"{purging.GOING}{first}").is_dir()
    monkeypatch.undo()
    purge(project, dt.date(2027, 10, 1), apply=True, at=NOW)
    assert not [path for path in project.root.rglob("*") if purging.GOING in path.name]
    assert not project.vault_night(first).exists()


def test_files_of_a_night_that_went_go_when_they_are_old_enough(published: Path) -> None:
    project, first = Project.at(published), served(published)
    second = second_night(project)
    (project.vault_night(second) / "landed.json").write_text("[]")
    number = pq.read_table(project.vault_night(first) / "person_record.parquet")["nhs_number"].drop_null()[0].as_py()
    assert any(number.encode() in path.read_bytes() for path in project.landed.rglob("*") if path.is_file())
    for path in (*project.landed.iterdir(), *(project.landed / "converted").glob("*/*")):
        os.utime(path, (0, 0))
    purge(project, dt.date(2027, 10, 1), apply=True, at=NOW)
    assert not [path for path in project.landed.rglob("*") if path.is_file()]


def test_without_a_whole_schedule_nothing_is_purged(published: Path) -> None:
    text = (published / "caselink.toml").read_text()
    (published / "caselink.toml").write_text(text.replace('artefact = "vault night"', 'artefact = "audit payload"', 1))
    done = governance("purge", "--apply", project=published)
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-CONFIG")
    start = text.index("[[retention]]")
    (published / "caselink.toml").write_text(text[:start] + text[text.index("[", text.rindex("EXAMPLE/RETENTION/1")) :])
    done = governance("purge", "--dry-run", project=published)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-RETENTION-NONE")


def test_the_commands(published: Path, tmp_path: Path) -> None:
    done = governance("purge", project=published)
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-ARGUMENT")
    done = governance("purge", "--dry-run", "--json", "--as-at", "2027-01-01", project=published)
    assert json.loads(done.stdout)["applied"] is False
    done = governance("papers", "--out", str(tmp_path / "papers"), "--json", project=published)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["papers"] == sorted(path.name for path in (tmp_path / "papers").iterdir())
