"""Through the wall: people and activity leave identity behind and take a pseudonym.

Only `pipelines` may import this module (lock 3). What leaves is built column by column from the typed tables of the other
side; nothing passes because it happened to be there. Left out of everything: people who have opted out, and protected
identities (standards.md 2.9: never proposed, linked or shown), with all their activity.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import KEY, keys
from governance.keys import DomainKey
from governance.opt_outs import protected_people
from governance.person_ids import look_up
from governance.person_rows import age_bands, best_records, first_of_month, link_qualities
from governance.pseudonyms import pseudonyms
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.errors import GovernanceError, ZoneError
from schemas.identifiable import Link, PersonRecord
from schemas.pseudonymised import PseudonymisedActivity, PseudonymisedPerson
from schemas.table import Rows


@dataclass(frozen=True)
class Lookups:
    """The project's look-ups. lsoa: lsoa_code, council, deprivation_decile; practices: gp_practice_code, locality, icb."""

    lsoa: pa.Table
    practices: pa.Table


def pseudonymise_people(
    records: Rows[PersonRecord],
    links: Rows[Link],
    lookups: Lookups,
    *,
    domain_key: DomainKey,
    excluded: Any,
    as_at: dt.date,
) -> Rows[PseudonymisedPerson]:
    """One row per person: the register's record where there is one, else the best other record (person_rows.RECORD_ORDER).

    Gender, ethnic category, area, date of birth and of death fall back on her next best record where that one is silent; practice
    and registration do not. A death or an end of registration after `as_at` is not known yet. Areas and practices that the
    look-ups lack leave their columns null. `excluded`: ids of people who have opted out; protected identities are added here.
    """
    best = best_records(_of_people(records, links, excluded))
    area, practice = best["lsoa_code"], best["gp_practice_code"]
    columns = {
        "pseudonym": pseudonyms(best["person_id"], domain_key),
        "age_band": age_bands(best["date_of_birth"], as_at),
        "gender": best["gender"],
        "ethnic_category": best["ethnic_category"],
        "lsoa_code": area,
        "deprivation_decile": _looked_up(area, lookups.lsoa, "lsoa_code", "deprivation_decile"),
        "council": _looked_up(area, lookups.lsoa, "lsoa_code", "council"),
        "icb": _looked_up(practice, lookups.practices, "gp_practice_code", "icb"),
        "gp_practice_code": practice,
        "locality": _looked_up(practice, lookups.practices, "gp_practice_code", "locality"),
        "registered_from": first_of_month(best["registered_from"]),
        "registered_to": first_of_month(_known_by(best["registered_to"], as_at)),
        "month_of_death": first_of_month(_known_by(best["date_of_death"], as_at)),
        "link_quality": look_up(best["person_id"], *link_qualities(links)),
    }
    return PseudonymisedPerson.sort(PseudonymisedPerson.validate(pa.table(columns)))


def tokens(records: Rows[PersonRecord], links: Rows[Link], *, domain_key: DomainKey, excluded: Any) -> pa.Table:
    """Source, local_patient_id and pseudonym of every record whose person may pass; in key order."""
    people = _of_people(records, links, excluded).select([*KEY, "person_id"])
    distinct = pc.unique(people["person_id"])
    texts = look_up(people["person_id"], distinct, pseudonyms(distinct, domain_key))
    table = pa.table([*people.select(KEY).columns, texts], names=[*KEY, "pseudonym"])
    return table.sort_by([(name, "ascending") for name in KEY])


def pseudonymise_activity(
    activity: nw.LazyFrame[Any], tokens: nw.LazyFrame[Any], *, only: nw.Expr | None = None
) -> nw.LazyFrame[Any]:
    """Events of the people in `tokens`, with the columns of `PseudonymisedActivity` and no other.

    `only`: which of them, by columns of both.

    Raises `ZoneError` `E-ZONE-ATTRIBUTE` where `attributes` has a field that ACTIVITY_ATTRIBUTES does not name.
    """
    _check_attributes(activity)
    joined = activity.join(tokens, on=KEY, how="inner")
    return (joined if only is None else joined.filter(only)).select(*PseudonymisedActivity.columns())


