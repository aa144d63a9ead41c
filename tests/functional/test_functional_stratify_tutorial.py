"""docs/tutorial/stratify.md, done as it stands."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import process_environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "stratify.md"
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.fixture
def said(published: Path, tmp_path: Path) -> list[str]:
    """What each block printed, done one after the other in the folder that holds the project."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "caselink"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pipelines.cli "$@"\n', encoding="utf-8")
    command.chmod(0o700)
    (tmp_path / "example-area").symlink_to(published)
    environment = process_environment(measured=True)
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"
    run_id = json.loads((published / "CURRENT").read_text(encoding="utf-8"))["run_id"]
    environment["RUN"] = f"example-area/runs/{run_id}"  # as the first block sets it, for those that follow
    printed = []
    for kind, text in BLOCKS:
        block = [sys.executable, "-c", text] if kind == "python" else ["bash", "-euc", text]
        done = subprocess.run(block, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, text + done.stderr
        printed.append(done.stdout)
    return printed


def test_the_page_runs_from_its_first_block_to_its_last(said: list[str], tmp_path: Path) -> None:
    assert len(said) == len(BLOCKS)
    assert ".skops" in said[1]
    assert "log-odds" in said[2]
    assert "# Why you are on our list" in said[2]
    with (tmp_path / "chances.csv").open(encoding="utf-8", newline="") as lines:
        chances = list(csv.DictReader(lines))
    assert [row["row_id"] for row in chances] == pq.read_table(tmp_path / "today.parquet")["row_id"].to_pylist()
    assert all(0 < float(row["p"]) < 1 for row in chances)
    assert os.stat(tmp_path / "went.skops").st_mode & 0o077 == 0
