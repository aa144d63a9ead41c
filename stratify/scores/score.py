"""What a score rule is, what it may look at, and how its rows are made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from schemas.pseudonymised import Score
from schemas.table import Rows


@dataclass(frozen=True)
class ScoreInputs:
    """One row per scored person in `features` and `people`, in the same order: that of the pseudonym.

    `diagnoses` has distinct (pseudonym, code) of two years; `acsc` one (pseudonym, condition) per chronic
    ambulatory-care-sensitive admission in 12 months. Both are sorted.
    """

    features: pa.Table
    people: pa.Table
    diagnoses: pa.Table
    acsc: pa.Table
    as_at: dt.date

    @property
    def pseudonyms(self) -> list[str]:
        """Who is scored."""
        return list(self.features["pseudonym"].to_pylist())


@dataclass(frozen=True)
class ScoreRule:
    """One published or plainly stated rule: it gives every person a value, a band where there are bands, and reasons."""

    name: str
    version: str
    description: str
    source: str
    feeds: tuple[str, ...]
    give: Callable[[ScoreInputs], list[Given]]

    def rows(self, inputs: ScoreInputs) -> Rows[Score]:
        """The rule's rows, one per person in `inputs`."""
        return score_rows(self.name, self.version, inputs.pseudonyms, self.give(inputs))


@dataclass(frozen=True)
class Given:
    """What a rule says of one person. `value` is null where the feed it needs did not arrive."""

    value: float | None
    band: str | None = None
    reasons: tuple[str, ...] = ()


def score_rows(name: str, version: str, pseudonyms: Sequence[str], given: Sequence[Given]) -> Rows[Score]:
    """Score rows in the order of `pseudonyms`."""
    count = len(pseudonyms)
    return pa.table(  # type: ignore[no-any-return]
        [
            pa.array(pseudonyms, pa.string()),
            pa.array([name] * count, pa.string()),
            pa.array([one.value for one in given], pa.float64()),
            pa.array([one.band for one in given], pa.string()),
            pa.array([list(one.reasons) for one in given], pa.list_(pa.string())),
            pa.array([version] * count, pa.string()),
        ],
        schema=Score.arrow_schema(),
    )