def without_records(records: Rows[PersonRecord], links: Rows[Link], source: str, people: frozenset[str]) -> Rows[PersonRecord]:
    """The records without what one source says of these people: a Type 1 objection is about GP records and about nothing else."""
    if not people:
        return records
    person_ids = look_up(keys(records), keys(links), links["person_id"])
    theirs = pc.fill_null(pc.is_in(person_ids, value_set=pa.array(sorted(people), pa.string())), False)
    return records.filter(pc.invert(pc.and_(theirs, pc.equal(records["source"], source))))  # type: ignore[no-any-return]


def recipient_map(person_ids: Any, working_key: DomainKey, recipient_key: DomainKey) -> pa.Table:
    """Columns `working` and `recipient`: a person's pseudonym in the night's domain and in the recipient's; stays in the vault.

    Raises `GovernanceError` `E-RETOKENISE-DOMAIN` where both keys are of one domain.
    """
    if working_key.domain == recipient_key.domain:
        raise GovernanceError("E-RETOKENISE-DOMAIN", "the night's working domain never leaves.", cure="give a recipient's domain")
    distinct = pc.unique(person_ids).drop_null()
    table = pa.table({"working": pseudonyms(distinct, working_key), "recipient": pseudonyms(distinct, recipient_key)})
    return table.sort_by("working")


def retokenise(table: pa.Table, mapping: pa.Table, *, column: str = "pseudonym") -> pa.Table:
    """The table under the recipient's pseudonyms, in their order: the working order would let two recipients join by row number.

    Raises `GovernanceError` `E-RETOKENISE` where a pseudonym is not in the map.
    """
    fresh = look_up(table[column], mapping["working"], mapping["recipient"])
    lost = pc.sum(pc.and_(fresh.is_null(), table[column].is_valid())).as_py() or 0
    if lost:
        raise GovernanceError(
            "E-RETOKENISE", f"{lost} rows hold a pseudonym that is not of this night.", cure="run the night again"
        )
    return table.set_column(table.column_names.index(column), column, fresh).sort_by(column)


def retokenise_frame(frame: nw.LazyFrame[Any], mapping: nw.LazyFrame[Any], *, column: str = "pseudonym") -> nw.LazyFrame[Any]:
    """`retokenise` for a table too big for memory; rows whose pseudonym is not in the map are left out. Write it sorted."""
    names = frame.collect_schema().names()
    joined = frame.join(mapping, left_on=column, right_on="working", how="inner")
    return joined.with_columns(nw.col("recipient").alias(column)).select(*names)


def _of_people(records: Rows[PersonRecord], links: Rows[Link], excluded: Any) -> pa.Table:
    """Records with their person_id, without people who may not pass and without records linkage never saw."""
    out = pc.unique(pa.chunked_array([_array(excluded).cast(pa.string()), protected_people(records, links)]))
    person_ids = look_up(keys(records), keys(links), links["person_id"])
    people = records.append_column("person_id", person_ids)
    return people.filter(pc.and_(person_ids.is_valid(), pc.invert(pc.is_in(person_ids, value_set=out))))


def _looked_up(codes: Any, lookup: pa.Table, code: str, wanted: str) -> Any:
    return look_up(codes, lookup[code].cast(pa.string()), lookup[wanted])


def _known_by(dates: Any, as_at: dt.date) -> Any:
    return pc.if_else(pc.less_equal(dates, pa.scalar(as_at, pa.date32())), dates, None)


def _check_attributes(activity: nw.LazyFrame[Any]) -> None:
    kind = activity.collect_schema()["attributes"]
    named = {field.name for field in kind.fields} if isinstance(kind, nw.Struct) else {"attributes"}
    strange = sorted(named - {field.name for field in ACTIVITY_ATTRIBUTES})
    if strange:
        raise ZoneError(
            "E-ZONE-ATTRIBUTE", f"activity carries {len(strange)} attributes that may not travel, the first {strange[0]}."
        )


def _array(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
