"""The canary at small size: nothing leaks, every seeded leak is found; and the search alone, over a tree of somebody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.extracts.layout import FieldType
from pipelines.governed import GOVERNED
from tests.canary.marks import NHS_NUMBER, TEXT, Canary, save
from tests.conftest import process_environment

CANARIES = [Canary("a number", NHS_NUMBER, "9000000017"), Canary("a name", TEXT, "Zwölfelein")]


def canary(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.canary", *arguments],
        capture_output=True, text=True, check=False, env=process_environment(measured=False),
    )  # fmt: skip


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_nights_good_and_bad_leave_no_canary_anywhere() -> None:
    done = canary()
    found = figures(done)
    assert (found["leaks"], done.returncode) == (0, 0), done.stderr[-3000:]
    assert found["seeded_found"] == found["seeded"] > 1000
    columns = [column.type for extract in GOVERNED for table in extract.tables for column in table.fields if not table.forgotten]
    assert found["canaries"] > 2 * len(columns) - columns.count(FieldType.NHS_NUMBER)  # a word and a number in every column
    assert found["places_scanned"] > 100


@pytest.mark.deep
def test_the_same_at_full_size_under_prefect_and_killed_while_it_spills() -> None:
    done = canary("--full")
    assert (figures(done)["leaks"], done.returncode) == (0, 0), done.stderr[-3000:]


def test_a_tree_of_somebody_elses_is_searched(tmp_path: Path) -> None:
    tree, listed = tmp_path / "tree", tmp_path / "canaries.json"
    (tree / "deep").mkdir(parents=True)
    save(CANARIES, listed)
    (tree / "clean.txt").write_text("nothing")
    done = canary("--scan", str(tree), "--canaries", str(listed))
    assert (done.returncode, figures(done)["leaks"]) == (0, 0), done.stderr
    (tree / "deep" / "note.txt").write_text("seen: ZWOLFELEIN, 900 000 0017")
    done = canary("--scan", str(tree), "--canaries", str(listed))
    assert (done.returncode, figures(done)["leaks"]) == (1, 2)
    assert "deep/note.txt" in done.stderr
    assert "0017" not in done.stderr
    assert "wolfelein" not in done.stderr.lower()
    done = canary("--scan", str(tree), "--canaries", str(listed), "--leave-out", "deep")
    assert (done.returncode, figures(done)["leaks"]) == (0, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_not_proved_clean(tmp_path: Path) -> None:
    save(CANARIES, tmp_path / "canaries.json")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "shut").write_text("")
    (tmp_path / "tree" / "shut").chmod(0)
    assert canary("--scan", str(tmp_path / "tree"), "--canaries", str(tmp_path / "canaries.json")).returncode == 1
