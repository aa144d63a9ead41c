"""Two files, or one, as sheets of codes: each distinct value is standardised once, however many records have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.arrays import NONE, Bits, Codes
from linkage.engine.sheets import Sheet, Texts, encode_values, lay_out
from linkage.engine.weigher import Sides
from linkage.files.fields import NAME, FileField
from linkage.files.values import PARTS
from linkage.nicknames import nickname_groups


def encode_sides(fields: Sequence[FileField], tables: Sequence[pa.Table]) -> Sides:
    """The records of one table or two, in their order, with the columns that `file_values` makes of `fields`.

    Texts for every column of texts, and of the records with a value there the share that has each, both sides together.
    """
    sides = [dict[str, Codes]() for _ in tables]
    texts: dict[str, Texts] = {}
    for group in _groups(fields):
        coded, laid = _encode(group, [[table[field.name] for table in tables] for field in group])
        texts |= laid
        for side, columns in zip(sides, coded, strict=True):
            side |= columns
    sheets = [Sheet(columns) for columns in sides]
    shares = {column: _shares([sheet[column] for sheet in sheets], laid) for column, laid in texts.items()}
    return Sides(sheets[0], sheets[1] if len(sheets) > 1 else None, texts, shares)


def _groups(fields: Sequence[FileField]) -> Iterator[list[FileField]]:
    """Fields whose values may stand in one another's place: names; every other by itself."""
    names = [field for field in fields if field.kind == NAME]
    if names:
        yield names
    yield from ([field] for field in fields if field.kind != NAME)


def _encode(group: Sequence[FileField], columns: Sequence[Sequence[Any]]) -> tuple[list[dict[str, Codes]], dict[str, Texts]]:
    """Codes of every part of the fields per side, and the texts they stand for."""
    raw, codes = encode_values(*(column for by_side in columns for column in by_side))
    parts = {part: (place, made) for place, each in enumerate(group) for part, made in PARTS[each.kind](each.name, raw).items()}
    texts = {part: made for part, (_, made) in parts.items() if not isinstance(made, np.ndarray)}
    values, text_codes = encode_values(*(pa.chunked_array([made], pa.string()) for made in texts.values()))
    of_value = {part: made for part, (_, made) in parts.items() if part not in texts} | dict(zip(texts, text_codes, strict=True))
    related = [sorted(names) for names in nickname_groups()] if group[0].kind == NAME else ()
    laid = lay_out(values, related)
    sides = len(columns[0])
    coded = [
        {part: _of_records(of_value[part], codes[place * sides + side]) for part, (place, _) in parts.items()}
        for side in range(sides)
    ]
    return coded, dict.fromkeys(texts, laid)


def _of_records(of_value: Codes, value: Codes) -> Codes:
    """The code of each record from the code of its value; a missing value (-1, the last place) has none."""
    return np.append(of_value, np.int32(NONE))[value]


def _shares(columns: Sequence[Codes], texts: Texts) -> Bits:
    counts = sum(np.bincount(column[column >= 0], minlength=len(texts)) for column in columns)
    return np.asarray(counts / max(1, np.sum(counts)), dtype=np.float64)
