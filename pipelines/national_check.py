"""The national data opt-out check: the file of NHS numbers to send, and the cleaned list that comes back.

The service is sent numbers, one a row and a comma behind it, and returns the numbers of those who have not opted out. Who is
missing from the answer has opted out. The status is written on no record: it lies in one dated list, replaced at every check.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from governance.audit import Act
from governance.opt_outs import read_opt_outs
from pipelines.auditing import audit_log, audit_records, user_at_work
from pipelines.config import load_configuration
from pipelines.history import served_vault
from pipelines.lock import run_lock
from pipelines.private_csv import check_place, private_text
from pipelines.project import Project
from pipelines.shelf import sync
from pipelines.traced import known_records
from schemas.errors import GovernanceError

REQUEST, RECEIVE, PURPOSE = "opt-outs request", "opt-outs receive", "honouring the national data opt-out"


def write_request(project: Project, out: Path, *, at: dt.datetime) -> dict[str, Any]:
    """Write every usable number of the served night's people, in ascending order; audited first. How many numbers.

    Raises `GovernanceError` `E-EXPORT-PLACE`, `E-EXPORT-GIT` (see `private_csv.check_place`); `ConfigurationError` where no night
    is served.
    """
    configuration = load_configuration(project)
    place, shelf = check_place(project, out), served_vault(project)
    records = known_records(shelf)
    carrying = records.filter(pc.is_valid(records["nhs_number"]))
    numbers = sorted(pc.unique(carrying["nhs_number"]).to_pylist())
    audit_records(project, configuration, shelf, Act(at, user_at_work(), REQUEST, PURPOSE, run_id=shelf.run_id), carrying)
    _write(place, numbers)
    return {"run_id": shelf.run_id, "numbers": len(numbers), "out": str(place)}


def receive_answer(project: Project, answer: Path, sent: Path, *, checked_on: dt.date, at: dt.datetime) -> dict[str, Any]:
    """Keep who is missing from the answer as the national list of `checked_on`; an earlier national list is replaced.

    Raises `GovernanceError`: `E-OPTOUT-*` where either file cannot be read as a list, `E-OPTOUT-ANSWER` where the answer holds a
    number that was not sent: then it is the answer to another file, or no answer at all.
    """
    configuration = load_configuration(project)
    synthetic = configuration.area.synthetic
    asked, cleaned = (read_opt_outs(path, synthetic=synthetic).numbers for path in (sent, answer))
    strange = len(cleaned - asked)
    if strange:
        raise GovernanceError(
            "E-OPTOUT-ANSWER",
            f"{strange} numbers of the answer were not sent.",
            cure="give the file that was sent with --sent",
        )
    gone = sorted(asked - cleaned)
    folder = project.inbox / "opt_outs"
    with run_lock(project.state, "opt-outs receive"):
        audit_log(project, configuration).append(Act(at, user_at_work(), RECEIVE, PURPOSE))
        folder.mkdir(parents=True, exist_ok=True)
        earlier = [path for path in folder.glob("national_*.csv") if path.name != _name(checked_on)]
        _write(folder / _name(checked_on), gone)
        for path in earlier:
            path.unlink()
        sync(folder)
    return {"sent": len(asked), "returned": len(cleaned), "opted_out": len(gone), "checked_on": checked_on.isoformat()}


def _name(day: dt.date) -> str:
    return f"national_{day.isoformat()}.csv"


def _write(path: Path, numbers: list[str]) -> None:
    """Numbers, a comma behind each; a list of nobody is a row that holds only a comma."""
    with private_text(path) as stream:
        stream.write("".join(f"{number},\n" for number in numbers) or ",\n")
