"""The NHS number: what kind of value a field holds, one at a time and millions at a time.

The rule (NHS Data Dictionary): ten digits; the first nine times 10, 9, ... 2, summed; the remainder of 11 is taken from 11;
11 counts as 0, 10 means that no such number exists; the answer is the tenth digit. The check alone is not enough: every
repeated digit passes it. So a value is, by the first row of this table that fits:

    value, after separators are dropped      check digit   kind               number given
    ---------------------------------------  ------------  -----------------  ------------
    nothing                                  -             missing            no
    not ten digits, and not to be mended     -             bad_length         no
    in reference/nhs_number_placeholders     any           placeholder        no
    any other ten digits                     wrong         bad_check_digit    no
    00, 3113-3199, 5, 8                      right         not_issued         no
    0100-3112, the first six no date DDMMYY  right         not_issued         no
    0100-3112                                right         scottish_chi       yes
    32-39                                    right         northern_irish     yes
    9                                        right         test_range         yes
    4, 6, 7                                  right         valid              yes

Ranges are read from reference/nhs_number_ranges.csv. Only `valid` may be used to link people, and `test_range` in a project
marked synthetic (`is_usable`); Scottish and Northern Irish numbers are kept and counted, not treated as English.

Separators are blanks of every sort, hyphens and dashes, wherever they stand; full-width digits are digits. Damage by
spreadsheets is mended where nothing is guessed: `.0` at the end; `9.434765919E+09` where the mantissa still has every digit;
nine digits where a 0 in front gives a right check digit and a Scottish birth date (no other numbers begin with 0).
`9.43E+09` has lost seven digits: a hundred thousand numbers and more display so, no check digit proves one of them, and the
value stays bad_length.

Differences from the package nhs-number 2.2.0, which is the oracle in the tests: it accepts placeholders, numbers never issued
and the test range; it takes only `3 3 4` with single blanks or hyphens, or ten digits, but those in any script; it mends
nothing in text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError
from schemas.nhs_number_bytes import CODE, UNREAD, codes_of_ten_bytes
from schemas.nhs_number_rule import DECIMALS, KINDS, KINDS_WITH_NUMBER, NhsNumberKind, canonical, kind_of, mend

__all__ = [
    "NhsNumber", "NhsNumberKind", "Reading", "is_usable", "numbers_with_a_slip", "read_nhs_number", "read_nhs_numbers",
    "usable_numbers",
]  # fmt: skip

BLOCK_ROWS = 1 << 18  # rows read at once: their intermediate arrays stay in the processor's cache
READ_SCHEMA = pa.schema([("kind", pa.dictionary(pa.int8(), pa.string())), ("number", pa.string()), ("repaired", pa.bool_())])

Read = tuple[np.ndarray, Any, np.ndarray]  # codes into KINDS, Arrow texts, repaired


@dataclass(frozen=True, slots=True, repr=False)
class NhsNumber:
    """A number that passed every check. It never shows its digits by accident; `ten_digits` and `spaced` show them on purpose.

    Raises `CaselinkError` `E-NHS-NUMBER`, without the value, where the digits are no number.
    """

    _digits: str

    def __post_init__(self) -> None:
        """Refuse what `kind_of` would give no number for."""
        if kind_of(self._digits) not in KINDS_WITH_NUMBER:
            raise CaselinkError("E-NHS-NUMBER", "the value is not an NHS number.", cure="read it with read_nhs_number")

    def __repr__(self) -> str:
        return "NhsNumber(**********)"

    __str__ = __repr__

    def __format__(self, how: str) -> str:
        return format(repr(self), how)

    def ten_digits(self) -> str:
        """The number as it is stored: ten digits."""
        return self._digits

    def spaced(self) -> str:
        """The number as it is displayed to people: three, three and four digits."""
        return f"{self._digits[:3]} {self._digits[3:6]} {self._digits[6:]}"


class Reading(NamedTuple):
    """What was found in a field. `repaired`: the number was given only after a spreadsheet's damage was mended."""

    kind: NhsNumberKind
    number: NhsNumber | None
    repaired: bool


def is_usable(kind: NhsNumberKind | str, *, synthetic: bool) -> bool:
    """Whether a number of this kind may be used to link people; the test range only in a synthetic project."""
    return kind == NhsNumberKind.VALID or (synthetic and kind == NhsNumberKind.TEST_RANGE)


def read_nhs_number(value: str | None) -> Reading:
    """What kind of value this is, and the number where it holds one. Never raises."""
    kind, digits, repaired = _read(value or "")
    return Reading(kind, NhsNumber(digits) if digits else None, repaired)


def _read(value: str) -> tuple[NhsNumberKind, str | None, bool]:
    text = canonical(value)
    digits = mend(text)
    kind = kind_of(digits)
    if kind not in KINDS_WITH_NUMBER:
        return kind, None, False
    return kind, digits, digits != text


