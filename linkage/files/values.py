"""What the values of each kind of field become before they are compared: the columns made of one field, named `field.part`.

Each function takes the name of the field and its distinct values as an Arrow array of text, and answers a column per part: texts
in one form (null: missing, or nothing that can be true of one person), or whole numbers (-1: missing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE
from linkage.files.dates import all_date_digits, full_dates, packed
from linkage.files.fields import ADDRESS, DATE, EXACT, GENDER, NAME, NHS_NUMBER, POSTCODE, TEXT
from linkage.names import clean_names, family_names, first_words, given_names, last_words, whole_names
from schemas.distinct import map_distinct
from schemas.nhs_number import NhsNumberKind, numbers_with_a_slip, read_nhs_numbers, usable_numbers
from schemas.postcodes import outwards, real_postcodes, sectors, standardise_postcodes

LONGEST_VALUE = 200  # letters of an address or declared field that are read: more is a note typed into it
BEGINNING = 3  # letters of a name that a blocking rule may go by
# Letters of a street that a blocking rule may go by, and that are read for likeness: what follows is a town, and the work of
# comparing letters grows with their square.
STREET_BEGINNING, STREET_NAME = 6, 16
# A code of fewer marks has no slips to speak of: VIC and TAS are two states.
SHORTEST_WITH_SLIP = 5
# Share of a file's postcodes that must be British for the others to be mistakes rather than another country's.
MOSTLY = 0.5
NOT_WORDS = r"[^\p{L}\p{M}\p{N}]+"
GENDERS = {
    "1": "1", "M": "1", "MALE": "1", "MAN": "1", "BOY": "1", "2": "2", "F": "2", "FEMALE": "2", "WOMAN": "2", "GIRL": "2",
}  # fmt: skip
CODE_AS_NUMBER = r"^0*(\d)(\.0+)?$"  # 1.0 and 01, as spreadsheets write 1

Parts = Mapping[str, Any]


def name_parts(field: str, raw: Any) -> Parts:
    """All words as one; first and last word; first letter, alone where no more is given; the first letters."""
    cleaned = (given_names if field == "given_name" else family_names)(clean_names(raw))
    whole = whole_names(cleaned)
    return {
        field: whole,
        f"{field}.first": first_words(cleaned),
        f"{field}.last": last_words(cleaned),
        f"{field}.initial": pc.utf8_slice_codeunits(whole, 0, 1),
        f"{field}.only_initial": _where(pc.equal(pc.utf8_length(whole), 1), whole),
        f"{field}.beginning": _beginning(whole),
    }


def date_parts(field: str, raw: Any) -> Parts:
    """The date, the date where day and month are known, and its parts, which two dates can be seen to have exchanged."""
    digits = all_date_digits(raw)
    full = full_dates(digits)
    return {
        field: digits,
        f"{field}.full": full,
        f"{field}.digits": packed(full),
        f"{field}.year": _numbers(digits, 0, 4),
        f"{field}.month": _numbers(full, 4, 6),
        f"{field}.day": _numbers(full, 6, 8),
    }


def gender_parts(field: str, raw: Any) -> Parts:
    """1 (male) or 2 (female), out of the usual codes and words; all else, unknown and not specified among it, is missing."""
    folded = pc.utf8_upper(pc.utf8_trim_whitespace(raw))
    return {field: map_distinct(pc.replace_substring_regex(folded, CODE_AS_NUMBER, r"\1"), GENDERS.get)}


def postcode_parts(field: str, raw: Any) -> Parts:
    """The postcode, its sector and its outward part; where few are British, the codes as they are without parts."""
    british = standardise_postcodes(raw)
    if len(raw) and (len(raw) - british.null_count) < MOSTLY * (len(raw) - raw.null_count):
        codes = _folded(raw, "")
        return {
            field: codes,
            f"{field}.sector": pa.nulls(len(raw), pa.string()),
            f"{field}.outward": pc.utf8_slice_codeunits(codes, 0, 2),
        }
    real = real_postcodes(british)
    return {field: real, f"{field}.sector": sectors(real), f"{field}.outward": outwards(real)}


def address_parts(field: str, raw: Any) -> Parts:
    """The words in capitals, the first number among them, and what is no number."""
    words = _folded(raw, " ")
    number = pc.struct_field(pc.extract_regex(words, r"(?:^|\s)(?P<number>\p{N}\S*)"), "number")
    street = _given(pc.utf8_trim_whitespace(pc.replace_substring_regex(words, r"(?:^|\s)\p{N}\S*", "")))
    letters = pc.replace_substring(street, " ", "")
    return {
        field: words,
        f"{field}.number": number,
        f"{field}.street": street,
        f"{field}.street_name": pc.utf8_slice_codeunits(letters, 0, STREET_NAME),
        f"{field}.beginning": pc.utf8_slice_codeunits(letters, 0, STREET_BEGINNING),
    }


def number_parts(field: str, raw: Any) -> Parts:
    """The ten digits where they are somebody's number or one slip away from it (check digit wrong).

    The test range is nobody's, unless most numbers of the files are of it: then the people are made up.
    """
    read = read_nhs_numbers(raw)
    usable = usable_numbers(read, synthetic=is_mostly_test_range(read))
    return {field: _flat(pc.coalesce(usable, numbers_with_a_slip(raw, read)))}


def is_mostly_test_range(read: pa.Table) -> bool:
    """Whether most of the numbers that `read_nhs_numbers` found usable are of the test range."""
    return count_kind(read, NhsNumberKind.TEST_RANGE) > count_kind(read, NhsNumberKind.VALID)


def count_kind(read: pa.Table, kind: NhsNumberKind) -> int:
    """How many values are of a kind."""
    return int(pc.sum(pc.equal(read["kind"].cast(pa.string()), kind.value)).as_py() or 0)


def exact_parts(field: str, raw: Any) -> Parts:
    """Letters and digits in capitals; apart, those long enough for a slip."""
    codes = _folded(raw, "")
    return {
        field: codes,
        f"{field}.long": _where(pc.greater_equal(pc.utf8_length(codes), SHORTEST_WITH_SLIP), codes),
        f"{field}.beginning": _where(
            pc.greater_equal(pc.utf8_length(codes), SHORTEST_WITH_SLIP), pc.utf8_slice_codeunits(codes, 0, 4)
        ),
        f"{field}.end": _where(
            pc.greater_equal(pc.utf8_length(codes), SHORTEST_WITH_SLIP), pc.utf8_slice_codeunits(codes, -4, 2**31 - 1)
        ),
    }


def text_parts(field: str, raw: Any) -> Parts:
    """Words in capitals, and the first letters."""
    words = _folded(raw, " ")
    return {field: words, f"{field}.beginning": _beginning(words)}


PARTS: dict[str, Callable[[str, Any], Parts]] = {
    NAME: name_parts,
    DATE: date_parts,
    GENDER: gender_parts,
    POSTCODE: postcode_parts,
    ADDRESS: address_parts,
    NHS_NUMBER: number_parts,
    EXACT: exact_parts,
    TEXT: text_parts,
}


def _folded(raw: Any, between: str) -> Any:
    """Capitals of base letters and digits, words parted by `between`."""
    cut = pc.utf8_upper(pc.utf8_normalize(pc.utf8_slice_codeunits(raw, 0, LONGEST_VALUE), "NFKC"))
    return _given(pc.utf8_trim_whitespace(pc.replace_substring_regex(cut, NOT_WORDS, between)))


def _given(texts: Any) -> Any:
    return _where(pc.not_equal(texts, ""), texts)


def _where(holds: Any, texts: Any) -> Any:
    return pc.if_else(holds, texts, pa.scalar(None, pa.string()))


def _beginning(texts: Any) -> Any:
    return pc.utf8_slice_codeunits(texts, 0, BEGINNING)


def _numbers(digits: Any, first: int, stop: int) -> Any:
    numbers = pc.utf8_slice_codeunits(digits, first, stop).cast(pa.int32())
    return np.asarray(pc.fill_null(numbers, NONE).to_numpy(zero_copy_only=False), dtype=np.int32)


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
