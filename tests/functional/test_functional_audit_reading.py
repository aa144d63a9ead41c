"""After a night: its own line and checkpoint, `tail`, `export`, `purge`, and who saw one person's record."""

from __future__ import annotations

import csv
import json
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from tests.conftest import caselink, process_environment


def log(area: Path) -> Audit:
    return Audit(area / "state" / "audit.db")


def audit(area: Path, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "governance", "audit", *command, "--project", str(area)],
        capture_output=True, text=True, check=False, input=stdin, env=process_environment(measured=True),
    )  # fmt: skip


def run_id_of(area: Path) -> str:
    return str(json.loads((area / "CURRENT").read_text())["run_id"])


def test_a_night_ends_with_a_line_and_a_checkpoint_that_hold(published: Path) -> None:
    rows = log(published).rows()
    assert [(row["action"], row["run_id"]) for row in rows] == [("night", run_id_of(published))]
    lines = (published / "audit-checkpoints.jsonl").read_text().splitlines()
    assert [(json.loads(line)["seq"], json.loads(line)["head"]) for line in lines] == [(1, rows[0]["hash"])]
    assert audit(published, "verify").returncode == 0
    again = caselink("run", "--direct", "--quiet", "--project", str(published), measured=False)
    assert again.returncode == 0
    assert len(log(published).rows()) == 1  # the same night twice is one night


def test_tail_shows_the_last_lines_and_is_one(published: Path) -> None:
    first = audit(published, "tail", "--json")
    assert [row["action"] for row in json.loads(first.stdout)["acts"]] == ["night"], first.stderr
    second = audit(published, "tail", "-n", "1", "--each-line", "--json")
    assert [row["action"] for row in json.loads(second.stdout)["lines"]] == ["audit tail"]
    assert [row["action"] for row in log(published).rows()] == ["night", "audit tail", "audit tail"]
    assert {row["role"] for row in log(published).rows()} == {"operator"}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_is_the_log_of_those_days(published: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    done = audit(published, "export", "--out", str(out), "--json")
    assert json.loads(done.stdout)["lines"] == 1, done.stderr
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream)) if form == "csv" else [json.loads(line) for line in stream]
    written = log(published).rows()
    assert [str(row["hash"]) for row in rows] == [written[0]["hash"]]
    assert written[1]["action"] == "audit export"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    none = audit(published, "export", "--out", str(tmp_path / f"none.{form}"), "--to", "2020-01-01", "--json")
    assert json.loads(none.stdout)["lines"] == 0


@pytest.mark.parametrize(("options", "code", "exit_code"), [
    (["--out", "{area}/runs/x.csv"], "E-EXPORT-PLACE", 4),
    (["--out", "{out}/x.txt"], "E-AUDIT-FORM", 2),
    (["--out", "{out}/x.csv", "--from", "1 May"], "E-AUDIT-DAY", 2),
    (["--out", "{out}/x.csv", "--from", "2026-12-01", "--to", "2026-11-30"], "E-AUDIT-DAY", 2),
    (["--out", "{out}/x.csv", "--subject"], "E-AUDIT-NUMBER", 4),
])  # fmt: skip
def test_exports_that_are_refused(published: Path, tmp_path: Path, options: list[str], code: str, exit_code: int) -> None:
    options = [each.format(area=published, out=tmp_path) for each in options]
    done = audit(published, "export", *options, stdin="943 476 5918\n")
    assert (done.returncode, done.stderr.split(":")[0]) == (exit_code, code)
    assert "943" not in done.stdout + done.stderr
    assert not list(tmp_path.glob("x.*"))
    if code == "E-AUDIT-DAY":
        assert "--from" in done.stderr
        assert "Cure:" in done.stderr


def test_who_saw_my_record_equals_the_log(published: Path, tmp_path: Path) -> None:
    nights = published / "vault" / "nights" / run_id_of(published)
    number = next(each for each in pq.read_table(nights / "person_record.parquet")["nhs_number"].to_pylist() if each)
    assert caselink("governance", "opt-outs", "request", "--out", str(tmp_path / "sent.csv"), "--project", str(published),
                    measured=False).returncode == 0  # fmt: skip
    shown = audit(published, "tail").stdout
    assert (len(shown.splitlines()) < 10, max(len(line) for line in shown.splitlines()) <= 80) == (True, True), shown
    request = next(act for act in log(published).acts(5, before=10**9) if act["action"] == "opt-outs request")
    assert f"about {request['people']:,} people)" in " ".join(shown.split())
    out = tmp_path / "hers.jsonl"
    done = audit(published, "export", "--subject", "--out", str(out), "--json", stdin=number + "\n")
    assert done.returncode == 0, done.stderr
    hers = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["action"] for row in hers] == ["opt-outs request"]
    everything = log(published).rows()
    asked = [row for row in everything if row["purpose"] == "who saw one person's record"]
    subject = {row["subject"] for row in asked}
    assert len(subject) == 1
    assert [row["seq"] for row in hers] == [row["seq"] for row in everything if row["subject"] in subject][:-1]
    assert number not in out.read_text() + done.stdout + done.stderr
    nobody = audit(published, "export", "--subject", "--out", str(tmp_path / "x.csv"), stdin="999 000 0018\n")
    assert (nobody.returncode, nobody.stderr.split(":")[0]) == (4, "E-AUDIT-NOBODY"), nobody.stderr
    # The day's appends crossed every thousandth line: a checkpoint stands there, and all agree.
    assert audit(published, "verify").returncode == 0


def test_purge_is_refused_for_a_day_to_come_and_audited(published: Path) -> None:
    assert audit(published, "purge", "--before", "2999-01-01").stderr.startswith("E-AUDIT-PURGE")
    done = audit(published, "purge", "--before", "2020-01-01", "--json")
    assert json.loads(done.stdout) == {"payloads": 0, "before": "2020-01-01"}, done.stderr
    assert log(published).rows()[-1]["action"] == "audit purge"
