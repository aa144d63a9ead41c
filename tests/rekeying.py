"""What tests of a new epoch share: raise it, run the rekey, and look at a night without its pseudonyms.

    python -m tests.rekeying PROJECT [POINT]

runs the rekey in a process of its own and kills it at POINT: `after:N` (the Nth part is done), or a point of
`tests.night_driver`.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from governance.keys import DomainKey, RootKey
from governance.pseudonyms import pseudonyms
from pipelines.config import load_configuration
from pipelines.console import Console
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.recipients import WORKING, domain_of
from tests.night_driver import die, kill_at

AT = dt.datetime(2026, 10, 1, 9, 0, tzinfo=dt.UTC)


def set_keys(folder: Path, **settings: Any) -> None:
    """Settings of `[keys]`, put in the place of those that are there."""
    path = folder / "caselink.toml"
    lines = path.read_text().splitlines()
    start = lines.index("[keys]")
    kept = [line for line in lines if line.split(" =")[0] not in settings]
    new = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    path.write_text("\n".join([*kept[: start + 1], *new, *kept[start + 1 :]]) + "\n")


def rekey_here(folder: Path, *recipients: str) -> dict[str, Any]:
    """The rekey in this process."""
    from pipelines.rekey import rekey

    return rekey(Project.at(folder), Console(quiet=True), handed_over=recipients, at=AT)


def served(folder: Path) -> str:
    return str(json.loads((folder / "CURRENT").read_text())["run_id"])


def without_names(folder: Path, run_id: str, *, epoch: int = 0, root: RootKey | None = None) -> dict[str, list[str]]:
    """Every table of a night that has pseudonyms, with person ids in their place; rows as text, in order."""
    project = Project.at(folder)
    configuration = load_configuration(project)
    if epoch:
        keys = configuration.keys.model_copy(update={"epoch": epoch})
        configuration = configuration.model_copy(update={"keys": keys})
    root = root or root_key(project, configuration)
    ids = pq.read_table(project.vault_night(run_id) / "link.parquet")["person_id"].combine_chunks().unique()
    found = {}
    for path in sorted(project.night(run_id).rglob("*.parquet")):
        table, place = pq.read_table(path, partitioning=None), path.relative_to(project.night(run_id))
        if "pseudonym" in table.column_names:
            recipient = place.parts[1] if place.parts[0] == "out" else WORKING
            texts = pseudonyms(ids, DomainKey(root, domain_of(configuration, recipient))).to_pylist()
            person = dict(zip(texts, ids.to_pylist(), strict=True))
            rows = ({**row, "pseudonym": person[row["pseudonym"]]} for row in table.to_pylist())
            found[str(place)] = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
    return found


def main() -> int:
    from pipelines import rekey

    if len(sys.argv) > 2 and sys.argv[2].startswith("after:"):
        number = int(sys.argv[2].removeprefix("after:"))
        title, work = rekey.STEPS[number]

        def and_die(change: Any, at: dt.datetime) -> None:
            work(change, at)
            die()

        rekey.STEPS[number] = (title, and_die)
    elif len(sys.argv) > 2:
        kill_at(sys.argv[2])
    rekey_here(Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
