"""People as columns of whole numbers: equal values have equal codes, -1 is missing, and every comparison is arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Codes, Truth, Whole
from linkage.dates import birth_dates
from linkage.joins import combine, is_member
from linkage.nicknames import nickname_groups
from linkage.number_slips import near_numbers
from linkage.sheets import Sheet, Texts, encode_values, lay_out

# Columns of names share one list of values, so that a given name can be found in the place of a family name.
NAME_COLUMNS = {
    "given": "given_name", "given_first": "given_first", "other_given": "other_given_name", "alias": "alias",
    "family": "family_name", "family_first": "family_first", "family_last": "family_last",
    "previous_family": "previous_family_name",
}  # fmt: skip
NUMBER_COLUMNS = {"number": "nhs_number", "given_number": "nhs_number_given"}
POSTCODE_COLUMNS = {"postcode": "postcode", "previous_postcode": "previous_postcode"}
OTHER_COLUMNS = {
    "outward": "outward", "sector": "sector", "practice": "gp_practice_code", "gender": "gender"
}  # fmt: skip
FLAGS = ("verified", "protected")

# Of two letters, one slip makes any other name of two letters.
SHORTEST_SLIP = 3


@dataclass(frozen=True)
class People:
    """One entry per record in every column.

    `written_number` is the number as it stands, one that fails its check too, where another is one slip away; `initial` the
    first letter of the given name and `lone_initial` the same where there is no more of it; `long_...` a name long enough to
    have a slip in it. `birth` is the date of birth where at least the year is known, `full_birth` where all of it is; `year_day`
    its year and day of the month. `practice` is the general practice; `verified` says that the number's status is 01.
    """

    number: Codes
    written_number: Codes
    given: Codes
    given_first: Codes
    long_given_first: Codes
    initial: Codes
    lone_initial: Codes
    other_given: Codes
    alias: Codes
    family: Codes
    long_family: Codes
    family_first: Codes
    family_last: Codes
    previous_family: Codes
    birth: Codes
    full_birth: Codes
    year: Codes
    month: Codes
    day: Codes
    year_day: Codes
    gender: Codes
    postcode: Codes
    previous_postcode: Codes
    outward: Codes
    sector: Codes
    practice: Codes
    verified: Truth
    protected: Truth

    def __len__(self) -> int:
        """How many records."""
        return len(self.number)

    def take(self, rows: Whole | Truth | slice) -> People:
        """The records in `rows`, in that order."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @property
    def has_name(self) -> Truth:
        """Whether the record carries any name."""
        named: Truth = (self.given >= 0) | (self.family >= 0)
        return named

    def sheet(self) -> Sheet:
        """The columns as the kernel takes them."""
        return Sheet({field.name: getattr(self, field.name) for field in fields(self) if field.name not in FLAGS})


def join_people(parts: Sequence[People]) -> People:
    """All the records, one part after the other."""
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(parts[0])}
    return replace(parts[0], **columns)


def share_a_key(people: People, others: People, ours: Sequence[str], theirs: Sequence[str]) -> Truth:
    """Which people have a key, their columns `ours` together, that one of the others has in the columns `theirs`."""
    left, right = [getattr(people, column) for column in ours], [getattr(others, column) for column in theirs]
    return is_member(*combine(left, right))


def encode(standardised: pa.Table) -> tuple[People, Mapping[str, Texts]]:
    """People in the order of the standardised records (`standardise_distinct`), and the texts of the columns that are read."""
    names, columns = _codes(standardised, NAME_COLUMNS)
    numbers, number_codes = _codes(standardised, NUMBER_COLUMNS)
    columns |= _codes(standardised, POSTCODE_COLUMNS)[1]
    for field, name in OTHER_COLUMNS.items():
        columns |= _codes(standardised, {field: name})[1]
    texts = lay_out(names, [sorted(group) for group in nickname_groups()])
    written, written_texts = _written_numbers(numbers, **number_codes)
    people = People(
        **columns,
        number=number_codes["number"],
        written_number=written,
        **_initials(texts, columns["given_first"]),
        long_given_first=_long(texts, columns["given_first"]),
        long_family=_long(texts, columns["family"]),
        **_dates(standardised["date_of_birth"]),
        verified=standardised["number_verified"].to_numpy(),
        protected=standardised["protected"].to_numpy(),
    )
    return people, {**dict.fromkeys(("given", "given_first", "family"), texts), "written_number": written_texts}


def _written_numbers(values: pa.Array, *, number: Codes, given_number: Codes) -> tuple[Codes, Texts]:
    """The numbers as they stand, those that no other is a slip away from left out; and their texts."""
    written = np.where(number >= 0, number, given_number)
    given = np.unique(given_number[(number < 0) & (given_number >= 0)])
    is_near = near_numbers(values, values.take(pa.array(given)))
    is_near[given] = True
    place = np.append(np.where(is_near, np.cumsum(is_near) - 1, NONE), NONE).astype(np.int32)
    return place[written], lay_out(values.filter(pa.array(is_near)))


def _dates(births: Any) -> dict[str, Codes]:
    dates = birth_dates(births)
    columns = {
        "birth": dates.code,
        "full_birth": np.where(dates.is_full, dates.code, NONE),
        "year": dates.year,
        "month": dates.month,
        "day": dates.day,
        "year_day": np.where(dates.is_full, dates.year * 32 + dates.day, NONE),
    }
    return {name: values.astype(np.int32) for name, values in columns.items()}


def _initials(texts: Texts, given: Codes) -> dict[str, Codes]:
    """First letters of given names, and those that are the whole name."""
    first = np.append(texts.points[texts.start[:-1]], np.int32(NONE))
    alone = np.append(np.where(np.diff(texts.start) == 1, first[:-1], NONE), NONE).astype(np.int32)
    return {"initial": first[given], "lone_initial": alone[given]}


def _long(texts: Texts, names: Codes) -> Codes:
    """The names that are long enough to have a slip in them."""
    is_long = np.append(np.diff(texts.start) >= SHORTEST_SLIP, False)
    return np.where(is_long[names], names, np.int32(NONE))


def _codes(table: pa.Table, columns: dict[str, str]) -> tuple[pa.Array, dict[str, Codes]]:
    """The distinct values of several columns, and each column as codes into them."""
    coded = [_coded(table[name]) for name in columns.values()]
    values, codes = encode_values(*(pa.chunked_array([each.dictionary]) for each in coded))
    found = {}
    for field, each, code in zip(columns, coded, codes, strict=True):
        places = np.asarray(pc.fill_null(each.indices, NONE).to_numpy(zero_copy_only=False))
        found[field] = np.append(code, np.int32(NONE))[places]
    return values, found


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    whole = column.combine_chunks()
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
