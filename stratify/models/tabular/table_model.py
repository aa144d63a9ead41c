"""A fitted model of any person-level table: what it refuses, the chance it gives, and what each column adds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import CaselinkError
from stratify.models.tabular.boosted import Steps, threads
from stratify.models.tabular.columns import check_input
from stratify.models.tabular.encoding import Encoding, bin_codes, code_rows, matrix
from stratify.models.tabular.linear import raw_of
from stratify.models.tabular.recalibration import Recalibration
from stratify.models.tabular.ridge import Weights
from stratify.models.tabular.sheet import Coded, Sheet, read_sheet
from stratify.models.tabular.trees import Trees

Numbers = npt.NDArray[np.float64]

LOGISTIC, BOOSTED, INTERACTING = "logistic", "boosted", "interacting"
SLICE = 50_000


@dataclass(frozen=True)
class TableModel:
    """`kind` names its parts: `logistic`, `boosted` (no interactions), `interacting`, or several joined by `+`.

    Its log-odds are the mean of its parts'; the chance is that of the recalibrated log-odds. `columns` are the feature
    columns it was fitted on and what they are (`number`, `flag`, `text`, `empty`); `rates` the log-odds of each level of a
    text column; `events`, `rows` and `dropped` (no outcome) count what it learned from.
    """

    kind: str
    columns: Mapping[str, str]
    rows: int
    events: int
    dropped: int
    encoding: Encoding
    rates: Mapping[str, Numbers]
    recalibration: Recalibration
    linear: Weights | None = None
    steps: Steps | None = None
    trees: Trees | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def additive(self) -> bool:
        """Whether its log-odds are a sum over columns, so that reasons are exact."""
        return self.trees is None

    @property
    def version(self) -> str:
        """`logistic+boosted.1+9f2c01d4`: the kind, and a digest of what it learned."""
        digest = hashlib.sha256(repr((self.kind, sorted(self.columns.items()), self.recalibration)).encode())
        digest.update(repr((self.encoding.terms, sorted(self.encoding.levels.items()))).encode())
        for values in self._learned():
            digest.update(np.ascontiguousarray(values).tobytes())
        return f"{self.kind}.1+{digest.hexdigest()[:8]}"

    def _learned(self) -> list[npt.NDArray[np.generic]]:
        found: list[npt.NDArray[np.generic]] = [self.encoding.cuts[name] for name in sorted(self.encoding.cuts)]
        found += [self.rates[name] for name in sorted(self.rates)]
        if self.linear:
            found += [self.linear.terms, np.array(self.linear.intercept)]
        if self.steps:
            found += [*self.steps.ladders, np.array(self.steps.intercept)]
        if self.trees:
            found += [self.trees.column, self.trees.cut, self.trees.left, self.trees.right, self.trees.value]
        return found


@dataclass(frozen=True)
class Contributions:
    """Rows by columns: what each feature column adds to the log-odds of an average row, before recalibration.

    A row's values and the intercept add up to `log_odds` of the model.
    """

    columns: tuple[str, ...]
    values: Numbers
    intercept: float


def predict(model: TableModel, features: pa.Table) -> Numbers:
    """The chance of the outcome for every row, in the order of `features`.

    A level not seen before counts as `other`, a missing value as the average or by its own term. Raises `E-MODEL-INPUT`
    (`ConfigurationError`) where a column is missing or of another kind; further columns are not read.
    """
    return _chances(model, log_odds(model, features))


def chances_of(model: TableModel, sheet: Sheet) -> Numbers:
    """The chance of every row of a sheet that was read for this model."""
    parts = [_log_odds(model, sheet.between(first, first + SLICE)) for first in range(0, sheet.rows, SLICE)]
    return _chances(model, np.concatenate(parts) if parts else np.zeros(0))


def log_odds(model: TableModel, features: pa.Table) -> Numbers:
    """Log-odds of every row before recalibration; see `predict`."""
    check_input(model.columns, features)
    slices = [_log_odds(model, read_sheet(part, model.columns)) for part in _parts(features)]
    return np.concatenate(slices) if slices else np.zeros(0)


def contributions(model: TableModel, features: pa.Table) -> Contributions:
    """What each column adds, row by row. Raises `E-MODEL-REASONS` for a model with interactions: its log-odds are no sum."""
    if not model.additive:
        raise CaselinkError(
            "E-MODEL-REASONS",
            f"the model is {model.kind}: its columns act together, so that none adds anything by itself.",
            cure="fit it without interactions",
        )
    check_input(model.columns, features)
    slices = [_contributions(model, read_sheet(part, model.columns)) for part in _parts(features)]
    columns = model.encoding.columns
    values = np.concatenate(slices) if slices else np.zeros((0, len(columns)))
    parts = [part.intercept for part in (model.linear, model.steps) if part]
    return Contributions(columns, values, float(np.mean(parts)))


def _parts(features: pa.Table) -> list[pa.Table]:
    return [features.slice(first, SLICE) for first in range(0, features.num_rows, SLICE)]


def _chances(model: TableModel, odds: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(model.recalibration.of(odds), -30, 30))))


def _log_odds(model: TableModel, sheet: Sheet) -> Numbers:
    coded = code_rows(model.encoding, sheet)
    with threads(0):
        parts = [values.sum(axis=1) + intercept for values, intercept in _additive(model, coded)]
        if model.trees:
            rates = {name: found[coded.codes[name]] for name, found in model.rates.items()}
            parts.append(model.trees.log_odds(matrix(model.encoding, coded, rates)))
    return np.asarray(sum(parts) / len(parts))


def _contributions(model: TableModel, sheet: Sheet) -> Numbers:
    with threads(0):
        parts = [values for values, _ in _additive(model, code_rows(model.encoding, sheet))]
    return np.asarray(sum(parts) / len(parts))


def _additive(model: TableModel, coded: Coded) -> Iterator[tuple[Numbers, float]]:
    """Rows by columns, and the intercept, of each part that is a sum over columns."""
    if model.linear:
        yield _linear(model, model.linear, coded), model.linear.intercept
    if model.steps:
        ladders = zip(model.encoding.columns, model.steps.ladders, strict=True)
        yield np.column_stack([ladder[bin_codes(model.encoding, coded, name)] for name, ladder in ladders]), model.steps.intercept


def _linear(model: TableModel, linear: Weights, coded: Coded) -> Numbers:
    place = {name: number for number, name in enumerate(model.encoding.columns)}
    rates = {name: found[coded.codes[name]] for name, found in model.rates.items()}
    found = np.zeros((coded.rows, len(place)))
    for term, weight in zip(model.encoding.terms, linear.terms, strict=True):
        found[:, place[term.column]] += term.values(raw_of(term, coded, rates)).astype(np.float64) * weight
    return found
