"""The people of the analysts' table, as the sources know them that may be used for population analysis, and as no other does."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.keys import DomainKey
from governance.pseudonymise import Lookups, pseudonymise_people, without_records
from pipelines.extracts.lookups import read_lookups
from pipelines.keys import night_key
from pipelines.night import Night
from pipelines.objections import gp_records_left_out
from pipelines.permission import sources_for
from pipelines.recipients import working_domain
from pipelines.referrals import TABLE
from pipelines.settings.purposes import POPULATION_ANALYSIS, RISK_STRATIFICATION
from pipelines.traced import known_records
from schemas.identifiable import REFERRALS, Link, PersonRecord
from schemas.pseudonymised import PseudonymisedPerson
from schemas.table import Rows
from schemas.zones import Zone

SELECTED = ("selection", "proposal")  # what a referral changes


def sources_read(night: Night) -> frozenset[str]:
    """Sources of which the night holds anybody's record."""
    path = night.vault_shelf.path(Zone.IDENTIFIABLE, "person_record")
    return frozenset(pq.read_table(path, columns=["source"], partitioning=None)["source"].unique().to_pylist())


def tables_covered(night: Night, tables: dict[str, pa.Table], covered: Set[str]) -> dict[str, pa.Table]:
    """Of the night's tables, those that the analysts may have where these sources are covered for them."""
    read = sources_read(night)
    if not read & covered:
        return {}
    if not read <= covered:
        return {"person": people_of_sources(night, tables["person"], covered)}
    if REFERRALS not in covered and rests_on_referrals(night.shelf.folder):
        return {name: table for name, table in tables.items() if name not in SELECTED}
    return tables


def notes_of_cover(night: Night) -> tuple[str, ...]:
    """For the handover: the sources that were read and that the analysts get nothing of."""
    covered = sources_for(night.configuration, POPULATION_ANALYSIS, night.days)
    told = [
        f"{source} is not covered for {POPULATION_ANALYSIS}: the analysts get nothing of it, and no scores."
        for source in sorted(sources_read(night) - covered)
    ]
    if REFERRALS not in covered and _referred_rows(night):
        told.append(
            f"{REFERRALS} are not covered for {POPULATION_ANALYSIS}: the analysts do not get who is selected and proposed."
        )
    return tuple(told)


def _referred_rows(night: Night) -> int:
    path = night.vault_shelf.path(Zone.IDENTIFIABLE, TABLE)
    return int(pq.read_metadata(path).num_rows) if path.is_file() else 0


def rests_on_referrals(folder: Path) -> bool:
    """Whether anybody was referred in the night of this folder: then who is selected, and so proposed, rests on referrals."""
    path = folder / Zone.PSEUDONYMISED / "referral.parquet"
    return path.is_file() and pq.read_metadata(path).num_rows > 0


def people_of_sources(night: Night, people: Rows[PseudonymisedPerson], sources: Set[str]) -> Rows[PseudonymisedPerson]:
    """Those of `people`, the night's own, whom one of the sources knows; every column is from records and links of those."""
    shelf, known = night.vault_shelf, pa.array(sorted(sources), pa.string())
    every, links = known_records(shelf), shelf.get(Zone.IDENTIFIABLE, "link")
    records: Rows[PersonRecord] = without_records(every, links, "gp", gp_records_left_out(night, RISK_STRATIFICATION))
    records = records.filter(pc.is_in(records["source"], value_set=known))
    theirs: Rows[Link] = links.filter(pc.is_in(links["source"], value_set=known))
    found = pseudonymise_people(
        records,
        theirs,
        Lookups(*read_lookups(night.project.inbox / "lookups")),
        domain_key=DomainKey(night_key(night), working_domain(night.configuration)),
        excluded=pa.array([], pa.string()),  # whoever may not pass is not among the night's people
        as_at=night.as_at,
    )
    return found.filter(pc.is_in(found["pseudonym"], value_set=people["pseudonym"].combine_chunks()))  # type: ignore[no-any-return]
