"""Text columns as levels, and the rate of the outcome in each: shrunk toward the mean, and never a row's own.

Only a level that at least 20 people have is kept by name, so a model file holds no value of a small group, and no id: a
column of ids keeps no level at all and is dropped as saying nothing. All rarer levels, and any level not seen before, are
one: `other`. A row without a value is a level too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.sheet import NO_VALUE, Codes, Texts

FEWEST_OF_LEVEL = 20

# A level's rate counts as much as the mean does where it has this many rows.
SHRINKAGE = 20.0

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """The kept levels of a text column, sorted; their codes are their places, then `other`, then `missing`."""

    column: str
    kept: tuple[str, ...]

    @property
    def other(self) -> int:
        """Code of rare and unseen levels."""
        return len(self.kept)

    @property
    def missing(self) -> int:
        """Code of no value."""
        return len(self.kept) + 1

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.kept) + 2

    def codes(self, texts: Texts) -> Codes:
        """Code of each row."""
        place = {level: code for code, level in enumerate(self.kept)}
        found = np.array([place.get(level, self.other) for level in texts.levels] + [self.missing], dtype=np.int32)
        return np.asarray(found[np.where(texts.codes == NO_VALUE, len(texts.levels), texts.codes)])


def find_levels(column: str, texts: Texts, people: npt.NDArray[np.int64]) -> Levels | None:
    """The levels that at least 20 people have; None where no two codes would tell rows apart. `people`: a number per row."""
    valued = texts.codes != NO_VALUE
    pairs = np.unique(texts.codes[valued].astype(np.int64) * (people.max(initial=0) + 1) + people[valued])
    having = np.bincount(pairs // (people.max(initial=0) + 1), minlength=len(texts.levels))
    kept = tuple(sorted(level for level, count in zip(texts.levels, having, strict=True) if count >= FEWEST_OF_LEVEL))
    levels = Levels(column, kept)
    sizes = np.bincount(levels.codes(texts), minlength=levels.size)
    return levels if kept and (sizes >= FEWEST_OF_LEVEL).sum() > 1 else None


def rates(codes: Codes, outcome: Numbers, size: int) -> Numbers:
    """Log-odds of the outcome in each level, less those of all rows: 0 for a level without rows."""
    return _log_odds(_sums(codes, outcome, size), _sums(codes, np.ones(len(codes)), size), float(outcome.mean()))


def rates_of_others(codes: Codes, outcome: Numbers, size: int, fold: npt.NDArray[np.int64]) -> Numbers:
    """For every row the log-odds of its level, learned from the rows of the other folds."""
    found = np.empty(len(codes))
    events, rows = _sums(codes, outcome, size), _sums(codes, np.ones(len(codes)), size)
    for each in np.unique(fold):
        mine = fold == each
        left = rows - _sums(codes[mine], np.ones(int(mine.sum())), size)
        had = events - _sums(codes[mine], outcome[mine], size)
        found[mine] = _log_odds(had, left, float(had.sum()) / max(float(left.sum()), 1.0))[codes[mine]]
    return found


def _sums(codes: Codes, values: Numbers, size: int) -> Numbers:
    return np.asarray(np.bincount(codes, values, size), dtype=np.float64)


def _log_odds(events: Numbers, rows: Numbers, mean: float) -> Numbers:
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    shrunk = np.clip((events + SHRINKAGE * mean) / (rows + SHRINKAGE), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(shrunk / (1 - shrunk)) - np.log(mean / (1 - mean)))
