"""Whether as many had the event as the model expected: by tenth of chance, and in every group of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from stratify.assurance.bounds import JUDGED_FROM, TOLERATED
from stratify.assurance.groups import BREAKDOWNS, categories_of
from stratify.assurance.resampling import REPEATS, SEED, Numbers, Places, interval, person_numbers, ratio, resamples
from stratify.models.assessment import Paired

TENTHS = 10
EVERYBODY = "all"
TOO_FEW = "too few events"

DECILE = pa.schema(
    [("decile", pa.int64()), ("people", pa.int64()), ("events", pa.int64())]
    + [(name, pa.float64()) for name in ("expected", "observed", "observed_low", "observed_high")]
)
GROUP = pa.schema(
    [("breakdown", pa.string()), ("category", pa.string()), ("people", pa.int64()), ("events", pa.int64())]
    + [(name, pa.float64()) for name in ("expected", "expected_observed", "low", "high")]
    + [("state", pa.string())]
)


class Split(NamedTuple):
    """Rows in groups: the name of the breakdown, each row's group as a number, the groups' names."""

    breakdown: str
    codes: Places
    names: Sequence[str]


def calibration_by_decile(paired: Paired, *, repeats: int = REPEATS, seed: int = SEED) -> pa.Table:
    """`DECILE` rows, the lowest chances first: mean chance expected, share observed with its 95 % interval.

    Equal chances are in the same tenth, so tenths may differ in size, and one may have nobody and no row.
    """
    split = Split("decile", deciles(paired.p), [str(number + 1) for number in range(TENTHS)])
    happened, ones = paired.outcome.astype(np.float64), np.ones(len(paired.p))
    people, events, expected = (_by(split, each).tolist() for each in (ones, happened, paired.p))
    (shares,) = _resampled_ratios(paired, [split], happened, ones, repeats=repeats, seed=seed)
    rows = []
    for place in (place for place, size in enumerate(people) if size):
        observed = interval(events[place] / people[place], shares[:, place])
        rows.append(
            {
                "decile": place + 1, "people": int(people[place]), "events": int(events[place]),
                "expected": expected[place] / people[place], "observed": observed.figure,
                "observed_low": observed.low, "observed_high": observed.high,
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DECILE)


def deciles(p: Numbers) -> Places:
    """The tenth of each row, from 0, by the middle rank of its chance."""
    order = np.sort(p)
    middle = (np.searchsorted(order, p, "left") + np.searchsorted(order, p, "right")) / 2
    return np.asarray(np.minimum(middle * TENTHS // max(len(p), 1), TENTHS - 1), dtype=np.int64)


def calibration_by_group(paired: Paired, groups: pa.Table, *, repeats: int = REPEATS, seed: int = SEED) -> pa.Table:
    """`GROUP` rows: everybody, then each of `BREAKDOWNS` of `groups` (see `groups_of_people`) by category.

    `state` is green where expected over observed lies within .80 and 1.25, amber outside, and `too few events` with fewer
    than 100, which are not judged.
    """
    every = Split(EVERYBODY, np.zeros(len(paired.p), dtype=np.int64), [EVERYBODY])
    splits = [every, *(_split(paired, groups, name) for name in BREAKDOWNS)] if len(paired.p) else []
    quotients = _resampled_ratios(paired, splits, paired.p, paired.outcome.astype(np.float64), repeats=repeats, seed=seed)
    rows = [row for split, drawn in zip(splits, quotients, strict=True) for row in _rows(split, paired, drawn)]
    return pa.Table.from_pylist(rows, schema=GROUP)


def _split(paired: Paired, groups: pa.Table, breakdown: str) -> Split:
    names, codes = np.unique(categories_of(groups, paired.pseudonyms, breakdown).astype(str), return_inverse=True)
    return Split(breakdown, np.asarray(codes, dtype=np.int64), names.tolist())


def _resampled_ratios(
    paired: Paired, splits: Sequence[Split], above: Numbers, below: Numbers, *, repeats: int, seed: int
) -> list[Numbers]:
    """The quotient of two sums over each group's rows: an array of resamples by groups for each split."""
    sums = [[_Sum(split, values) for values in (above, below)] for split in splits]
    drawn: list[list[Numbers]] = [[] for _ in splits]
    for weights in resamples(person_numbers(paired.pseudonyms), repeats=repeats, seed=seed):
        for place, (over, under) in enumerate(sums):
            drawn[place].append(ratio(over.of(weights), under.of(weights)))
    return [np.array(each).reshape(-1, len(split.names)) for each, split in zip(drawn, splits, strict=True)]


class _Sum:
    """The sum of weighted values in each group; rows whose value is 0 are left out once and for all."""

    def __init__(self, split: Split, values: Numbers) -> None:
        self.rows = np.flatnonzero(values)
        self.codes, self.values, self.size = split.codes[self.rows], values[self.rows], len(split.names)

    def of(self, weights: Numbers) -> Numbers:
        return np.asarray(np.bincount(self.codes, weights[self.rows] * self.values, self.size))


def _by(split: Split, values: Numbers) -> Numbers:
    return np.asarray(np.bincount(split.codes, values, len(split.names)))


def _rows(split: Split, paired: Paired, drawn: Numbers) -> list[dict[str, object]]:
    people = np.bincount(split.codes, minlength=len(split.names)).tolist()
    events, expected = (_by(split, each).tolist() for each in (paired.outcome.astype(np.float64), paired.p))
    rows = []
    for place, name in enumerate(split.names):
        found = interval(expected[place] / events[place] if events[place] else None, drawn[:, place])
        rows.append(
            {
                "breakdown": split.breakdown, "category": name, "people": people[place], "events": int(events[place]),
                "expected": expected[place], "expected_observed": found.figure, "low": found.low, "high": found.high,
                "state": judged(int(events[place]), found.figure),
            }
        )  # fmt: skip
    return rows


def judged(events: int, expected_observed: float | None) -> str:
    """`green`, `amber`, or `too few events`."""
    if events < JUDGED_FROM or expected_observed is None:
        return TOO_FEW
    return "green" if TOLERATED[0] <= expected_observed <= TOLERATED[1] else "amber"
