"""The logistic candidate: each column as a few standardised terms, added up on the log-odds scale.

A number is clipped to its middle 99.8 % (so infinity is only very large); a skewed amount is taken by its logarithm; one of
many values bends at its quantiles; no value is the mean, and a term of its own where that is common. A text column has a
term per common level and, where it has many levels, its rate out of fold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.sheet import EVERY, Coded, Floats, Rows

Numbers = npt.NDArray[np.float64]

FEWEST_IN_TERM = 20
TAILS = (0.001, 0.999)
BENDS = (0.2, 0.4, 0.6, 0.8, 0.95)
SKEWED_FROM = 2.0
VALUES_TO_BEND = 12
MOST_TERMS = 600
MOST_LEVEL_TERMS = 30
SAMPLE = 200_000

PLAIN, LOG, BEND, MISSING, LEVEL, RATE = "plain", "log", "bend", "missing", "level", "rate"


@dataclass(frozen=True)
class Term:
    """One number of a row: `bend` is what lies above `at`; `level` is 1 for the level of code `at`. Less `mean`, over `scale`."""

    column: str
    shape: str
    low: float = 0.0
    high: float = 0.0
    at: float = 0.0
    logged: bool = False
    mean: float = 0.0
    scale: float = 1.0

    def values(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The term of a column's values (of a text: of its codes, or its rates)."""
        if self.shape == MISSING:
            found = np.isnan(raw).astype(np.float32)
        elif self.shape == LEVEL:
            found = (raw == self.at).astype(np.float32)
        else:
            found = raw if self.shape == RATE else scaled(raw, self.low, self.high, logged=self.logged)
            found = np.maximum(found - np.float32(self.at), 0) if self.shape == BEND else found
        found = (found - np.float32(self.mean)) / np.float32(self.scale)
        return np.asarray(np.nan_to_num(found, copy=False, nan=0.0), dtype=np.float32)


def scaled(raw: Floats, low: float, high: float, *, logged: bool) -> Floats:
    """Clipped, and where it is skewed by the logarithm of one plus its height over the lowest."""
    clipped = np.clip(raw, np.float32(low), np.float32(high))
    return np.asarray(np.log1p(clipped - np.float32(low)) if logged else clipped, dtype=np.float32)


def number_terms(column: str, values: Floats, bends: Sequence[float]) -> Iterator[Term]:
    """The terms of a number or flag column; none where all values are one."""
    missing = np.isnan(values)
    known = values[np.isfinite(values)]
    known = known[:: max(1, len(known) // SAMPLE)]
    if FEWEST_IN_TERM <= missing.sum() <= len(values) - FEWEST_IN_TERM:
        yield _standardised(Term(column, MISSING), values)
    if not len(known):
        return
    low, high = (float(edge) for edge in np.quantile(known, TAILS, method="nearest"))
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        return
    logged = low >= 0 and _skew(np.clip(known, low, high)) > SKEWED_FROM and high - low > 1
    yield _standardised(Term(column, LOG if logged else PLAIN, low, high, logged=logged), values)
    if len(np.unique(known)) < VALUES_TO_BEND:
        return
    shaped = scaled(known, low, high, logged=logged)
    for at in np.unique(np.quantile(shaped, bends, method="nearest")) if len(bends) else ():
        if shaped.min() < at < shaped.max():
            yield _standardised(Term(column, BEND, low, high, at=float(at), logged=logged), values)


def text_terms(column: str, codes: npt.NDArray[np.int32], size: int) -> Iterator[Term]:
    """A term per common level, not standardised: a rare level is not to weigh more. And the rate where there are many levels."""
    counts = np.bincount(codes, minlength=size)
    common = np.argsort(-counts, kind="stable")[:MOST_LEVEL_TERMS]
    for code in sorted(common):
        if FEWEST_IN_TERM <= counts[code] <= len(codes) - FEWEST_IN_TERM:
            yield Term(column, LEVEL, at=float(code), mean=float(counts[code]) / len(codes))
    if size > MOST_LEVEL_TERMS:
        yield Term(column, RATE)


def bends_for(columns: int) -> tuple[float, ...]:
    """Fewer bends a column the more columns there are, so that a wide table still fits in memory."""
    room = max(0, MOST_TERMS // max(columns, 1) - 2)
    if room >= len(BENDS):
        return BENDS
    return tuple(float(at) for at in np.linspace(0, 1, room + 2)[1:-1].round(2))


def design(terms: Sequence[Term], coded: Coded, rates: Mapping[str, Numbers], rows: Rows) -> Floats:
    """Rows by terms; `rates` holds what the rate of each of these rows' level is, where a term asks for it."""
    found = np.empty((len(rows), len(terms)), dtype=np.float32)
    for place, term in enumerate(terms):
        found[:, place] = term.values(raw_of(term, coded, rates, rows))
    return found


def raw_of(term: Term, coded: Coded, rates: Mapping[str, Numbers], rows: Rows | slice = EVERY) -> Floats:
    """What a term is computed from: a number's values, a text's codes, or the rates of its levels."""
    if term.shape == RATE:
        return np.asarray(rates[term.column], dtype=np.float32)
    if term.shape == LEVEL:
        return coded.codes[term.column][rows].astype(np.float32)
    return coded.numbers[term.column][rows]


def _standardised(term: Term, values: Floats) -> Term:
    sample = term.values(values[:: max(1, len(values) // SAMPLE)]) if term.shape == MISSING else _known(term, values)
    mean, scale = float(sample.mean(dtype=np.float64)), float(sample.std(dtype=np.float64))
    return Term(term.column, term.shape, term.low, term.high, term.at, term.logged, mean, scale or 1.0)


def _known(term: Term, values: Floats) -> Floats:
    sample = values[:: max(1, len(values) // SAMPLE)]
    return term.values(sample[~np.isnan(sample)])


def _skew(values: Floats) -> float:
    from_mean = values.astype(np.float64) - values.mean(dtype=np.float64)
    spread = float(np.sqrt((from_mean**2).mean()))
    return float((from_mean * from_mean * from_mean).mean() / spread**3) if spread else 0.0  # a power takes ten times as long
