"""The groups that every fairness table is split by, and who is in which. "Not known" is a group in every one of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stratify.models.design import KEY

NOT_KNOWN = "not known"

# Five-year bands together, so that most groups of a usual area have events enough to be judged.
AGES = ((20, "00-19"), (40, "20-39"), (65, "40-64"), (75, "65-74"), (85, "75-84"))
OLDEST = "85+"

# Codes that say no more than an empty field. `Z`, not stated, is an answer, and a group of its own.
SAYS_NOTHING = {"gender": ("X", "0"), "ethnic_category": ("99",)}

BREAKDOWNS = ("age_band", "gender", "ethnic_category", "deprivation_quintile", "practice", "link_quality")


def groups_of_people(people: pa.Table) -> pa.Table:
    """`pseudonym` and one text column for each of `BREAKDOWNS`, never null, from rows of `PseudonymisedPerson`.

    Quintile 1 is the most deprived fifth of areas. An absent column is not known of anybody.
    """
    columns = {
        "age_band": _ages(_given(people, "age_band")),
        "gender": _given(people, "gender"),
        "ethnic_category": _given(people, "ethnic_category"),
        "deprivation_quintile": _quintiles(people),
        "practice": _given(people, "gp_practice_code"),
        "link_quality": _given(people, "link_quality"),
    }
    return pa.table({KEY: people[KEY], **columns})


def categories_of(groups: pa.Table, pseudonyms: npt.NDArray[np.object_], breakdown: str) -> npt.NDArray[np.object_]:
    """The category of each row's person; not known of somebody whom `groups` does not have."""
    places = pc.index_in(pa.array(pseudonyms, pa.string()), value_set=groups[KEY].combine_chunks())
    return np.asarray(pc.fill_null(groups[breakdown].combine_chunks().take(places), NOT_KNOWN).to_numpy(zero_copy_only=False))


def _given(people: pa.Table, column: str) -> pa.Array:
    if column not in people.column_names:
        return pa.repeat(pa.scalar(NOT_KNOWN), people.num_rows)
    values = people[column].combine_chunks().cast(pa.string())
    empty = pc.is_in(values, value_set=pa.array(SAYS_NOTHING.get(column, ()), pa.string()))
    return pc.if_else(pc.or_(pc.is_null(values), empty), NOT_KNOWN, values)


def _ages(bands: pa.Array) -> pa.Array:
    """`40-64` for `45-49`."""
    wide = {band: NOT_KNOWN if band == NOT_KNOWN else _wide(int(band[:2])) for band in pc.unique(bands).to_pylist()}
    return pa.array([wide[band] for band in bands.to_pylist()], pa.string())


def _wide(age: int) -> str:
    return next((name for below, name in AGES if age < below), OLDEST)


def _quintiles(people: pa.Table) -> pa.Array:
    if "deprivation_decile" not in people.column_names:
        return pa.repeat(pa.scalar(NOT_KNOWN), people.num_rows)
    decile = people["deprivation_decile"].combine_chunks().cast(pa.int64())
    quintile = pc.divide(pc.add(decile, 1), 2).cast(pa.string())
    return pc.fill_null(quintile, NOT_KNOWN)
