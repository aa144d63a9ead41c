"""Linkage quality of a published night as `caselink link quality` shows it: aggregates after disclosure control, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.quality.subgroups import BREAKDOWNS
from pipelines.history import resolve
from pipelines.project import Project
from pipelines.publish import read_manifest
from schemas.aggregate import Measure, WeightBin

FIGURES = ("numerator", "denominator", "rate", "rate_low", "rate_high", "suppressed")
OUTCOMES = ("linked", "review", "unlinked")
# How the measures of each table begin, and those that people are shown.
GROUPS, ESTIMATES = "records_", "estimated_"
SHOWN = ("records_linked", "records_in_review", "records_unlinked")
WITHHELD, NO_FIGURE = "*", "-"

Rows = list[dict[str, Any]]


def published_quality(project: Project, run_id: str) -> dict[str, Any]:
    """One night's shares by group, estimates by group and weight bins, as rows; a null figure is withheld or does not exist.

    Raises `ConfigurationError` where there is no such published night.
    """
    run_id = resolve(project, run_id)
    folder = project.night(run_id)
    measures = Measure.conform(pq.read_table(folder / "aggregate" / "measure.parquet", partitioning=None)).to_pylist()
    bins = _weight_bins(folder / "aggregate" / "weight_bin.parquet").to_pylist()
    thresholds = {name: bins[0][name] if bins else None for name in ("review_weight", "accept_weight")}
    return {
        "run_id": run_id,
        "as_at": read_manifest(folder)["as_at"],
        **thresholds,
        "groups": _figures(measures, GROUPS),
        "estimates": _figures(measures, ESTIMATES),
        "weights": [{name: row[name] for name in row if name not in thresholds} for row in bins],
    }


def _weight_bins(path: Path) -> pa.Table:
    """None where the night was published before weights were counted."""
    return pq.read_table(path, partitioning=None) if path.is_file() else WeightBin.empty()


def _figures(measures: Rows, prefix: str) -> Rows:
    names = ("measure", "breakdown", "category", *FIGURES)
    return [{name: row[name] for name in names} for row in measures if row["measure"].startswith(prefix)]


def group_lines(groups: Rows) -> Rows:
    """A line a group for people: records, share linked with its interval, shares in review and unlinked.

    Groups over all records only; the rows of records with and without names are for programs.
    """
    found = {(row["breakdown"], row["category"], row["measure"]): row for row in groups}
    lines = []
    for row in sorted((row for row in groups if row["measure"] == SHOWN[0] and row["breakdown"] in BREAKDOWNS), key=_place):
        linked, waiting, unlinked = (found.get((row["breakdown"], row["category"], measure), {}) for measure in SHOWN)
        lines.append(
            {
                "group": _group(row),
                "records": _count(linked["denominator"]),
                "linked": _share(linked),
                "95%": _interval(linked),
                "in review": _share(waiting),
                "unlinked": _share(unlinked),
            }
        )
    return lines


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Breakdowns in their order, groups by alphabet, deciles by number."""
    category = row["category"]
    return BREAKDOWNS.index(row["breakdown"]), int(category) if category.isdigit() else 0, category


def estimate_lines(estimates: Rows) -> Rows:
    """A line an estimate for people."""
    return [
        {
            "estimate": row["measure"].removeprefix(ESTIMATES).replace("_", " "),
            "group": _group(row),
            "share": _share(row) if row["denominator"] is not None or row["suppressed"] else _count(row["numerator"]),
            "95%": _interval(row),
        }
        for row in estimates
    ]


def weight_lines(weights: Rows) -> Rows:
    """A line a bin for people."""
    return [
        {"bits": f"{row['bin_from']:g} to {row['bin_to']:g}", **{name: _count(row[name]) for name in OUTCOMES}} for row in weights
    ]


def _group(row: dict[str, Any]) -> str:
    """`age_band 05-09`; `all`."""
    return " ".join(dict.fromkeys((row["breakdown"], row["category"])))


def _count(count: int | None) -> str:
    return WITHHELD if count is None else f"{count:,}"


def _share(row: dict[str, Any]) -> str:
    if row.get("rate") is None:
        return WITHHELD if row.get("suppressed") else NO_FIGURE
    return f"{row['rate']:.1%}"


def _interval(row: dict[str, Any]) -> str:
    if row.get("rate_low") is None:
        return WITHHELD if row.get("suppressed") else NO_FIGURE
    return f"{100 * row['rate_low']:.1f} to {row['rate_high']:.1%}"
