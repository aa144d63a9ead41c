"""What linkage is given beside the night's records: the night before, so that only changes are decided, and who was seen when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.assemble import assemble_activity
from pipelines.feeds import load_landed
from pipelines.judging import BASIS, judgement_log
from pipelines.night import Night, code_version
from pipelines.shelf import Shelf
from pipelines.tokenised import sources_without_identifiers, with_identifiers
from pipelines.traced import known_records
from schemas.activity_types import OTHER_ACTIVITY_TYPES
from schemas.identifiable import ReviewPair
from schemas.table import TableRef
from schemas.zones import Zone

if TYPE_CHECKING:
    from linkage import Before, Linked

NEAR_MISSES = "near_miss"
ENCODED, VALUES = "encoded_record", "encoded_value"
BASIS_SCHEMA = pa.schema(
    [("basis", pa.string()), ("code_version", pa.string()), ("judgements", pa.int64()), ("without_identifiers", pa.string())]
)
# Of linkage's counts those that a night is to tell.
TOLD = (
    "records decided", "block keys over the cap", "unlinked groups left apart", "one source, one person twice",
    "review pairs left out",
)  # fmt: skip
CURE = "cure for keys over the cap: empty the value that so many records share, or raise linkage.block_cap where it is right"
SEEN = ("source", "local_patient_id")


def put_basis(night: Night, linked: Linked) -> tuple[TableRef, ...]:
    """Keep what the next night needs to decide only what changed: settings and models by name, near misses, encoded records."""
    said = {"basis": linked.basis, "code_version": code_version(), "judgements": night.judgements}
    said["without_identifiers"] = _without_identifiers(night)
    shelf = night.vault_shelf
    records, values = linked.encoded.tables()
    return (
        shelf.put_arrow(Zone.IDENTIFIABLE, BASIS, pa.Table.from_pylist([said], schema=BASIS_SCHEMA)),
        shelf.put(ReviewPair, NEAR_MISSES, linked.near_misses),
        shelf.put_arrow(Zone.IDENTIFIABLE, ENCODED, records),
        shelf.put_arrow(Zone.IDENTIFIABLE, VALUES, values),
    )


def night_before(night: Night) -> Before | None:
    """The parent night as linkage knows it; None where there is none, or where other code linked it."""
    from linkage import Before, Encoded

    if night.parent is None:
        return None
    shelf = Shelf(night.project.vault_night(night.parent), night.parent, identifiable=True)
    if not shelf.path(Zone.IDENTIFIABLE, BASIS).is_file():
        return None
    said = shelf.get(Zone.IDENTIFIABLE, BASIS).to_pylist()[0]
    if said["code_version"] != code_version():
        return None
    if said.get("without_identifiers", "") != _without_identifiers(night):
        return None
    names = ("register_merger", "match", "review_pair", NEAR_MISSES, "conflict", ENCODED, VALUES)
    mergers, matches, review_pairs, near_misses, conflicts, *kept = (shelf.get(Zone.IDENTIFIABLE, name) for name in names)
    judgements = judgement_log(night.project, night.configuration).up_to(said["judgements"])
    records, encoded = with_identifiers(known_records(shelf), night.configuration), Encoded.from_tables(*kept)
    matches = with_identifiers(matches, night.configuration)
    return Before(records, mergers, judgements, matches, review_pairs, near_misses, conflicts, said["basis"], encoded)


def _without_identifiers(night: Night) -> str:
    """The sources that clear linkage does not see, in one text."""
    return " ".join(sorted(sources_without_identifiers(night.configuration)))


def last_active(night: Night, engine: Engine) -> pa.Table:
    """The last day on which each source saw each record (`steps.deaths.LAST_ACTIVE`): a practice's list is nobody's visit."""
    from linkage.steps.deaths import LAST_ACTIVE

    landed = {each.source: each for each in load_landed(night.project, night.run_id)}
    tables = [LAST_ACTIVE.empty_table()]
    for extract in EXTRACTS:
        events: nw.LazyFrame[Any] | None = assemble_activity(extract, landed[extract.source], engine, night.as_at)
        if events is not None:
            seen = (
                events.filter(~nw.col("activity_type").is_in(OTHER_ACTIVITY_TYPES))
                .group_by(*SEEN)
                .agg(nw.col("start_date").max().alias("last_active_date"))
            )
            tables.append(engine.to_arrow(seen).select(LAST_ACTIVE.names).cast(LAST_ACTIVE))
    return pa.concat_tables(tables)


def notes_of_links(linked: Linked) -> tuple[str, ...]:
    """How many records were decided tonight, and what was left out, in words; and the cure for keys that too many share."""
    from linkage.findings import OVER_THE_CAP

    told = tuple(f"{name}: {count:,}" for name, count in linked.notes.items() if name.startswith(TOLD) and count)
    return (*told, CURE) if linked.notes.get(OVER_THE_CAP) else told