def read_nhs_numbers(values: Any) -> pa.Table:
    """`read_nhs_number` over an Arrow array or chunked array: columns kind (dictionary of text), number (text), repaired.

    One row per value, in order. Values that are ten plain digits are judged on Arrow's own buffers; the rest lose their blanks
    and hyphens and are tried again; only what is left is read one by one, once per distinct value.
    """
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    blocks = [chunk.slice(start, BLOCK_ROWS) for chunk in chunks for start in range(0, len(chunk), BLOCK_ROWS)]
    return pa.Table.from_batches([_read_block(block) for block in blocks], schema=READ_SCHEMA)


def usable_numbers(read: pa.Table, *, synthetic: bool) -> Any:
    """The `number` column of `read_nhs_numbers`, null where the number may not be used to link people."""
    usable = pa.array([kind.value for kind in KINDS if is_usable(kind, synthetic=synthetic)])
    return pc.if_else(pc.is_in(read["kind"].cast(pa.string()), value_set=usable), read["number"], None)


def numbers_with_a_slip(values: Any, read: pa.Table) -> Any:
    """The ten digits of each value of kind `bad_check_digit`, null for every other; `read` is what `read_nhs_numbers` made of it.

    Somebody's number with one digit wrong, or two neighbours exchanged, is always among them: the check finds every such slip.
    """
    slipped = pc.equal(read["kind"].cast(pa.string()), NhsNumberKind.BAD_CHECK_DIGIT.value).combine_chunks()
    digits = [mend(canonical(text)) for text in values.filter(slipped).to_pylist()]
    return pc.replace_with_mask(pa.nulls(len(slipped), pa.string()), slipped, pa.array(digits, pa.string()))


def _read_block(block: Any) -> pa.RecordBatch:
    codes, texts, repaired = _read_with(block.cast(pa.string()), _read_tidied)
    given = codes < len(KINDS_WITH_NUMBER)
    if not given.all():
        texts = pc.if_else(pa.array(given), texts, pa.scalar(None, pa.string()))
    kinds = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array([kind.value for kind in KINDS]))
    return pa.record_batch([kinds, texts, pa.array(repaired)], schema=READ_SCHEMA)


def _read_with(texts: Any, otherwise: Callable[[Any], Read]) -> Read:
    """Read what is ten plain digits here, and the rest `otherwise`."""
    codes, repaired = _codes(texts), np.zeros(len(texts), np.bool_)
    unread = codes == UNREAD
    if unread.any():
        mask = pa.array(unread)
        codes[unread], others, repaired[unread] = otherwise(texts.filter(mask))
        texts = pc.replace_with_mask(texts, mask, others)
    return codes, texts, repaired


def _read_tidied(texts: Any) -> Read:
    """Without blanks and hyphens: whole columns come as `3 3 4`, and Arrow is quicker at it than `canonical`."""
    without_blanks = pc.replace_substring(texts, pattern=" ", replacement="")
    return _read_with(pc.replace_substring(without_blanks, pattern="-", replacement=""), _read_decimals)


def _read_decimals(texts: Any) -> Read:
    """Without `.0` at the end: whole columns come so from tools that took the numbers for real ones."""
    whole = pc.replace_substring_regex(texts, pattern=f"^{DECIMALS.pattern}$", replacement=r"\1")
    codes, numbers, repaired = _read_with(whole, _read_one_by_one)
    mended = pc.not_equal(whole, texts).to_numpy(zero_copy_only=False)
    return codes, numbers, repaired | (mended & (codes < len(KINDS_WITH_NUMBER)))


def _read_one_by_one(texts: Any) -> Read:
    encoded = texts.dictionary_encode()
    readings = [_read(text) for text in encoded.dictionary.to_pylist()]
    where = encoded.indices.to_numpy()
    codes = np.array([CODE[kind] for kind, _, _ in readings], np.int8)
    repaired = np.array([mended for _, _, mended in readings], np.bool_)
    numbers = pa.array([number for _, number, _ in readings], pa.string())
    return codes[where], numbers.take(encoded.indices), repaired[where]


def _codes(texts: Any) -> np.ndarray:
    """Codes into KINDS of the rows that are ten plain digits or null; UNREAD for the others."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    ten_bytes = np.diff(ends) == 10
    if texts.null_count:
        ten_bytes &= texts.is_valid().to_numpy(zero_copy_only=False)
    elif ten_bytes.all():
        return codes_of_ten_bytes(np.frombuffer(data, np.uint8)[ends[0] : ends[-1]])
    codes = np.full(len(texts), UNREAD, np.int8)
    codes[texts.is_null().to_numpy(zero_copy_only=False)] = CODE[NhsNumberKind.MISSING]
    if ten_bytes.any():
        codes[ten_bytes] = _codes(texts.filter(pa.array(ten_bytes)))
    return codes
