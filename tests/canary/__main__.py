"""`python -m tests.canary`: plant, run, search, and prove that the search finds what is there.

    python -m tests.canary [--full] [--people N] [--keep DIR]
    python -m tests.canary --scan DIR --canaries FILE [--leave-out NAME]...

The last line of standard output is JSON. Exit code 0 only where nothing leaked, every place could be searched, every flow
ended as it must, and every seeded leak was found.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.canary.marks import Canary, load, save
from tests.canary.matching import Matcher
from tests.canary.nights import Scratch, flows, places
from tests.canary.searching import Leak, Search
from tests.canary.seeds import write_seeds

SMALL, FULL = 300, 3000


@dataclass
class Verdict:
    """What is said at the end."""

    canaries: int
    places_scanned: int = 0
    bytes_scanned: int = 0
    leaks: list[Leak] = field(default_factory=list)
    seeded_found: int = 0
    seeded: int = 0
    trouble: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the wall held and the search is worth something."""
        return not self.leaks and not self.trouble and self.seeded_found == self.seeded > 0

    def say(self) -> int:
        """Leaks and trouble on standard error, the figures as the last line of standard output; the exit code."""
        for line in [*map(str, self.leaks), *self.trouble]:
            sys.stderr.write(f"{line}\n")
        figures = {**vars(self), "leaks": len(self.leaks)}
        figures.pop("trouble")
        sys.stdout.write(json.dumps(figures) + "\n")
        return 0 if self.good else 1


def control(verdict: Verdict) -> None:
    """The negative control: seed a leak in each format and rendering, and search for each."""
    with tempfile.TemporaryDirectory() as work:
        matchers: dict[str, Matcher] = {}
        for seed in write_seeds(Path(work)):
            verdict.seeded += 1
            search = Search(matchers.setdefault(seed.rendering, Matcher([seed.canary])))
            search.folder(seed.path, name="seed")
            if search.leaks:
                verdict.seeded_found += 1
            else:
                verdict.trouble.append(f"seeded leak not found: {seed.format}, {seed.rendering}")


def scan(folder: Path, canaries: list[Canary], leave_out: list[str]) -> Verdict:
    """Search a tree that somebody else made."""
    search = Search(Matcher(canaries))
    search.folder(folder, name=folder.name, leave_out=[folder / name for name in leave_out])
    return _verdict(search, canaries)


def harness(top: Path, people: int, *, full: bool = False) -> Verdict:
    """Plant, run every flow, and search all that it left behind."""
    scratch = Scratch(top)
    planting = flows(scratch, people, full=full)
    save(planting.canaries, top.with_name(top.name + "-canaries.json"))
    search = Search(Matcher(planting.canaries))
    search.folder(top, name="scratch", leave_out=list(places(scratch)))
    for blob in sorted(scratch.seen):
        search.blob(blob, "a process' command line or environment")
    verdict = _verdict(search, planting.canaries)
    verdict.trouble += scratch.failures
    return verdict


def _verdict(search: Search, canaries: list[Canary]) -> Verdict:
    leaks = sorted(search.leaks, key=str)
    return Verdict(len(canaries), search.places, search.size, leaks, trouble=list(search.unread))


def main() -> int:
    """Run what the arguments say."""
    arguments = argparse.ArgumentParser(prog="python -m tests.canary", description=__doc__.splitlines()[0])
    arguments.add_argument("--full", action="store_true", help="more people, Prefect, and a night killed while it spills")
    arguments.add_argument("--people", type=int, help=f"people of the area; {SMALL}, or {FULL} with --full")
    arguments.add_argument("--keep", type=Path, help="folder that keeps everything; it must not exist")
    arguments.add_argument("--scan", type=Path, help="only search this folder")
    arguments.add_argument("--canaries", type=Path, help="list of canaries to search for, with --scan")
    arguments.add_argument("--leave-out", action="append", default=[], help="folder below --scan that is not searched")
    chosen = arguments.parse_args()
    if (chosen.scan is None) != (chosen.canaries is None):
        arguments.error("--scan and --canaries belong together")
    if chosen.scan is not None:
        verdict = scan(chosen.scan, load(chosen.canaries), chosen.leave_out)
    else:
        people = chosen.people or (FULL if chosen.full else SMALL)
        with tempfile.TemporaryDirectory(prefix="canary-") as work:
            top = chosen.keep or Path(work) / "scratch"
            top.mkdir(parents=True)
            verdict = harness(top.resolve(), people, full=chosen.full)
    control(verdict)
    return verdict.say()


if __name__ == "__main__":
    sys.exit(main())
