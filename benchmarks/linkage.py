"""How long linking two files of people takes, beside Splink 5 on the same files, rules and levels.

    python -m benchmarks.linkage --people N [--against splink] [--runs 3] [--data DIR] --json
    python -m benchmarks.linkage --people N --cascade | --delta [--changed 20000] --json

Prints `{"people":, "pairs":, "ours": {"train_s":, "link_s":, "cpu_s":, "peak_memory_mb":}, "splink": {...}, "link_ratio":,
"train_link_ratio":, "same_scores":, "cold_extra_s":}`: medians of the runs, the engines by turns. `same_scores` says whether
both give every candidate pair of a smaller file the same weight under the settings that Splink trained; what takes a peer is
null without one. Files are made by `benchmarks.uk_people`, once for each size and seed in `--data`. `make bench` installs Splink.

An engine is a command: `COMMAND LEFT RIGHT OUT.json --train --link --settings S.json` writes `train_s`, `link_s`, `pairs` and, if
it compiles itself, `cold_extra_s` to OUT.json; `--from-model S.json --everything --pairs P.parquet` scores every candidate pair
with a Splink settings file: `left_id, right_id, match_weight`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import linkage_cascade
from benchmarks.engine_runs import Engine, Files, same_scores

ROOT = Path(__file__).parents[1]
OURS = Engine("ours", (sys.executable, "-m", "benchmarks.linkage_ours"))
PEERS = {"splink": Engine("splink", (str(ROOT / ".venv-bench" / "bin" / "python"), str(ROOT / "benchmarks" / "splink_peer.py")))}
FIGURES = ("train_s", "link_s", "cpu_s", "peak_memory_mb")
# Enough people for every level and rule to occur, few enough to keep all pairs.
PEOPLE_TO_COMPARE_SCORES = 20_000

Runs = list[dict[str, float]]


def measure(files: Files, small: Files, ours: Engine, peer: Engine | None, *, runs: int) -> dict[str, Any]:
    """The figures of all runs over `files`; the scores are compared over `small`."""
    engines = [ours, *([peer] if peer else [])]
    results: dict[str, Runs] = {engine.name: [] for engine in engines}
    for _ in range(runs):
        for engine in engines:
            results[engine.name].append(engine.train_and_link(files))
    same = same_scores(small, ours, peer, files.settings_of(peer)) if peer else None
    return report(results[ours.name], results[peer.name] if peer else [], same)


def report(ours: Runs, peer: Runs, same: bool | None) -> dict[str, Any]:
    """Medians and ratios of the runs of both engines. An engine that compared other pairs was not measured on the same task."""
    counts = {run["pairs"] for run in (*ours, *peer)}
    if len(counts) != 1:
        sys.exit(f"the runs compared different numbers of pairs: {sorted(counts)}")
    mine, theirs = _medians(ours), _medians(peer) if peer else None
    return {
        "pairs": counts.pop(),
        "ours": mine,
        "splink": theirs,
        "link_ratio": round(theirs["link_s"] / mine["link_s"], 1) if theirs else None,
        "train_link_ratio": round(_both(theirs) / _both(mine), 1) if theirs else None,
        "same_scores": same,
        "cold_extra_s": round(median(run.get("cold_extra_s", 0.0) for run in ours), 2),
    }


def _medians(runs: Runs) -> dict[str, float]:
    return {figure: round(median(run[figure] for run in runs), 2) for figure in FIGURES}


def _both(figures: dict[str, float]) -> float:
    return figures["train_s"] + figures["link_s"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="records in each of the two files")
    parser.add_argument("--against", choices=PEERS, help="a peer to run by turns with our engine")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outcode-people", type=float, help="people of an outcode, kept for all sizes to measure growth")
    parser.add_argument("--data", type=Path, help="folder where the files are kept; without it they are made anew")
    parser.add_argument("--cascade", action="store_true", help="the whole cascade over as many residents and records instead")
    parser.add_argument(
        "--delta", action="store_true", help="the whole cascade, and a night after it of which few records changed"
    )
    parser.add_argument("--changed", type=int, default=20_000, help="records that change before the delta night")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    given = parser.parse_args(arguments)
    if given.cascade or given.delta:
        changed = given.changed if given.delta else 0
        figures = linkage_cascade.measure(given.people, changed, given.data, outcode_people=given.outcode_people)
        print(json.dumps(figures, indent=1))
        return
    peer = PEERS.get(given.against)
    if peer and not Path(peer.command[0]).exists():
        parser.error(f"{peer.name} is not installed: `make bench` installs it")
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data or Path(scratch)
        files, small = (
            Files.made(data, Path(scratch), people, seed=given.seed, outcode_people=given.outcode_people)
            for people in (given.people, PEOPLE_TO_COMPARE_SCORES)
        )
        figures = {"people": given.people} | measure(files, small, OURS, peer, runs=given.runs)
    print(json.dumps(figures, indent=1) if given.json else _table(figures))


def _table(figures: dict[str, Any]) -> str:
    lines = [f"{name:18}{figures[name]}" for name in figures if not isinstance(figures[name], dict)]
    for engine in ("ours", "splink"):
        for name, value in (figures[engine] or {}).items():
            lines.append(f"{engine + ' ' + name:30}{value:>12,}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
