"""Linkage engines as commands over two files of people: run in a process of its own, timed by itself, weighed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

SAME_WEIGHT = 1e-9  # bits
MEGABYTE = 1024  # of the kilobytes in which Linux counts a process's memory


@dataclass(frozen=True)
class Files:
    """Two files of people, and a folder for what the engines write."""

    left: Path
    right: Path
    scratch: Path

    @classmethod
    def made(cls, data: Path, scratch: Path, people: int, *, seed: int, outcode_people: float | None) -> Files:
        """The files of that size and seed in `data`, made if they are not there yet."""
        folder = data / f"people-{people}-{seed}-{outcode_people or 'usual'}"
        # The truth is written last, so a folder that has it is complete.
        if not (folder / "truth.parquet").exists():
            command = [sys.executable, "-m", "benchmarks.uk_people", "--people", str(people), "--seed", str(seed)]
            density = ["--outcode-people", str(outcode_people)] if outcode_people else []
            # In a process of its own: a child's peak memory as Linux counts it starts from that of its parent.
            subprocess.run([*command, *density, "--out", str(folder)], check=True)
        return cls(folder / "left.parquet", folder / "right.parquet", scratch)

    def settings_of(self, engine: Engine) -> Path:
        """Where the engine's trained model is."""
        return self.scratch / f"{engine.name}.settings.json"


@dataclass(frozen=True)
class Engine:
    """An engine by the command that starts it; see `benchmarks.linkage` for what the command must answer."""

    name: str
    command: tuple[str, ...]

    def train_and_link(self, files: Files) -> dict[str, float]:
        """Figures of one run: what the engine timed, and its CPU seconds and peak memory, children included."""
        return self._run(files, "--train", "--link", "--settings", str(files.settings_of(self)))

    def score_everything(self, files: Files, settings: Path) -> Path:
        """Score every candidate pair with a Splink settings file; the scored pairs."""
        pairs = files.scratch / f"{self.name}.pairs.parquet"
        self._run(files, "--from-model", str(settings), "--everything", "--pairs", str(pairs))
        return pairs

    def _run(self, files: Files, *options: str) -> dict[str, float]:
        out, log = files.scratch / f"{self.name}.json", files.scratch / f"{self.name}.log"
        with log.open("w") as progress:
            command = [*self.command, str(files.left), str(files.right), str(out), *options]
            process = subprocess.Popen(command, stdout=progress, stderr=progress)
            _, status, spent = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{self.name} failed:\n{log.read_text()}")
        weighed = {"cpu_s": spent.ru_utime + spent.ru_stime, "peak_memory_mb": spent.ru_maxrss / MEGABYTE}
        timed: dict[str, float] = json.loads(out.read_text())
        return timed | weighed


def same_scores(files: Files, ours: Engine, peer: Engine, settings: Path) -> bool:
    """Whether both engines score the same pairs, each with the same weight, under one settings file."""
    (our_ids, our_weights), (peer_ids, peer_weights) = (
        _scored(engine.score_everything(files, settings)) for engine in (ours, peer)
    )
    are_same = all(ours.equals(theirs) for ours, theirs in zip(our_ids.columns, peer_ids.columns, strict=True))
    return are_same and bool(np.all(np.abs(our_weights - peer_weights) <= SAME_WEIGHT))


def _scored(path: Path) -> tuple[Any, Any]:
    """Both ids and the weights of scored pairs, in order of the ids."""
    pairs = pq.read_table(path).sort_by([("left_id", "ascending"), ("right_id", "ascending")])
    return pairs.select(["left_id", "right_id"]).combine_chunks(), pairs["match_weight"].to_numpy()
