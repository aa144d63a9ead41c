"""The national data opt-out check: the file of NHS numbers to send, and the cleaned list that comes back.

The service is sent numbers, one a row and a comma behind it, and returns the numbers of those who have not opted out. Who is
missing from the answer has opted out. The status is written on no record: it lies in one dated list, replaced at every check.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Set
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.compute as pc

from governance.opt_outs import read_opt_outs
from pipelines.auditing import audit_log, audit_records, operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.history import served_vault
from pipelines.lock import run_lock
from pipelines.private_csv import check_place, private_text
from pipelines.project import Project
from pipelines.settings.purposes import OptOutSettings
from pipelines.shelf import sync
from pipelines.traced import known_records
from schemas.errors import ConfigurationError, GovernanceError

REQUEST, RECEIVE, PURPOSE = "opt-outs request", "opt-outs receive", "honouring the national data opt-out"
LONDON = ZoneInfo("Europe/London")


def write_request(project: Project, out: Path, *, at: dt.datetime) -> dict[str, Any]:
    """Write every usable number of the served night's people, in ascending order, to a new file; audited first. How many numbers.

    Raises `GovernanceError` `E-EXPORT-PLACE`, `E-EXPORT-GIT` (see `private_csv.check_place`); `ConfigurationError`
    `E-OPTOUT-EXISTS` where there is such a file, and `E-RUN-NONE` where no night is served.
    """
    configuration = load_configuration(project)
    place = check_place(project, out)
    if place.exists():
        raise ConfigurationError(
            "E-OPTOUT-EXISTS", "the file of --out is there already, and may be awaiting its answer.", cure="choose another name"
        )
    shelf = served_vault(project)
    records = known_records(shelf)
    carrying = records.filter(pc.is_valid(records["nhs_number"]))
    numbers = sorted(pc.unique(carrying["nhs_number"]).to_pylist())
    audit_records(project, configuration, shelf, operator_act(at, REQUEST, PURPOSE, run_id=shelf.run_id), carrying)
    _write(place, numbers)
    return {"run_id": shelf.run_id, "numbers": len(numbers), "out": str(place)}


def receive_answer(
    project: Project, answer: Path, sent: Path, *, checked_on: dt.date, at: dt.datetime, accept_many: bool = False
) -> dict[str, Any]:
    """Keep who is missing from the answer as the national list of `checked_on`; an earlier national list is replaced.

    `accept_many` keeps it however many are missing, and the audit log says so. A refusal changes nothing. `share` and
    `share_before` in what is given back: of the numbers sent, how many the new list and the one before hold.

    Raises `ConfigurationError` `E-ARGUMENT` for a day to come; `GovernanceError`: `E-OPTOUT-*` where a file cannot be read as a
    list, `E-OPTOUT-ANSWER` where the answer holds a number that was not sent: then it is the answer to another file, or none at
    all; `E-OPTOUT-MANY` where more are missing than is plausible (`[opt_outs] most_opted_out`, `most_growth`).
    """
    configuration = load_configuration(project)
    _check_day(checked_on, at)
    synthetic = configuration.area.synthetic
    asked = read_opt_outs(sent, synthetic=synthetic, name="the file of --sent").numbers
    cleaned = read_opt_outs(answer, synthetic=synthetic, name="the answer").numbers
    strange = len(cleaned - asked)
    if strange:
        raise GovernanceError(
            "E-OPTOUT-ANSWER",
            f"{strange} numbers of the answer were not sent.",
            cure="give the file that was sent with --sent",
        )
    gone = asked - cleaned
    folder = project.inbox / "opt_outs"
    before = _last_list(folder, synthetic=synthetic)
    share, share_before = _share(gone, asked), None if before is None else _share(before & asked, asked)
    many = _too_many(share, share_before, configuration.opt_outs)
    if many and not accept_many:
        raise GovernanceError(
            "E-OPTOUT-MANY",
            f"{many}: the answer may be cut short. The list there was stays.",
            cure="get the whole answer; or, where the share is right, --accept-many, which the audit log keeps",
        )
    with run_lock(project.state, "opt-outs receive"):
        purpose = f"{PURPOSE}; an unusual share accepted: {many}" if many else PURPOSE
        audit_log(project, configuration).append(operator_act(at, RECEIVE, purpose))
        _replace(folder, checked_on, sorted(gone))
    return {
        "sent": len(asked),
        "returned": len(cleaned),
        "opted_out": len(gone),
        "checked_on": checked_on.isoformat(),
        "share": share,
        "share_before": share_before,
        "accepted_many": bool(many),
        "night_before": _night_before(configuration, checked_on),
    }


def _check_day(checked_on: dt.date, at: dt.datetime) -> None:
    today = at.astimezone(LONDON).date()
    if checked_on > today:
        raise ConfigurationError(
            "E-ARGUMENT",
            f"--checked-on {checked_on.isoformat()} is a day to come; today is {today.isoformat()}.",
            cure="give the day on which the service made the list",
        )


def _share(some: Set[str], every: Set[str]) -> float:
    return len(some) / len(every) if every else 0.0


def _too_many(share: float, before: float | None, settings: OptOutSettings) -> str:
    """In words, why a larger share has opted out than is plausible; empty where it is. `before`: that of an earlier list."""
    if before is None:
        limit, against = settings.most_opted_out, f"[opt_outs] most_opted_out allows {settings.most_opted_out:.0%}"
    else:
        limit = before + settings.most_growth
        against = f"the last list had {before:.1%} and [opt_outs] most_growth allows {settings.most_growth * 100:g} points more"
    return f"{share:.1%} of those sent would count as opted out, {against}" if share > limit else ""


def _last_list(folder: Path, *, synthetic: bool) -> frozenset[str] | None:
    """The numbers of the latest national list in the folder; None where there is none, or none that can be read."""
    latest = max(folder.glob(_name("*")), default=None)
    try:
        return read_opt_outs(latest, synthetic=synthetic).numbers if latest else None
    except GovernanceError:
        return None


def _night_before(configuration: Configuration, checked_on: dt.date) -> str | None:
    """The configured reference date of nights, where it lies before the check: such a night does not read the list."""
    as_at = configuration.night.as_at
    return as_at.isoformat() if as_at is not None and as_at < checked_on else None


def _replace(folder: Path, checked_on: dt.date, numbers: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = _name(checked_on.isoformat())
    earlier = [path for path in folder.glob(_name("*")) if path.name != name]
    _write(folder / name, numbers)
    for path in earlier:
        path.unlink()
    sync(folder)


def _name(day: str) -> str:
    return f"national_{day}.csv"


def _write(path: Path, numbers: list[str]) -> None:
    """Numbers, a comma behind each; a list of nobody is a row that holds only a comma."""
    with private_text(path) as stream:
        stream.write("".join(f"{number},\n" for number in numbers) or ",\n")
