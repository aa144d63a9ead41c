"""Precision and recall of linkage, as estimated from clerks' judgements of a sample of pairs."""

from __future__ import annotations

import pyarrow as pa

from measures.report.charts.group_panels import (
    LEGEND,
    Groups,
    Row,
    against_interval,
    groups_of,
    interval,
    lowest_group,
    of_all,
    panels,
    said,
)
from measures.report.figure import Figure
from measures.report.groups import BREAKDOWNS, EVERYBODY, group_name
from measures.report.words import percent, whole

PRECISION, RECALL, JUDGED = "estimated_precision", "estimated_recall", "estimated_from_judgements"
TITLES = {PRECISION: "Estimated precision: share of links that are right", RECALL: "Estimated recall: share of true pairs linked"}
NO_JUDGEMENTS = (
    "No pair of this sample is judged yet: precision and recall can be estimated once clerks have judged some. "
    "Until then the shares above say how much was linked, not how well."
)
WITHHELD_GROUPS = "The pale band is the interval of all; groups of too few judgements have a star in the table and no dot."
NOTES = {
    PRECISION: WITHHELD_GROUPS,
    RECALL: f"{WITHHELD_GROUPS} A pair that was never compared is in no sample, so true recall is somewhat lower.",
}

Judged = dict[tuple[str, str], Row]


def figures(accuracy: pa.Table) -> list[Figure]:
    """Precision, then recall, each a dot and whisker a group; one figure that says so where nobody has judged."""
    drawn = {measure: groups_of(accuracy, measure) for measure in TITLES}
    if not any(drawn.values()):
        return [Figure("accuracy", "Estimated precision and recall", NO_JUDGEMENTS, columns=(), rows=())]
    judged = {(row["breakdown"], row["category"]): row for row in accuracy.to_pylist() if row["measure"] == JUDGED}
    return [_figure(measure, groups, judged) for measure, groups in drawn.items() if groups]


def _figure(measure: str, groups: Groups, judged: Judged) -> Figure:
    shown = {name: [row for row in rows if row["rate"] is not None] for name, rows in groups.items()}
    shown = {name: rows for name, rows in shown.items() if rows}
    return Figure(
        key=measure.replace("_", "-"),
        title=TITLES[measure],
        reading=_reading(measure, groups, judged),
        panels=panels(shown, TITLES[measure].split(":")[0], against_interval(groups)),
        legend=LEGEND if shown else (),
        columns=("Group", "Judgements", "Estimate", "95% interval"),
        rows=[
            [
                f"{BREAKDOWNS[name]}: {group_name(name, row['category'])}" if name in BREAKDOWNS else "All records",
                whole(judged.get((name, row["category"]), {}).get("numerator")),
                percent(row["rate"], withheld=row["suppressed"]),
                interval(row),
            ]
            for name in (EVERYBODY, *BREAKDOWNS)
            for row in groups.get(name, [])
        ],
    )


def _reading(measure: str, groups: Groups, judged: Judged) -> str:
    count = whole(judged.get((EVERYBODY, EVERYBODY), {}).get("numerator"))
    found = lowest_group(groups, against_interval(groups))
    worst = "No group of people is clearly below."
    if found:
        breakdown, row = found
        worst = f"Clearly below is {group_name(breakdown, row['category'])} ({BREAKDOWNS[breakdown].lower()}): {said(row)}."
    return f"{said(of_all(groups))} for all records, from {count} judgements. {worst} {NOTES[measure]}"
