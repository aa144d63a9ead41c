"""NHS-number completeness, validity, verification and use by source."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from measures.coverage import BY_SOURCE, COMPLETENESS, LINKED, VALIDITY, VERIFIED
from measures.report.charts.bars import Bar, bars
from measures.report.figure import Figure, Panel
from measures.report.words import SOURCES, in_order, name_of, percent, whole

MEASURES = {
    COMPLETENESS: "Complete: a value is there",
    VALIDITY: "Valid: the value may be used",
    VERIFIED: "Verified: status 01",
    LINKED: "Used: linked by number",
}
NOT_GIVEN = "not given"


def figure(coverage: pa.Table) -> Figure:
    """Four bars a source. Monthly rows have a figure of their own."""
    rows = [row for row in coverage.to_pylist() if row["breakdown"] == BY_SOURCE]
    sources = in_order(SOURCES, (row["category"] for row in rows))
    found = {(row["measure"], row["category"]): row for row in rows}
    complete = {s: found[COMPLETENESS, s]["rate"] for s in sources if (COMPLETENESS, s) in found}
    known = {source: rate for source, rate in complete.items() if rate is not None}
    lowest = min(known, key=lambda source: (known[source], source), default=None)
    reading = "A short bar in the first chart costs linkage; a short one in the second means wrong or placeholder numbers."
    if lowest is not None:
        reading = f"{name_of(SOURCES, lowest)} gives a number least often ({percent(known[lowest])}). {reading}"
    return Figure(
        key="nhs-number-coverage",
        title="NHS numbers by source",
        reading=reading,
        panels=[_panel(measure, title, sources, found) for measure, title in MEASURES.items()],
        columns=("Source", "Measure", "Records counted", "Of", "Share"),
        rows=[_cells(found[m, s]) for s in sources for m in MEASURES if (m, s) in found],
        numeric=range(2, 5),
    )


def _panel(measure: str, title: str, sources: list[str], found: dict[tuple[str, str], dict[str, Any]]) -> Panel:
    counted = [source for source in sources if measure != LINKED or (measure, source) in found]  # the register is linked to
    drawn = [_bar(source, found.get((measure, source))) for source in counted]
    words = "; ".join(f"{bar.label}: {bar.text}" for bar in drawn)
    return Panel(lambda width: bars(drawn, width, full=1), f"Bar chart. {title}. {words}", title)


def _bar(source: str, row: dict[str, Any] | None) -> Bar:
    name = name_of(SOURCES, source)
    if row is None or (row["rate"] is None and not row["suppressed"]):
        return Bar(name, None, NOT_GIVEN)
    return Bar(name, row["rate"], percent(row["rate"], withheld=True))


def _cells(row: dict[str, Any]) -> list[str]:
    measure = MEASURES[row["measure"]].split(":")[0]
    counts = [whole(row["numerator"]), whole(row["denominator"])]
    return [name_of(SOURCES, row["category"]), measure, *counts, percent(row["rate"], withheld=row["suppressed"])]
