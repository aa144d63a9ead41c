"""Every figure of the night under the project's disclosure policy, together: so that none gives another away.

Measures, weight bins, refused rows, pairs in review, proposals and the counts of the models' checks are decided in one go,
because they add up to one another. What the nights before published is taken into account, too: whoever keeps them may take a
figure for unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from governance.disclosure import suppress, suppress_counts
from governance.disclosure_check import Key, Range
from governance.policies import Policy, policy_named
from governance.secondary import Disclosed, Figures, State, disclose
from pipelines.figure_keys import ABOVE, AREA, BELOW, Figure
from pipelines.last_shown import carried_on, keep_last_shown, kept_last_shown
from pipelines.model_totals import kind_of, published_model_counts
from pipelines.night import Night
from pipelines.overview import proposals_per_team, reject_counts, review_counts
from pipelines.project import Project
from pipelines.published_totals import BIN, FEED_REJECTED, REJECT, REVIEW, TEAM, declared_totals, period_of
from pipelines.shelf import Shelf
from schemas.aggregate import FeedAge, Measure, WeightBin
from schemas.table import Rows, TableRef
from schemas.zones import Zone

if TYPE_CHECKING:
    from pipelines.raw_checks import RawChecks

OUTCOMES = ("linked", "review", "unlinked")
FEED_COUNTS = ("rows", "rejected")
# Every figure in full, in the vault: `caselink governance attack` reads it, to know what an intruder would have to find.
EXACT = "figure"
EXACT_SCHEMA = pa.schema(
    [*((name, pa.string()) for name in Figure._fields), ("count", pa.int64()), ("shown", pa.int64()), ("state", pa.string())]
)
POLICY_FILE = "disclosure.json"


@dataclass(frozen=True)
class Published:
    """The night's figures as they leave: a withheld one is null."""

    measures: Rows[Measure]
    weights: Rows[WeightBin]
    rejects: pa.Table
    review: dict[str, int | None]
    proposals: dict[str, int | None]
    unplaced: int | None


def put_feed_ages(night: Night, feeds: Rows[FeedAge], rejects: pa.Table) -> tuple[TableRef, ...]:
    """`aggregate/feed_age.parquet` under the policy, and the exact counts in the vault, for the checker.

    These figures stand before the others are decided. So the refused rows of a source are shown only where no rule refused few of
    them: else their total would give the few away.
    """
    policy = night.configuration.disclosure.chosen()
    few = {row["source"] for row in reject_counts(rejects).to_pylist() if policy.is_small(row["count"])}
    open_rows = [None if row["source"] in few else row["rejected"] for row in feeds.to_pylist()]
    rejected = feeds.column_names.index("rejected")
    open_feeds = feeds.set_column(rejected, feeds.schema.field("rejected"), pa.array(open_rows, pa.int64()))
    shown = suppress_counts(open_feeds, *FEED_COUNTS, policy=night.configuration.disclosure.policy)
    exact = night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, "feed_count", open_feeds.select(["source", *FEED_COUNTS]))
    return night.shelf.put(FeedAge, "feed_age", shown), exact


