"""The groups whose records are compared, so that an under-linked group is seen: what a record says of itself, in few words."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiable import PersonRecord
from schemas.postcodes import real_postcodes, standardise_postcodes
from schemas.pseudonymised import AGE_BANDS
from schemas.table import Rows

EVERYBODY = "all"
NOT_KNOWN = "not known"
# Without a name nobody can gainsay a number: such records (SUS, ECDS) are counted apart.
WITH_NAMES, WITHOUT_NAMES = "with names", "without names"
BREAKDOWNS = ("all", "source", "names", "nhs_number", "age_band", "gender", "ethnic_category", "deprivation_decile")

BAND_YEARS = 5
DAYS_IN_A_YEAR = 365.2425


def subgroups(records: Rows[PersonRecord], as_at: datetime.date, areas: pa.Table | None = None) -> pa.Table:
    """One row per record in the same order: its key (`source`, `local_patient_id`) and its group in each of `BREAKDOWNS`.

    A group is a text and never null: `not known` where the record says nothing, as an unlinked record has nothing else.
    Deprivation is the decile, in `areas` (columns `lsoa_code`, `deprivation_decile`), of the record's own area; where it names
    none, of the area in which the register has her postcode. Without `areas` no decile is known.
    """
    named = pc.or_(pc.is_valid(records["given_name"]), pc.is_valid(records["family_name"]))
    columns = {
        "all": pa.repeat(EVERYBODY, records.num_rows),
        "names": pc.if_else(named, WITH_NAMES, WITHOUT_NAMES),
        "nhs_number": pc.if_else(pc.is_valid(records["nhs_number"]), "present", "not present"),
        "age_band": age_bands(records["date_of_birth"], as_at),
        "gender": records["gender"],
        "ethnic_category": records["ethnic_category"],
        "deprivation_decile": _deciles(records, areas),
    }
    said = {name: pc.fill_null(values, NOT_KNOWN) for name, values in columns.items()}
    return pa.table({"source": records["source"], "local_patient_id": records["local_patient_id"], **said})


def age_bands(dates_of_birth: Any, as_at: datetime.date) -> pa.Array:
    """Five-year band at `as_at` of an Arrow column of dates of birth; null where missing or after `as_at`."""
    days = pc.subtract(pa.scalar(as_at, pa.date32()).cast(pa.int32()), dates_of_birth.cast(pa.int32()))
    age = np.floor(pc.fill_null(days, -1).to_numpy() / DAYS_IN_A_YEAR)
    band = np.clip(age // BAND_YEARS, -1, len(AGE_BANDS) - 1).astype(np.int64)
    return pa.array(AGE_BANDS, pa.string()).take(pa.array(band, mask=band < 0))


def _deciles(records: pa.Table, areas: pa.Table | None) -> Any:
    """`1` (most deprived) to `10`, or null."""
    if areas is None:
        return pa.nulls(records.num_rows, pa.string())
    codes = pc.coalesce(records["lsoa_code"], _areas_by_postcode(records))
    deciles = areas["deprivation_decile"].cast(pa.string())
    return deciles.take(pc.index_in(codes, value_set=areas["lsoa_code"].combine_chunks(), skip_nulls=True))


def _areas_by_postcode(records: pa.Table) -> Any:
    """The area that the register's records name beside the same postcode; the first code where they name several."""
    postcodes = real_postcodes(standardise_postcodes(records["postcode"]))
    known = pa.table({"postcode": postcodes, "area": records["lsoa_code"]}).filter(pc.equal(records["source"], "register"))
    found = known.drop_null().group_by("postcode").aggregate([("area", "min")])
    return found["area_min"].take(pc.index_in(postcodes, value_set=found["postcode"].combine_chunks(), skip_nulls=True))
