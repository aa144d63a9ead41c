"""People from tables: every value becomes a code, and a later night encodes only the records that have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Codes, Whole
from linkage.dates import birth_dates
from linkage.engine.sheets import Texts, encode_values, lay_out
from linkage.nicknames import nickname_groups
from linkage.number_slips import near_numbers
from linkage.people import People

# By list of values the columns of people that share it, and what each is called in standardised records: names share one, so that
# a given name can be found in the place of a family name.
LISTS: Mapping[str, Mapping[str, str]] = {
    "name": {
        "given": "given_name", "given_first": "given_first", "other_given": "other_given_name", "alias": "alias",
        "family": "family_name", "family_first": "family_first", "family_last": "family_last",
        "previous_family": "previous_family_name",
    },
    "number": {"number": "nhs_number", "given_number": "nhs_number_given"},
    "postcode": {"postcode": "postcode", "previous_postcode": "previous_postcode"},
    "outward": {"outward": "outward"},
    "sector": {"sector": "sector"},
    "practice": {"practice": "gp_practice_code"},
    "gender": {"gender": "gender"},
}  # fmt: skip
DATE_PARTS = ("birth", "full_birth", "year", "month", "day", "year_day")

# Of two letters, one slip makes any other name of two letters.
SHORTEST_SLIP = 3

Column: TypeAlias = npt.NDArray[Any]  # of codes or of truths


@dataclass(frozen=True)
class Encoded:
    """Columns of codes, dates and flags, one entry per record in each, and by list the distinct values that codes stand for.

    The records are those of one table, in its order. A value may be there that no record has any more; see `compact`.
    """

    columns: Mapping[str, Column]
    values: Mapping[str, pa.Array]

    def people(self) -> tuple[People, Mapping[str, Texts]]:
        """The records as people, and the texts of the columns that are read."""
        texts = lay_out(self.values["name"], [sorted(group) for group in nickname_groups()])
        written, written_texts = _written_numbers(self.values["number"], self.columns["number"], self.columns["given_number"])
        given, family = self.columns["given_first"], self.columns["family"]
        derived: dict[str, Column] = {
            **_initials(texts, given),
            "written_number": written,
            "long_given_first": _long(texts, given),
            "long_family": _long(texts, family),
        }
        people = People(**self.columns, **derived)
        return people, {**dict.fromkeys(("given", "given_first", "family"), texts), "written_number": written_texts}

    def succeeded(self, *, place: Whole, changed: Whole, fresh: Encoded, former: Whole) -> Encoded:
        """The records of another night, then some former ones: what did not change is taken over, and not encoded again.

        `place` says where each record of the other night stands here, `former` are rows of this one. `changed` are the rows of
        the other night that `fresh` has, encoded with the values of this one, and more.
        """
        is_level = len(place) == len(self.columns["birth"]) and np.array_equal(place, np.arange(len(place)))
        columns = {}
        for name, column in self.columns.items():
            there = np.concatenate([column if is_level else column[place], column[former]])
            there[changed] = fresh.columns[name]
            columns[name] = there
        return Encoded(columns, fresh.values)

    def first(self, size: int) -> Encoded:
        """Only the first `size` records."""
        return Encoded({name: column[:size] for name, column in self.columns.items()}, self.values)

    def compact(self) -> Encoded:
        """The same records without the values that none of them has: nothing of who has left is kept."""
        columns, values = dict(self.columns), {}
        for name, among in LISTS.items():
            is_used = np.zeros(len(self.values[name]) + 1, dtype=np.bool_)
            for column in among:
                is_used[self.columns[column]] = True  # a missing value marks the last, which stands for none
            code = np.where(is_used, np.cumsum(is_used) - 1, NONE).astype(np.int32)
            code[-1] = NONE
            values[name] = self.values[name].filter(pa.array(is_used[:-1]))
            columns |= {column: code[self.columns[column]] for column in among}
        return Encoded(columns, values)

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """What a vault keeps: a row of codes per record; and every value that somebody has, by list and in the order of codes."""
        small = self.compact()
        rows = [pa.table({"list": pa.repeat(name, len(values)), "value": values}) for name, values in small.values.items()]
        return pa.table({name: pa.array(column) for name, column in small.columns.items()}), pa.concat_tables(rows)

    @classmethod
    def from_tables(cls, records: pa.Table, values: pa.Table) -> Encoded:
        """The same from what was kept."""
        columns = {name: records[name].to_numpy() for name in records.column_names}
        lists = {name: values["value"].filter(pc.equal(values["list"], name)).combine_chunks() for name in LISTS}
        return cls(columns, lists)


def encode(standardised: pa.Table, known: Mapping[str, pa.Array] | None = None) -> Encoded:
    """Records in the order of the standardised ones (`standardise_distinct`); values that are `known` keep their codes."""
    columns: dict[str, Column] = _dates(standardised["date_of_birth"])
    values = {}
    for name, among in LISTS.items():
        values[name], codes = _codes(standardised, among, None if known is None else known[name])
        columns |= codes
    columns["verified"] = standardised["number_verified"].to_numpy()
    columns["protected"] = standardised["protected"].to_numpy()
    return Encoded(columns, values)


def _written_numbers(values: pa.Array, number: Codes, given_number: Codes) -> tuple[Codes, Texts]:
    """The numbers as they stand, those that no other is a slip away from left out; and their texts."""
    written = np.where(number >= 0, number, given_number)
    given = np.unique(given_number[(number < 0) & (given_number >= 0)])
    is_near = near_numbers(values, values.take(pa.array(given)))
    is_near[given] = True
    place = np.append(np.where(is_near, np.cumsum(is_near) - 1, NONE), NONE).astype(np.int32)
    return place[written], lay_out(values.filter(pa.array(is_near)))


def _dates(births: Any) -> dict[str, Column]:
    dates = birth_dates(births)
    parts = (
        dates.code,
        np.where(dates.is_full, dates.code, NONE),
        dates.year,
        dates.month,
        dates.day,
        np.where(dates.is_full, dates.year * 32 + dates.day, NONE),
    )
    return {name: values.astype(np.int32) for name, values in zip(DATE_PARTS, parts, strict=True)}


def _initials(texts: Texts, given: Codes) -> dict[str, Codes]:
    """First letters of given names, and those that are the whole name."""
    first = np.append(texts.points[texts.start[:-1]], np.int32(NONE))
    alone = np.append(np.where(np.diff(texts.start) == 1, first[:-1], NONE), NONE).astype(np.int32)
    return {"initial": first[given], "lone_initial": alone[given]}


def _long(texts: Texts, names: Codes) -> Codes:
    """The names that are long enough to have a slip in them."""
    is_long = np.append(np.diff(texts.start) >= SHORTEST_SLIP, False)
    return np.where(is_long[names], names, np.int32(NONE))


def _codes(table: pa.Table, columns: Mapping[str, str], known: pa.Array | None) -> tuple[pa.Array, dict[str, Codes]]:
    """The distinct values of several columns behind those that are known, and each column as codes into them."""
    coded = [_coded(table[name]) for name in columns.values()]
    values, codes = encode_values(*(pa.chunked_array([each.dictionary], pa.string()) for each in coded))
    if known is not None:
        values, place = _behind(known, values)
        codes = [np.append(place, np.int32(NONE))[each] for each in codes]
    found = {}
    for field, each, code in zip(columns, coded, codes, strict=True):
        places = np.asarray(pc.fill_null(each.indices, NONE).to_numpy(zero_copy_only=False))
        found[field] = np.append(code, np.int32(NONE))[places]
    return values, found


def _behind(known: pa.Array, values: pa.Array) -> tuple[pa.Array, Codes]:
    """The known values and behind them the others of `values`; and where each of `values` stands there."""
    found = pc.index_in(known, value_set=values)  # many known values are looked up among a few, and not the other way
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    place = np.full(len(values), NONE, dtype=np.int32)
    place[np.asarray(found.take(pa.array(rows)))] = rows
    is_new = place == NONE
    place[is_new] = len(known) + np.arange(int(is_new.sum()), dtype=np.int32)
    return pa.concat_arrays([known, values.filter(pa.array(is_new))]), place


def _coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    whole = column.combine_chunks()
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