def publish_figures(night: Night, raw: Rows[Measure], proposals: pa.Table) -> Published:
    """Decide what of every figure is shown, write the tables of aggregates, and keep in the vault what was withheld besides.

    Raises `GovernanceError` `E-DISCLOSURE-*` where a withheld figure could be solved: then nothing is published.
    """
    from pipelines.model_counts import beside_the_list, model_counts
    from pipelines.raw_checks import read_raw_checks

    policy, vault = night.configuration.disclosure.chosen(), night.vault_shelf
    checks = read_raw_checks(night.shelf)
    bins = vault.get(Zone.IDENTIFIABLE, "weight_bin")
    rejects = reject_counts(vault.get(Zone.IDENTIFIABLE, "reject"))
    review, teams = review_counts(vault.get(Zone.IDENTIFIABLE, "review_pair")), proposals_per_team(proposals)
    feeds = vault.get(Zone.IDENTIFIABLE, "feed_count").to_pylist()
    suppressed = suppress(raw, policy.name)
    counts: dict[Key, int] = measure_counts(raw) | bin_counts(bins) | model_counts(checks)
    counts |= {_one(REJECT, row["rule"], row["source"]): row["count"] for row in rejects.to_pylist()}
    counts |= {_one(REVIEW, reason): count for reason, count in review.items()}
    localities = {team.id: team.locality for team in night.configuration.team}
    counts |= {_one(TEAM, team, localities[team]): count for team, count in teams.items()}
    pinned: dict[Key, int] = {
        _one(FEED_REJECTED, row["source"], row["source"]): row["rejected"] for row in feeds if row["rejected"] is not None
    }
    before = known_before(night.project, night.earlier or night.parent)
    figures = Figures(
        counts | pinned,
        declared_totals(counts | pinned),  # type: ignore[arg-type]
        hidden=_hidden(raw, suppressed, policy) | beside_the_list(checks, policy, before),
        pinned=set(pinned),
        before=before,
        group=kind_of,  # type: ignore[arg-type]
    )
    found = disclose(figures, policy)
    _keep(night, policy, found, counts | pinned)
    keep_last_shown(vault, carried_on(before, found, counts | pinned, policy))
    _put_models(night, checks, found, policy)
    unplaced = Figure("people_without_professional", "proposal", "no accountable professional", AREA, "day", ABOVE)
    return Published(
        measures=_put_measures(night, suppressed, found.shown),
        weights=_put_bins(night, bins, found.shown),
        rejects=rejects.set_column(
            2, "count", pa.array([found.shown[_one(REJECT, r["rule"], r["source"])] for r in rejects.to_pylist()], pa.int64())
        ),
        review={reason: found.shown[_one(REVIEW, reason)] for reason in review},
        proposals={team: found.shown[_one(TEAM, team, localities[team])] for team in teams},
        unplaced=found.shown.get(unplaced, 0),
    )


def _put_models(night: Night, checks: RawChecks, found: Disclosed, policy: Policy) -> None:
    """The tables of the models, their gates, and their cards complete."""
    from pipelines.model_cards import complete_cards
    from pipelines.model_tables import model_tables, put_model_tables

    tables = model_tables(checks, found, policy)
    put_model_tables(night.shelf, tables)
    complete_cards(night.shelf.folder / "model", tables)


def measure_counts(measures: pa.Table) -> dict[Key, int]:
    """Every count of measure rows by its key, without those that are null."""
    rows = measures.to_pylist()
    return {figure_of(row, side): row[side] for row in rows for side in (ABOVE, BELOW) if row[side] is not None}


def bin_counts(bins: pa.Table) -> dict[Key, int]:
    """Every count of weight bins by its key, without those that are null."""
    rows = bins.to_pylist()
    return {bin_of(row, name): row[name] for row in rows for name in OUTCOMES if row[name] is not None}


def figure_of(row: dict[str, Any], side: str) -> Figure:
    """The key of one side of a measure row."""
    return Figure(row["measure"], row["breakdown"], row["category"], row["organisation"], period_of(row), side)


def bin_of(row: dict[str, Any], outcome: str) -> Figure:
    """The key of one count of a weight bin."""
    return Figure(BIN, outcome, f"{row['bin_from']:g}", AREA, "day", ABOVE)


def known_before(project: Project, run_id: str | None) -> dict[Key, Range]:
    """Bounds of every count as it was last shown, by this published night or by one before it; none without a night.

    What a night shows counts also where it was published by a version that did not keep ranges of all of it.
    """
    if run_id is None:
        return {}
    kept = kept_last_shown(Shelf(project.vault_night(run_id), run_id, identifiable=True))
    return shown_before(project.night(run_id)) | (kept or {})


def shown_before(folder: Path | None) -> dict[Key, Range]:
    """Bounds of every count that a published night shows, under the policy that it was published under; it kept none itself.

    Where totals were made of rounded parts they are no rounded counts, and say nothing: there are no bounds.
    """
    if folder is None or not (folder / "aggregate" / "measure.parquet").is_file():
        return {}
    policy = policy_of(folder)
    if policy.adds_up:
        return {}
    return {key: Range(*policy.behind(count)) for key, count in published_counts(folder).items()}


