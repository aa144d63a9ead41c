"""From a feature table to the numbers a linear model adds up.

Each feature gives one or several terms, each standardised on the rows the model learns from: a count or amount that is
never negative by its logarithm (of one plus it), a flag as 0 or 1, age by straight pieces. A null counts as the mean,
so it moves a score neither up nor down; where a column had both nulls and values a further term says `not known`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError

Numbers = npt.NDArray[np.float64]
Shape = Literal["log", "plain", "above", "not known"]

KEY = "pseudonym"
AGE = "age"
AGE_KNOTS = (5.0, 18.0, 65.0, 80.0)


@dataclass(frozen=True)
class Term:
    """One number of a row: a column, its shape (`above` a knot), and the mean and scale it is standardised by."""

    column: str
    shape: Shape
    knot: float
    mean: float
    scale: float


def column_types(features: pa.Table) -> dict[str, str]:
    """Feature columns and their types. Raises `E-MODEL-COLUMN` for a column that is neither number nor flag."""
    types = {field.name: field.type for field in features.schema if field.name != KEY}
    for name, kind in types.items():
        if not (pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            raise CaselinkError(
                "E-MODEL-COLUMN", f"column {name} is {kind}, not a number or a flag.", cure="leave the column out"
            )
    return {name: str(kind) for name, kind in types.items()}


def fit_terms(features: pa.Table) -> tuple[Term, ...]:
    """The terms of every column that tells people apart."""
    column_types(features)
    return tuple(term for name in features.column_names if name != KEY for term in _terms(name, features[name]))


def _terms(name: str, column: pa.ChunkedArray) -> Iterator[Term]:
    raw = as_numbers(column)
    missing = np.isnan(raw)
    if missing.all():
        return
    shape: Shape = "plain" if name == AGE or float(np.nanmin(raw)) < 0 else "log"
    shapes: list[tuple[Shape, float]] = [(shape, 0.0)]
    if name == AGE:
        shapes += [("above", knot) for knot in AGE_KNOTS]
    if missing.any():
        shapes.append(("not known", 0.0))
    for kind, knot in shapes:
        values = shaped(raw, kind, knot)
        if np.nanmin(values) < np.nanmax(values):
            yield Term(name, kind, knot, float(np.nanmean(values)), float(np.nanstd(values)))


def shaped(raw: Numbers, shape: Shape, knot: float = 0.0) -> Numbers:
    """A column's values in a term's shape; nan stays nan except where the shape asks for it."""
    if shape == "not known":
        return np.isnan(raw).astype(np.float64)
    if shape == "log":
        return np.asarray(np.log1p(np.maximum(raw, 0.0)))
    return np.maximum(raw - knot, 0.0) if shape == "above" else raw


def matrix(terms: tuple[Term, ...], features: pa.Table) -> Numbers:
    """Rows by terms, standardised; a null is 0, the mean."""
    numbers = {name: as_numbers(features[name]) for name in {term.column for term in terms}}
    result = np.empty((features.num_rows, len(terms)))
    for place, term in enumerate(terms):
        values = (shaped(numbers[term.column], term.shape, term.knot) - term.mean) / term.scale
        result[:, place] = np.nan_to_num(values, nan=0.0)
    return result


def as_numbers(column: pa.ChunkedArray) -> Numbers:
    """A column as real numbers, null as nan."""
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
