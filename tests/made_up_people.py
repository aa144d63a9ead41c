"""Two small files of made-up people in households, with the truth, for tests of training."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linkage.engine.conditions import Comparison
from linkage.engine.rules import Rule, same
from linkage.engine.weigher import Sides
from tests.linkage_sides import Columns, alike, exact, ids, sides_of

NAMES = ("given_name", "family_name", "date_of_birth", "postcode", "gender")
LETTERS = "ABCDEFGHIKLMNOPRSTUVW"
COMPARISONS: tuple[Comparison, ...] = (
    alike("given_name"), alike("family_name"), exact("date_of_birth"), exact("postcode"), exact("gender"),
)  # fmt: skip
BLOCKS: tuple[Rule, ...] = (same("given_name", "family_name"), same("date_of_birth"))
RULES: tuple[Rule, ...] = (*BLOCKS, same("postcode"))


class Files(NamedTuple):
    """`right` has every person of `left`, in another order: `truth[i]` is the right row of left row `i`."""

    left: Columns
    right: Columns
    truth: np.ndarray[tuple[int], np.dtype[np.int64]]

    @property
    def sides(self) -> Sides:
        """As sheets."""
        return sides_of(self.left, self.right)

    @property
    def ids(self) -> tuple[object, object]:
        """Record ids of both."""
        return ids("l", len(self.truth)), ids("r", len(self.truth))


def made_up(households: int = 400, *, size: int = 3, errors: float = 0.06, seed: int = 1) -> Files:
    """Households of `size` people with one family name and postcode; in one of six, two are twins. Each value of the right is
    wrong or missing with a chance of `errors`.
    """
    rng = np.random.default_rng(seed)
    given, family = _words(rng, 60), _words(rng, 300)
    rows = [row for _ in range(households) for row in _household(rng, given, family, size)]
    order = rng.permutation(len(rows))
    right = [_miswritten(rng, rows[place], rows, errors) for place in order]
    columns = [{name: [row[c] for row in file] for c, name in enumerate(NAMES)} for file in (rows, right)]
    truth = np.empty(len(rows), dtype=np.int64)
    truth[order] = np.arange(len(rows))
    return Files(columns[0], columns[1], truth)


def _words(rng: np.random.Generator, count: int) -> list[str]:
    return ["".join(rng.choice(list(LETTERS), 6)) for _ in range(count)]


def _household(rng: np.random.Generator, given: list[str], family: list[str], size: int) -> list[list[str | None]]:
    name, postcode = family[min(int(rng.exponential(60)), len(family) - 1)], f"ZA{rng.integers(200)}"
    births = [str(10_000 + rng.integers(9000)) for _ in range(size)]
    if rng.random() < 1 / 6:
        births[1] = births[0]
    firsts = rng.choice(len(given), size, replace=False)
    return [[given[first], name, birth, postcode, str(1 + first % 2)] for first, birth in zip(firsts, births, strict=True)]


def _miswritten(rng: np.random.Generator, row: list[str | None], rows: list[list[str | None]], errors: float) -> list[str | None]:
    written = list(row)
    for c, value in enumerate(row):
        chance = rng.random()
        if chance < errors / 3:
            written[c] = None
        elif chance < errors:
            is_slip = c < 2 and value is not None and chance < errors * 2 / 3
            written[c] = f"{value[:-1]}{LETTERS[rng.integers(len(LETTERS))]}" if is_slip else rows[rng.integers(len(rows))][c]
    return written