def published_counts(folder: Path) -> dict[Key, int]:
    """Every count that a published night shows."""
    aggregate = folder / "aggregate"
    counts = measure_counts(pq.read_table(aggregate / "measure.parquet", partitioning=None))
    bins = aggregate / "weight_bin.parquet"
    counts |= bin_counts(pq.read_table(bins, partitioning=None)) if bins.is_file() else {}
    return counts | published_model_counts(folder)


def policy_of(folder: Path) -> Policy:
    """The policy that a published night was published under; nights before policies could be chosen had `nhse-hes`."""
    path = folder / POLICY_FILE
    return policy_named(json.loads(path.read_text())["policy"] if path.is_file() else "nhse-hes")


def least_values_of(folder: Path) -> int:
    """How many values a withheld count of a published night was to have left."""
    path = folder / POLICY_FILE
    return int(json.loads(path.read_text())["least_values"]) if path.is_file() else policy_of(folder).least_values


def _one(kind: str, category: str, organisation: str = AREA) -> Figure:
    return Figure(kind, "", category, organisation, "day", ABOVE)


def _hidden(raw: pa.Table, suppressed: pa.Table, policy: Policy) -> set[Key]:
    """Counts that are withheld though not small: what the few people of the denominator add up to."""
    pairs = zip(raw.to_pylist(), suppressed.to_pylist(), strict=True)
    return {
        figure_of(row, side)
        for row, shown in pairs
        for side in (ABOVE, BELOW)
        if row[side] is not None and shown[side] is None and not policy.is_small(row[side])
    }


def _put_measures(night: Night, suppressed: pa.Table, shown: Mapping[Key, int | None]) -> Rows[Measure]:
    rows = [_row(row, shown) for row in suppressed.to_pylist()]
    table = Measure.validate(pa.Table.from_pylist(rows, schema=Measure.arrow_schema()))
    night.shelf.put(Measure, "measure", table)
    return table


def _row(row: dict[str, Any], shown: Mapping[Key, int | None]) -> dict[str, Any]:
    """A suppressed row with what else is withheld, and with totals that add up where the policy wants them to."""
    above, below = (shown.get(figure_of(row, side)) for side in (ABOVE, BELOW))
    if (above, below) == (row[ABOVE], row[BELOW]):
        return row
    lost = any(row[side] is not None and found is None for side, found in ((ABOVE, above), (BELOW, below)))
    hidden = row["suppressed"] or lost
    rate = above / below if above is not None and below and not hidden else None
    return {**row, ABOVE: above, BELOW: below, "rate": rate, "rate_low": None, "rate_high": None, "suppressed": hidden}


def _put_bins(night: Night, bins: pa.Table, shown: Mapping[Key, int | None]) -> Rows[WeightBin]:
    rows = [{**row, **{name: shown.get(bin_of(row, name)) for name in OUTCOMES}} for row in bins.to_pylist()]
    table = WeightBin.validate(pa.Table.from_pylist(rows, schema=WeightBin.arrow_schema()))
    night.shelf.put(WeightBin, "weight_bin", table)
    return table


def _keep(night: Night, policy: Policy, found: Disclosed, counts: Mapping[Key, int]) -> None:
    """The policy beside the night's tables, for whoever reads them; every figure in full in the vault."""
    said = {"policy": policy.name, "least_values": policy.least_values, "evidence": night.configuration.disclosure.evidence}
    (night.shelf.folder / POLICY_FILE).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    rows = [
        {**key._asdict(), "count": counts[key], "shown": found.shown[key], "state": state.value}
        for key, state in sorted(found.states.items())
        if isinstance(key, Figure)
    ]
    night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, EXACT, pa.Table.from_pylist(rows, schema=EXACT_SCHEMA))


class Exact(NamedTuple):
    """A figure in full: its count, what was shown of it, and why."""

    exact: int
    shown: int | None
    state: State


def exact_figures(vault: Shelf) -> dict[Figure, Exact]:
    """Every figure of a night by its key; none where the night was published before figures were kept."""
    if not vault.path(Zone.IDENTIFIABLE, EXACT).is_file():
        return {}
    rows = vault.get(Zone.IDENTIFIABLE, EXACT).to_pylist()
    return {
        Figure(*(row[name] for name in Figure._fields)): Exact(row["count"], row["shown"], State(row["state"])) for row in rows
    }
