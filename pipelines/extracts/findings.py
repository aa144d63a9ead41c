"""What there is to say of files that were read: why a source is refused, and what its supplier should know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.compute as pc

from pipelines.extracts.casting import LEFT_OUT, TEST_NUMBER
from pipelines.extracts.conversion import Converted, Task
from pipelines.extracts.delivered import Delivered
from pipelines.extracts.layout import Extract
from pipelines.extracts.number_share import TEST_CURE
from pipelines.extracts.refusal import refusal
from schemas.errors import CaselinkError

LEAST_BAD = 10  # fewer bad rows than this refuse nothing, unless they are all there is
HOPELESS = 0.9  # bad share from which another limit would let hardly anything in
CORRECTED = "ask the supplier for a corrected file"


@dataclass(frozen=True)
class ReadFile:
    """A file that was copied and converted."""

    file: Delivered
    task: Task
    result: Converted


def file_problem(each: ReadFile, refuse_share: float) -> CaselinkError | None:
    """Why the whole source has to be refused for this file, or None."""
    name, summary = each.file.name, each.result.summary
    if summary.refusal is not None:
        code, message, cure = summary.refusal
        return CaselinkError(code, message, cure=cure)
    if _too_many(summary.rejected, summary.rows, refuse_share):
        where, most = _most_often(each.result)
        rule = f"{summary.rejected} of {summary.rows} rows are bad, most often: {most}; the limit is {refuse_share:.0%}"
        cure = TEST_CURE if _test_numbers(each.result) > summary.rejected / 2 else _cure(summary.rejected, summary.rows)
        return refusal("E-LAND-ROWS", name, where, rule, cure=cure)
    lenient = {item.name for item in each.task.layout.fields if item.lenient}
    for column, count in sorted(summary.left_out.items()):
        if column not in lenient and _too_many(count, summary.good, refuse_share):
            rule = f"{count} of {summary.good} values cannot be used; the limit is {refuse_share:.0%}"
            return refusal("E-LAND-VALUES", name, f"column {column}", rule, cure=_cure(count, summary.good))
    return None


def _too_many(bad: int, rows: int, share: float) -> bool:
    return bad > share * rows and (bad >= LEAST_BAD or bad == rows)


def _cure(bad: int, rows: int) -> str:
    return CORRECTED + (", or raise night.refuse_share in caselink.toml" if bad < HOPELESS * rows else "")


def _test_numbers(result: Converted) -> int:
    return pc.sum(pc.equal(result.rejects()["rule"], TEST_NUMBER)).as_py() or 0


def _most_often(result: Converted) -> tuple[str, str]:
    """Where the first row of the commonest rule stands, and the rule."""
    rejects = result.rejects()
    rows = rejects.filter(pc.invert(pc.ends_with(rejects["rule"], LEFT_OUT)))
    counts = {each["values"]: each["counts"] for each in pc.value_counts(rows["rule"]).to_pylist()}
    rule = min(counts, key=lambda name: (-counts[name], name))
    first = rows.filter(pc.equal(rows["rule"], rule)).sort_by("line").slice(0, 1).to_pylist()[0]
    where = f"line {first['line']}" + (f", column {first['column']}" if first["column"] else "")
    return where, rule


def missing_tables(extract: Extract, read: Sequence[ReadFile]) -> list[CaselinkError]:
    """Tables without which the source says nothing and of which no file came."""
    there = {each.file.table for each in read} | {each.task.layout.stands_for for each in read}
    return [
        refusal(
            "E-LAND-TABLE",
            f"inbox/{extract.source}",
            "",
            f"no file of the table {layout.name}",
            cure=f"ask for it; its name must begin with {layout.name}",
        )
        for layout in extract.tables
        if layout.required and layout.name not in there
    ]


def without_rows(extract: Extract, read: Sequence[ReadFile]) -> list[CaselinkError]:
    """Files of a table that the night cannot do without, and that say nothing of anybody."""
    cure = "ask for the file again, with its rows"
    return [
        refusal("E-LAND-ROWLESS", each.file.name, "", "no rows", cure=cure)
        for each in read
        if extract.required and each.task.layout.required and each.result.summary.refusal is None and _rowless(each)
    ]


def rowless(extract: Extract, read: Sequence[ReadFile], doubles: Sequence[tuple[str, Task]]) -> list[str]:
    """One line for the files of an optional source that hold no row; `doubles` are names under which the same came again."""
    if extract.required:
        return []
    first = [each for each in read if each.result.summary.refusal is None and _rowless(each)]
    again = [name for name, task in doubles if any(task is each.task for each in first)]
    names = [*(each.file.name for each in first), *again]
    return [f"{_files([(name, 0) for name in names])}: no rows."] if names else []


def _rowless(each: ReadFile) -> bool:
    return each.result.summary.rows == 0


def remarks(read: Sequence[ReadFile]) -> list[str]:
    """One line for each thing worth knowing of files that were read, together for the files it is true of."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in read:
        summary = each.result.summary
        for text in summary.warnings:
            found[text].append((each.file.name, 0))
        if summary.rejected:
            found["rows refused and put in quarantine: {count}"].append((each.file.name, summary.rejected))
        if summary.blank:
            found["blank lines skipped: {count}"].append((each.file.name, summary.blank))
        for column, count in sorted(summary.left_out.items()):
            found[f"column {column}, values left out: {{count}}"].append((each.file.name, count))
    return [f"{_files(where)}: {text.format(count=sum(count for _, count in where))}." for text, where in found.items()]


def _files(where: Sequence[tuple[str, int]]) -> str:
    others = len(where) - 1
    return where[0][0] + (f" and {others} other file{'s' if others > 1 else ''}" if others else "")
