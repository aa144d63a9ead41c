"""What a score rule is, what it may look at, and how its rows are made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.pseudonymised import Score
from schemas.table import Rows
from stratify.segments import PRECEDENCE


@dataclass(frozen=True)
class ScoreInputs:
    """One row per scored person in `features` and `people`, in the same order: that of the pseudonym.

    `diagnoses` has distinct (pseudonym, code) of two years; `signs` distinct (pseudonym, sign) of conditions; `acsc` one
    (pseudonym, condition) per chronic ambulatory-care-sensitive admission in 12 months; `leads` distinct (pseudonym, lead). All
    are sorted. `precedence` is that of the segments.
    """

    features: pa.Table
    people: pa.Table
    diagnoses: pa.Table
    signs: pa.Table
    acsc: pa.Table
    leads: pa.Table
    as_at: dt.date
    precedence: tuple[str, ...] = PRECEDENCE

    @property
    def pseudonyms(self) -> list[str]:
        """Who is scored."""
        return list(self.features["pseudonym"].to_pylist())

    def pseudonym(self, place: int) -> str:
        """Who is scored at this place."""
        return str(self.features["pseudonym"][place].as_py())


@dataclass(frozen=True)
class Given:
    """What a rule says of one person. `value` is null where the feed it needs did not arrive."""

    value: float | None
    band: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class GivenColumns:
    """What a rule says of everybody at once, in the order of the inputs: for rules that are arithmetic over columns."""

    values: pa.Array
    bands: pa.Array
    reasons: pa.Array

    @classmethod
    def plain(cls, values: npt.NDArray[np.float64]) -> GivenColumns:
        """Values alone; nan is null."""
        count = len(values)
        return cls(
            pa.array(values, pa.float64(), from_pandas=True),
            pa.nulls(count, pa.string()),
            pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], pa.string())),
        )


@dataclass(frozen=True)
class ScoreRule:
    """One published or plainly stated rule: it gives every person a value, a band where there are bands, and reasons."""

    name: str
    version: str
    description: str
    source: str
    feeds: tuple[str, ...]
    give: Callable[[ScoreInputs], list[Given] | GivenColumns]

    def rows(self, inputs: ScoreInputs) -> Rows[Score]:
        """The rule's rows, one per person in `inputs`."""
        return score_rows(self.name, self.version, inputs.features["pseudonym"], self.give(inputs))


def score_rows(
    name: str, version: str, pseudonyms: Sequence[str] | pa.ChunkedArray, given: list[Given] | GivenColumns
) -> Rows[Score]:
    """Score rows in the order of `pseudonyms`."""
    columns = given if isinstance(given, GivenColumns) else _columns(given)
    count = len(pseudonyms)
    return pa.table(  # type: ignore[no-any-return]
        [
            pseudonyms if isinstance(pseudonyms, pa.ChunkedArray) else pa.array(pseudonyms, pa.string()),
            pa.repeat(pa.scalar(name, pa.string()), count),
            columns.values,
            columns.bands,
            columns.reasons,
            pa.repeat(pa.scalar(version, pa.string()), count),
        ],
        schema=Score.arrow_schema(),
    )


def _columns(given: list[Given]) -> GivenColumns:
    return GivenColumns(
        pa.array([one.value for one in given], pa.float64()),
        pa.array([one.band for one in given], pa.string()),
        pa.array([list(one.reasons) for one in given], pa.list_(pa.string())),
    )
