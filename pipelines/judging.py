"""The night's part in clerical review: which judgements it replays, and the sample that clerks are to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from governance.judgements import Judgements
from pipelines.config import Configuration
from pipelines.night import Night
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.shelf import Shelf
from schemas.identifiable import Judgement, PersonRecord, ReviewSample
from schemas.table import Rows
from schemas.zones import Zone

if TYPE_CHECKING:
    from linkage import Linked, LinkSettings

SAMPLE = "review_sample"
BASIS = "link_basis"  # what a night's linkage knew: `pipelines.linking`


def judgement_log(project: Project, configuration: Configuration) -> Judgements:
    """The project's judgement log."""
    return Judgements(store_url(project, configuration.stores.vault))


def judgements_of(night: Night) -> Rows[Judgement]:
    """What clerks had decided when the night was planned; a decision made since then is the next night's."""
    return judgement_log(night.project, night.configuration).up_to(night.judgements)


def review_sample(night: Night, records: Rows[PersonRecord], linked: Linked, settings: LinkSettings) -> Rows[ReviewSample]:
    """The night's sample for clerks: that of the run before, while model and quarter are the same, else drawn anew.

    The run before is one of the same date whose sample clerks have judged since, or else the parent's.

    It is kept so that what clerks judge is what was drawn: a judged pair is no longer the cascade's own decision, so that a
    sample drawn every night would never hold the pairs that were judged.
    """
    from linkage.review.sample import draw_sample

    drawn_for = sample_name(night, linked)
    sample = _sample_before(night)
    if sample is None or set(sample["drawn_for"].to_pylist()) != {drawn_for}:
        mergers, size = night.vault_shelf.get(Zone.IDENTIFIABLE, "register_merger"), night.configuration.linkage.review_sample
        return draw_sample(records, mergers, linked, settings, per_stratum=size, drawn_for=drawn_for)
    return ReviewSample.validate(sample)


def sample_name(night: Night, linked: Linked) -> str:
    """What a sample is of: every model version that decided anything, and the quarter."""
    versions = sorted(set(linked.matches["model_version"].unique().to_pylist()))
    return f"{'+'.join(versions)} {night.as_at.year}Q{(night.as_at.month + 2) // 3}"


def judged_since(project: Project, runs: Sequence[str], judgements: int) -> str | None:
    """The latest of some runs that knew fewer judgements than there are now: its sample is what they are of."""
    for run_id in reversed(runs):
        knew = _table_of(project, run_id, BASIS)
        if knew is not None and knew["judgements"][0].as_py() < judgements:
            return run_id
    return None


def _sample_before(night: Night) -> pa.Table | None:
    samples = (_table_of(night.project, run_id, SAMPLE) for run_id in (night.earlier, night.parent))
    return next((sample for sample in samples if sample is not None), None)


def _table_of(project: Project, run_id: str | None, name: str) -> pa.Table | None:
    if run_id is None:
        return None
    shelf = Shelf(project.vault_night(run_id), run_id, identifiable=True)
    return shelf.get(Zone.IDENTIFIABLE, name) if shelf.path(Zone.IDENTIFIABLE, name).is_file() else None


def notes_of_judgements(linked: Linked) -> tuple[str, ...]:
    """Judgements that could not be replayed, in words."""
    return tuple(f"{name}: {count:,}" for name, count in linked.notes.items() if name.startswith("judged ") and count)
