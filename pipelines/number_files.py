"""NHS numbers in files: the trace out, its response in, and what each source should know of its own records.

What leaves the vault is in the audit log first.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.audit import Act
from pipelines.auditing import audit_records, operator_act
from pipelines.config import load_configuration
from pipelines.extracts.copying import ChangedWhileReadError, land_copy
from pipelines.extracts.local_ids import DERIVED
from pipelines.history import served_vault
from pipelines.lock import run_lock
from pipelines.night import Night
from pipelines.private_csv import check_place, write_private_csv
from pipelines.project import Project
from pipelines.shelf import Shelf
from pipelines.traced import TABLE, known_records, traced_folder
from schemas.errors import CaselinkError, ConfigurationError
from schemas.identifiable import SOURCES, NumberReturn
from schemas.table import TableRef
from schemas.zones import Zone

if TYPE_CHECKING:  # linkage takes seconds to import, and `numbers` has no need of it
    from linkage import Linked
    from linkage.numbers.answers import TraceFile

TRACE_EXPORT, TRACE_PURPOSE = "link trace export", "tracing numbers against the national register"
NUMBERS, NUMBERS_PURPOSE = "link numbers", "returning numbers to their sources"

IDENTIFIABLE = Zone.IDENTIFIABLE
RETURN_COLUMNS = [name for name in NumberReturn.columns() if name != "source"]
ASKED_SOURCES = tuple(source for source in SOURCES if source != "register")


def put_number_returns(night: Night, linked: Linked) -> TableRef:
    """The night's returns: a table in the vault, and a file for each source under the night's `returns/` there."""
    from linkage.numbers.returns import number_returns

    shelf = night.vault_shelf
    found = number_returns(
        shelf.get(IDENTIFIABLE, "person_record"),
        linked.matches,
        linked.conflicts,
        shelf.get(IDENTIFIABLE, "register_merger"),
        shelf.get(IDENTIFIABLE, TABLE),
    )
    write_returns(shelf.folder / "returns", found.rows)
    return shelf.put(NumberReturn, "number_return", found.rows)


def export_returns(project: Project, out: Path, *, at: dt.datetime) -> dict[str, Any]:
    """Write the served night's returns to a folder; how many lines of each finding each source's file has."""
    folder = check_place(project, out)
    shelf = served_vault(project)
    if not shelf.path(IDENTIFIABLE, "number_return").is_file():
        raise ConfigurationError("E-NUMBERS-NONE", "the night served now has no number returns.", cure="`caselink run`")
    returns = shelf.get(IDENTIFIABLE, "number_return")
    _audit(project, shelf, operator_act(at, NUMBERS, NUMBERS_PURPOSE, run_id=shelf.run_id), _to_write(returns))
    return {"run_id": shelf.run_id, "out": str(folder), **write_returns(folder, returns)}


def write_returns(folder: Path, returns: pa.Table) -> dict[str, Any]:
    """One file for each source, also where there is nothing to say: yesterday's must not be taken for tonight's.

    A record whose local id was derived by us is left out and counted: its source would not know the id.
    """
    own = _to_write(returns)
    for source in ASKED_SOURCES:
        rows = own.filter(pc.equal(own["source"], source)).select(RETURN_COLUMNS)
        write_private_csv(folder / f"{source}.csv", rows, for_people=True)
    counts: dict[str, dict[str, int]] = {source: {} for source in ASKED_SOURCES}
    for (source, finding), count in sorted(Counter(zip(*_texts(own, "source", "finding"), strict=True)).items()):
        counts[source][finding] = count
    return {"sources": counts, "without_local_id": returns.num_rows - own.num_rows}


def _to_write(returns: pa.Table) -> pa.Table:
    return returns.filter(pc.invert(pc.starts_with(returns["local_patient_id"], DERIVED)))


def export_trace(project: Project, out: Path, source: str | None, *, at: dt.datetime) -> dict[str, Any]:
    """Write the served night's trace file; how many records it asks about and why, and how many were left out and why."""
    if source is not None and source not in ASKED_SOURCES:
        raise ConfigurationError("E-ARGUMENT", "--source is no source.", cure=f"one of: {', '.join(ASKED_SOURCES)}")
    path = check_place(project, out)
    if path.is_dir():
        raise ConfigurationError("E-ARGUMENT", "--out is a folder.", cure="name a file")
    from linkage.numbers.requests import trace_requests  # after the refusals, which need no linkage

    shelf = served_vault(project)
    tables = (shelf.get(IDENTIFIABLE, name) for name in ("match", "conflict", "register_merger"))
    requests = trace_requests(known_records(shelf), *tables, source=source)
    _audit(project, shelf, operator_act(at, TRACE_EXPORT, TRACE_PURPOSE, run_id=shelf.run_id), requests.about)
    write_private_csv(path, requests.rows, for_people=False)
    return {
        "run_id": shelf.run_id,
        "out": str(path),
        "records": requests.rows.num_rows,
        "asked": _counts(requests.asked),
        "left_out": _counts(requests.left_out),
    }


def import_trace(project: Project, response: Path) -> tuple[dict[str, Any], TraceFile]:
    """Check a response and put a copy into `inbox/traced` for the next night; what was in it. The same bytes are kept once.

    Raises `CaselinkError`: those of `read_trace_answers`; `E-TRACE-NOTHING` where no row of it can be used; `E-TRACE-FILE` where
    it cannot be copied.
    """
    from linkage.numbers.answers import read_trace_answers

    synthetic = load_configuration(project).area.synthetic
    waiting = project.vault / "tracing"
    project.make_folders()
    with run_lock(project.state, "trace-import"):
        try:
            copy, digest = _private_copy(response, waiting)
            found = read_trace_answers(copy, synthetic=synthetic, name="the response")
            if not found.answers.num_rows:
                raise CaselinkError(
                    "E-TRACE-NOTHING",
                    f"none of the {found.rows} rows of the response can be used.",
                    cure="give the response to a file of `caselink link trace export` as it came",
                )
            place = traced_folder(project) / f"traced-{digest[:12]}.csv"
            new = not place.is_file()
            place.parent.mkdir(exist_ok=True, mode=0o700)
            if new:
                shutil.move(copy, place)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
    outcomes = Counter(found.answers["outcome"].to_pylist())
    answer = {
        "file": f"inbox/traced/{place.name}",
        "new": new,
        "rows": found.rows,
        "answers": found.answers.num_rows,
        "rejected": found.rejects.num_rows,
        "outcomes": dict(sorted(outcomes.items())),
        "rejects": found.rejects.drop_columns("file").to_pylist(),
    }
    return answer, found


def _private_copy(path: Path, folder: Path) -> tuple[Path, str]:
    failure = ""
    try:
        return land_copy(path, folder)
    except (OSError, ChangedWhileReadError) as error:
        failure = type(error).__name__  # raised below, outside the except block
    raise CaselinkError("E-TRACE-FILE", f"the response cannot be copied ({failure}).", cure="is it there, and whole?")


def _audit(project: Project, shelf: Shelf, act: Act, about: pa.Table) -> None:
    audit_records(project, load_configuration(project), shelf, act, about)


def _texts(table: pa.Table, *names: str) -> list[list[str]]:
    return [table[name].to_pylist() for name in names]


def _counts(counted: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    told: dict[str, dict[str, int]] = {}
    for (source, reason), count in sorted(counted.items()):
        told.setdefault(source, {})[reason] = count
    return told
