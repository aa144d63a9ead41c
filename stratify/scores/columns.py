"""What rules share that give everybody's rows at once: who is heard of, how old at least, bands and lists of reasons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stratify.found import Flags, Found, Places, lists
from stratify.percentiles import Numbers
from stratify.scores.score import GivenColumns, ScoreInputs

UNKNOWN_AGE = -1

# Features that are null where nothing was heard: of the hospitals' spells by anybody, of the practice by the person.
BY_HOSPITAL, BY_PRACTICE = "charlson_index", "long_term_conditions"


def heard(inputs: ScoreInputs, *columns: str) -> Flags:
    """For each person whether all the features are there: a feed that did not arrive gives null, never 0."""
    known = [inputs.features[name].is_valid().to_numpy() for name in columns]
    return np.asarray(np.logical_and.reduce(known), dtype=np.bool_)


def lowest_age(inputs: ScoreInputs) -> Places:
    """The lower end of each person's age band; -1 where it is not known."""
    low = pc.utf8_slice_codeunits(inputs.people["age_band"], 0, 2).cast(pa.int64())
    return np.asarray(low.fill_null(UNKNOWN_AGE).to_numpy(), dtype=np.int64)


def banded(values: Numbers, edges: Sequence[float], names: Sequence[str | None], there: Flags) -> pa.Array:
    """The name of the band each value falls in, a lower edge inclusive; null where not `there`."""
    places = np.searchsorted(np.asarray(edges), values, side="right")
    return pa.array(names, pa.string()).take(pa.array(places, pa.int64(), mask=~there))


def reasons(
    found: Found,
    words: Sequence[str],
    there: Flags,
    *,
    nothing: str | None = None,
    opening: Places | None = None,
    labels: Places | None = None,
    most: int | None = None,
) -> pa.ListArray:
    """The words of what was found, in the order of `found`; none for those not `there`.

    `labels` are the places in `words` of each pair, by default its item; `opening` one for each person, told first.
    `nothing` is told to those with none of it. Only the first `most` of a person are told.
    """
    keep = there[found.people]
    if most is not None:
        keep = keep & found.first(most)
    told, without = np.flatnonzero(there), np.flatnonzero(there & (found.numbers() == 0))
    parts = [(found.people[keep], (found.items if labels is None else labels)[keep])]
    if nothing is not None:
        parts.append((without, np.full(len(without), len(words))))
    if opening is not None:
        parts.insert(0, (told, opening[told]))
    return lists(parts, [*words, nothing or ""], found.count)


def given(values: Numbers, bands: pa.Array | None, why: pa.ListArray, there: Flags) -> GivenColumns:
    """Everybody's rows; the value is null where not `there`."""
    return GivenColumns(
        pa.array(values, pa.float64(), mask=~there), pa.nulls(len(values), pa.string()) if bands is None else bands, why
    )
