"""The text behind each match token: its parts in standard form, each with its length before it, so that no two texts collide."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.dates import birth_dates
from linkage.standardise import standardise
from linkage.tokens.kinds import KINDS
from schemas.identifiable import PersonRecord
from schemas.table import Rows

# Columns that stand for another where a record has both: the register keeps the name and the postcode of before.
EARLIER = {"family": "previous_family", "postcode": "previous_postcode"}
NO_TEXT = pa.scalar(None, pa.string())


def token_parts(records: Rows[PersonRecord]) -> dict[str, Any]:
    """The parts that tokens are made of, in the order of the records; null where the record says nothing usable."""
    known, births = standardise(records), birth_dates(records["date_of_birth"])
    text = records["date_of_birth"].combine_chunks().cast(pa.string())
    real_year, full = births.year >= 0, births.is_full
    given = _one(known["given_first"])
    return {
        "number": _one(known["nhs_number"]),
        "date": pc.if_else(pa.array(real_year), text, NO_TEXT),
        "birth": pc.if_else(pa.array(full), text, NO_TEXT),
        "year": pc.if_else(pa.array(full), pc.utf8_slice_codeunits(text, 0, 4), NO_TEXT),
        "given": given,
        "initial": pc.utf8_slice_codeunits(given, 0, 1),
        "family": _one(known["family_name"]),
        "previous_family": _one(known["previous_family_name"]),
        "gender": _one(known["gender"]),
        "postcode": _one(known["postcode"]),
        "previous_postcode": _one(known["previous_postcode"]),
    }


def token_texts(parts: Mapping[str, Any], kind: str) -> Any:
    """The texts of one kind, one per record; null where the record lacks a part."""
    return pc.binary_join_element_wise(*(_measured(parts[name]) for name in KINDS[kind]), "")


def every_text(parts: Mapping[str, Any], kind: str) -> Iterator[Any]:
    """`token_texts`, and again with the earlier family name and the earlier postcode in the place of the later."""
    movable = [name for name in KINDS[kind] if name in EARLIER]
    for swapped in itertools.chain.from_iterable(itertools.combinations(movable, size) for size in range(len(movable) + 1)):
        yield token_texts({**parts, **{name: parts[EARLIER[name]] for name in swapped}}, kind)


def texts_table(parts: Mapping[str, Any], *, earlier: bool) -> pa.Table:
    """Columns row, kind, text: every text of every record; with `earlier` also those of earlier names and postcodes."""
    tables = [pa.table({"row": pa.array([], pa.int64()), "kind": pa.array([], pa.string()), "text": pa.array([], pa.string())})]
    for kind in KINDS:
        for texts in every_text(parts, kind) if earlier else [token_texts(parts, kind)]:
            rows = np.flatnonzero(np.asarray(texts.is_valid()))
            found = {"row": pa.array(rows), "kind": pa.repeat(kind, len(rows)), "text": texts.drop_null()}
            tables.append(pa.table(found))
    return pa.concat_tables(tables)


def _measured(values: Any) -> Any:
    return pc.binary_join_element_wise(pc.binary_length(values).cast(pa.string()), values, ":")


def _one(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
