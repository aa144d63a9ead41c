"""What of a field's values could be read: a column in a form that nobody here knows must not vanish without a word.

Told by the codes that `files/sides.py` makes: a value that was given and has no code was not understood, or says "not known".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from linkage.arrays import NONE
from linkage.engine.sheets import encode_values
from linkage.engine.weigher import Sides
from linkage.files.fields import FEWEST_TO_JUDGE, IN_WORDS, NHS_NUMBER, FileField, refused_fields
from linkage.files.values import count_kind, is_mostly_test_range
from schemas.nhs_number import NhsNumberKind, read_nhs_numbers

# Share of the values given that may be unread before it is said: every file has a few.
MATERIAL = 0.05


def readable_fields(
    fields: Sequence[FileField], tables: Sequence[pa.Table], sides: Sides
) -> tuple[tuple[FileField, ...], tuple[str, ...]]:
    """The fields of which both sides have values that were read, and notes: on the others, and on what else was not read.

    Raises `ConfigurationError` `E-LINK-FIELD` where none is left although there are records on both sides.
    """
    if not all(len(table) for table in tables):
        return tuple(fields), ()
    faults = {field: _fault(field, tables, sides) for field in fields}
    useful = tuple(field for field in fields if not faults[field])
    if not useful:
        raise refused_fields("; ".join(f"{field.name}: {fault}" for field, fault in faults.items()))
    unused = [f"{field.name} is not used: {fault}" for field, fault in faults.items() if fault]
    unread = [note for field in useful for note in (*_unread(field, tables, sides), *_test_range(field, tables))]
    return useful, (*unused, *unread)


def _fault(field: FileField, tables: Sequence[pa.Table], sides: Sides) -> str:
    for name, _, codes in _given(field, tables, sides):
        if (codes == NONE).all():
            return f"no value of the {name} could be read as {IN_WORDS[field.kind]}"
    codes = np.concatenate([codes for _, _, codes in _given(field, tables, sides)])
    read = codes[codes != NONE]
    if len(codes) >= FEWEST_TO_JUDGE and read.min() == read.max():
        return "it holds one value throughout"
    return ""


def _unread(field: FileField, tables: Sequence[pa.Table], sides: Sides) -> Iterator[str]:
    for name, given, codes in _given(field, tables, sides):
        share = (given - int((codes != NONE).sum())) / max(1, given)
        if share > MATERIAL:
            kind = IN_WORDS[field.kind]
            yield f"{field.name}: {share:.0%} of the values of the {name} are not read as {kind}, and count as missing"


def _test_range(field: FileField, tables: Sequence[pa.Table]) -> Iterator[str]:
    if field.kind != NHS_NUMBER:
        return
    read = read_nhs_numbers(encode_values(*(table[field.name] for table in tables))[0])
    tests = count_kind(read, NhsNumberKind.TEST_RANGE)
    if tests and is_mostly_test_range(read):
        yield f"{field.name}: most numbers are of the test range, which is used here as if it were people's"
    elif tests:
        yield f"{field.name}: {tests} numbers of the test range count as missing"


def _given(field: FileField, tables: Sequence[pa.Table], sides: Sides) -> Iterator[tuple[str, int, np.ndarray]]:
    """Per side its name, how many values were given, and the codes made of them."""
    names = ("left file", "right file") if len(tables) > 1 else ("file",)
    for name, table, sheet in zip(names, tables, (sides.left, sides.other), strict=False):
        yield name, len(table) - table[field.name].null_count, sheet[field.name]
