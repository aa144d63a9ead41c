"""How the night measures NHS numbers: tonight's records with the step that decided each, and every contact of the last year."""

from __future__ import annotations

import narwhals as nw

from measures.coverage import nhs_number_coverage, nhs_number_coverage_by_month
from measures.rows import together
from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.assemble import assemble_activity
from pipelines.feeds import load_landed
from pipelines.night import Night
from pipelines.tokenised import sources_without_identifiers
from schemas.aggregate import Measure
from schemas.table import Rows
from schemas.zones import Zone

PERSON = ("source", "local_patient_id")
SEEN = (*PERSON, "activity_type", "start_date")


def coverage_measures(night: Night) -> Rows[Measure]:
    """By source, and by source and month of contact; raw, so it stays in memory. The engine counts before Python sees a row."""
    settings, synthetic, shelf = night.configuration.night, night.configuration.area.synthetic, night.vault_shelf
    landed = {each.source: each for each in load_landed(night.project, night.run_id)}
    with Engine(night.project.vault / "spill", memory_mb=settings.memory_mb, threads=settings.threads) as engine:
        records, matches = (engine.scan(shelf.path(Zone.IDENTIFIABLE, name)) for name in ("person_record", "match"))
        decided = records.join(matches.select(*PERSON, "step"), on=list(PERSON), how="left")
        decided = decided.filter(
            ~nw.col("source").is_in(sorted(sources_without_identifiers(night.configuration)))
        )  # have no number to count
        decided = decided.select(*PERSON, "nhs_number_kind", "nhs_number_status", "step")
        tables = [nhs_number_coverage(engine.to_arrow(decided), night.as_at, synthetic=synthetic)]
        events = (assemble_activity(extract, landed[extract.source], engine, night.as_at) for extract in EXTRACTS)
        contacts = [found.select(*SEEN) for found in events if found is not None]
        if contacts:
            seen = nw.concat(contacts)
            tables.append(nhs_number_coverage_by_month(seen, decided, night.as_at, synthetic=synthetic))
    return together(*tables)
