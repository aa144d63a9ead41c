"""The local patient id of a row: the source's own key where there is one, else one derived from what the row says."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.layout import PSEUDONYM, FieldType, TableLayout
from schemas.distinct import map_distinct

DERIVED = "d-"
DIGITS = 20

# What a derived id is made of where the row has no usable NHS number, by PersonRecord column.
DERIVED_FROM = ("date_of_birth", "given_name", "family_name", "postcode")


def local_patient_ids(columns: dict[str, Any], layout: TableLayout) -> Any:
    """One id per row: by `person_key`, else derived; null where nothing is known of the person.

    The register's key is the NHS number itself.
    """
    return pc.coalesce(key_of(columns, layout.person_key), derived_ids(columns, layout))


def key_of(columns: dict[str, Any], alternatives: tuple[tuple[str, ...], ...]) -> Any:
    """The first alternative that is filled, joined by `:`; of several columns the first, the organisation, may be empty."""
    return pc.coalesce(*(_joined([columns[name].cast(pa.string()) for name in names]) for names in alternatives))


def derived_ids(columns: dict[str, Any], layout: TableLayout) -> Any:
    """`d-` and 20 hex digits of the SHA-256 of the usable NHS number; without one, of a pseudonym; else of date, names, postcode.

    The number alone where there is one, so that a person who moves or marries keeps her id. The digest is not keyed: it
    never leaves the vault, and it must be the same on every machine. Null where all of these are empty.
    """
    count = len(next(iter(columns.values())))
    numbers = [columns[item.name] for item in layout.fields if item.type is FieldType.NHS_NUMBER][:1]
    named = {item.person: columns[item.name].cast(pa.string()) for item in layout.fields if item.person in DERIVED_FROM}
    parts = [_folded(named[name]) for name in DERIVED_FROM if name in named]
    if not parts and not numbers:
        return pa.nulls(count, pa.string())
    described = pa.nulls(count, pa.string())
    if parts:
        filled = pc.is_valid(pc.coalesce(*parts))
        joined = pc.binary_join_element_wise(*parts, "|", null_handling="replace", null_replacement="")
        described = pc.if_else(filled, joined, None)
    pseudonyms = [_prefixed("pseudonym:", columns[PSEUDONYM])] if PSEUDONYM in columns else []
    basis = pc.coalesce(*(_prefixed("nhs:", values) for values in numbers), *pseudonyms, described)
    return map_distinct(basis, lambda text: DERIVED + hashlib.sha256(text.encode()).hexdigest()[:DIGITS])


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    named = pc.binary_join_element_wise(*parts[1:], ":") if len(parts) > 2 else parts[1]
    return pc.coalesce(pc.binary_join_element_wise(parts[0], named, ":"), named)


def _prefixed(prefix: str, values: Any) -> Any:
    return pc.binary_join_element_wise(pa.scalar(prefix), values, "")


def _folded(values: Any) -> Any:
    folded = pc.replace_substring_regex(pc.utf8_upper(values), r"[\s'.-]+", "")
    return pc.if_else(pc.equal(folded, ""), None, folded)
