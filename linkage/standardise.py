"""Person records in the one form that linkage compares, each distinct value standardised once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.names import clean_names, family_names, first_words, given_names, last_words, whole_names
from schemas.identifiable import PersonRecord
from schemas.postcodes import outwards, real_postcodes, sectors, standardise_postcodes
from schemas.table import Rows

# NHS NUMBER STATUS INDICATOR CODE 01: present and verified against the national register (standards: UK Core, CDS 6.2.2).
VERIFIED_STATUS = "01"
KNOWN_GENDERS = ("1", "2")

GIVEN_COLUMNS = ("given_name", "other_given_name", "alias")
FAMILY_COLUMNS = ("family_name", "previous_family_name")

Change = Callable[[Any], Any]


def standardise(records: Rows[PersonRecord]) -> pa.Table:
    """One row per record in the same order, ready to compare and readable as it stands.

    Columns: `source`, `local_patient_id`, `nhs_number` and `nhs_number_given` as given; `number_verified` (status 01),
    `protected`: never null; `given_name`, `family_name`, `previous_family_name`: all words as one; `given_first`,
    `family_first`, `family_last`: their first and last word; `other_given_name`, `alias`: first word; `gender` 1 or 2;
    `postcode`, `outward`, `sector`, `previous_postcode`; `gp_practice_code`; `date_of_birth` as given. Null where the source
    says nothing, or nothing that can be true of one person (baby, unknown, ZZ99 postcodes, unknown gender).
    """
    table = standardise_distinct(records)
    for place, name in enumerate(table.column_names):
        if pa.types.is_dictionary(table[name].type):
            table = table.set_column(place, name, table[name].combine_chunks().dictionary_decode())
    return table


def standardise_distinct(records: Rows[PersonRecord]) -> pa.Table:
    """The same for encoding: names and places as dictionaries, in which a value may stand more than once."""
    names = Distinct(records, (*GIVEN_COLUMNS, *FAMILY_COLUMNS), clean_names)
    places = Distinct(records, ("postcode", "previous_postcode"), lambda raw: real_postcodes(standardise_postcodes(raw)))
    columns = {
        "source": records["source"],
        "local_patient_id": records["local_patient_id"],
        "nhs_number": records["nhs_number"],
        "nhs_number_given": records["nhs_number_given"],
        "number_verified": pc.fill_null(pc.equal(records["nhs_number_status"], VERIFIED_STATUS), False),
        "given_name": names.column("given_name", given_names, whole_names),
        "given_first": names.column("given_name", given_names, first_words),
        "other_given_name": names.column("other_given_name", given_names, first_words),
        "alias": names.column("alias", given_names, first_words),
        "family_name": names.column("family_name", family_names, whole_names),
        "family_first": names.column("family_name", family_names, first_words),
        "family_last": names.column("family_name", family_names, last_words),
        "previous_family_name": names.column("previous_family_name", family_names, whole_names),
        "date_of_birth": records["date_of_birth"],
        "gender": _only(records["gender"], KNOWN_GENDERS),
        "postcode": places.column("postcode"),
        "outward": places.column("postcode", outwards),
        "sector": places.column("postcode", sectors),
        "previous_postcode": places.column("previous_postcode"),
        "gp_practice_code": records["gp_practice_code"],
        "protected": pc.fill_null(records["protected"], False),
    }
    return pa.table(columns)


class Distinct:
    """The distinct values of several columns, changed once; `column` gives a column of the records in the changed form."""

    def __init__(self, records: pa.Table, columns: tuple[str, ...], change: Change) -> None:
        coded = {name: records[name].combine_chunks().dictionary_encode() for name in columns}
        texts = pa.chunked_array([each.dictionary for each in coded.values()], pa.string())
        self.raw = texts.unique().drop_null()
        self.changed = change(self.raw)
        self.places = {name: self._places(each) for name, each in coded.items()}

    def column(self, name: str, *changes: Change) -> pa.DictionaryArray:
        """The column `name`, with `changes` made after the common one, each once per distinct value."""
        values = self.changed
        for change in changes:
            values = change(values)
        return pa.DictionaryArray.from_arrays(self.places[name], values)

    def _places(self, coded: pa.DictionaryArray) -> Any:
        """Where in `raw` the value of each record lies."""
        return pc.index_in(coded.dictionary, value_set=self.raw, skip_nulls=True).take(coded.indices)


def _only(values: Any, allowed: tuple[str, ...]) -> Any:
    known = pc.is_in(values, value_set=pa.array(allowed, pa.string()), skip_nulls=True)
    return pc.if_else(known, values, pa.scalar(None, pa.string()))
