"""Answers of batch traces that lie in `inbox/traced`: read every night, as the opt-out lists are, and lent to its records."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipelines.night import Night, Outcome
from pipelines.plan import check_planned
from pipelines.project import Project
from pipelines.shelf import Shelf, digest
from schemas.errors import CaselinkError
from schemas.identifiable import PersonRecord, TraceAnswer
from schemas.table import Rows
from schemas.zones import Zone

if TYPE_CHECKING:  # linkage takes seconds to import
    from linkage.numbers.answers import TraceFile
    from linkage.numbers.lending import Traced

TABLE = "trace_answer"
# What `caselink link trace import` calls a file. Another name might name somebody, and is not shown.
IMPORTED = re.compile(r"traced-[0-9a-f]{12}\.csv")


def traced_folder(project: Project) -> Path:
    """Where responses lie."""
    return project.inbox / "traced"


def read_traced(night: Night) -> Outcome:
    """Every response as one table in the vault. One that cannot be read gives no number, and the night says so.

    Raises `CaselinkError` `E-INBOX-CHANGED` where a file came, or changed, after the night was planned.
    """
    from linkage.numbers.answers import read_trace_answers

    folder = traced_folder(night.project)
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    check_planned(night, (digest(path) for path in files))
    answers, warnings, notes = [TraceAnswer.empty()], [], []
    for number, path in enumerate(files, 1):
        name = path.name if IMPORTED.fullmatch(path.name) else f"file {number} of inbox/traced"
        try:
            found = read_trace_answers(path, synthetic=night.configuration.area.synthetic, name=name)
        except CaselinkError as refusal:
            warnings.append(f"{refusal} No number is taken from it.")
            continue
        answers.append(found.answers)
        notes += [f"{name}: {line}" for line in refused_rows(found)]
    table = night.vault_shelf.put(TraceAnswer, TABLE, pa.concat_tables(answers))
    return Outcome((table,), tuple(warnings), tuple(notes))


def refused_rows(file: TraceFile) -> list[str]:
    """`3 rows refused: bad date (DATE_OF_BIRTH), the first in line 7`, one line for each rule."""
    rows = file.rejects.to_pylist()
    counts = Counter((row["rule"], row["column"]) for row in rows)
    first = {(row["rule"], row["column"]): row["line"] for row in reversed(rows)}
    return [
        f"{count} rows refused: {rule}{f' ({column})' if column else ''}, the first in line {first[rule, column]}."
        for (rule, column), count in sorted(counts.items(), key=lambda each: first[each[0]])
    ]


def known_records(shelf: Shelf) -> Rows[PersonRecord]:
    """The night's person records with the numbers that traces found and whom they protect.

    Whatever links, shows, writes or lets through the wall goes by these. `person_record` itself stays as delivered, so that what
    the sources' own numbers are worth can be measured.
    """
    return traced_records(shelf).records


def traced_records(shelf: Shelf) -> Traced:
    """`known_records` with the counts of what was not taken. A night of before there were traces has none."""
    from linkage.numbers.lending import with_traced_numbers

    there = shelf.path(Zone.IDENTIFIABLE, TABLE).is_file()
    answers = shelf.get(Zone.IDENTIFIABLE, TABLE) if there else TraceAnswer.empty()
    records, mergers = (shelf.get(Zone.IDENTIFIABLE, name) for name in ("person_record", "register_merger"))
    return with_traced_numbers(records, answers, mergers)


def notes_of(traced: Traced) -> tuple[str, ...]:
    """For the handover: how many numbers were taken, and why others were not."""
    from linkage.numbers.lending import TAKEN

    order = sorted(traced.notes.items(), key=lambda each: (each[0] != TAKEN, each[0]))
    return tuple(f"batch trace, {name}: {count}." for name, count in order if count)
