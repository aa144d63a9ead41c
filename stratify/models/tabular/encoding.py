"""What is learned of columns before any outcome is looked at: levels of texts, bins and terms of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.bins import binned, cut_points
from stratify.models.tabular.levels import Levels, find_levels
from stratify.models.tabular.linear import Term, bends_for, number_terms, text_terms
from stratify.models.tabular.sheet import EVERY, Coded, Floats, Rows, Sheet

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """Columns that tell rows apart: cut points of the numbers, levels of the texts, and the terms of both.

    `silent` are the other columns: constant, without values, or texts of which hardly any is anybody else's.
    """

    cuts: Mapping[str, Floats]
    levels: Mapping[str, Levels]
    terms: tuple[Term, ...]
    silent: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Numbers and flags by name, then texts by name."""
        return (*sorted(self.cuts), *sorted(self.levels))


def learn_encoding(sheet: Sheet, people: npt.NDArray[np.int64]) -> Encoding:
    """Of these rows. `people`: a number per row, the same for rows of one person."""
    terms: list[Term] = []
    bends = bends_for(len(sheet.numbers) + len(sheet.texts))
    cuts, levels = {}, {}
    for name in sorted(sheet.numbers):
        found = list(number_terms(name, sheet.numbers[name], bends))
        if found:
            cuts[name] = cut_points(sheet.numbers[name])
            terms += found
    for name in sorted(sheet.texts):
        kept = find_levels(name, sheet.texts[name], people)
        if kept:
            levels[name] = kept
            terms += text_terms(name, kept.codes(sheet.texts[name]), kept.size)
    silent = tuple(sorted((sheet.numbers.keys() | sheet.texts.keys()) - cuts.keys() - levels.keys()))
    return Encoding(cuts, levels, tuple(terms), silent)


def code_rows(encoding: Encoding, sheet: Sheet) -> Coded:
    """The rows of a sheet under an encoding."""
    numbers = {name: sheet.numbers[name] for name in encoding.cuts}
    codes = {name: levels.codes(sheet.texts[name]) for name, levels in encoding.levels.items()}
    return Coded(numbers, codes, sheet.rows)


def bin_codes(encoding: Encoding, coded: Coded, name: str) -> npt.NDArray[np.int32]:
    """The code of each row in one column: its bin with no value last, or its level."""
    if name in coded.codes:
        return coded.codes[name]
    found = binned(coded.numbers[name], encoding.cuts[name])
    return np.asarray(np.nan_to_num(found, nan=len(encoding.cuts[name]) + 1), dtype=np.int32)


def matrix(encoding: Encoding, coded: Coded, rates: Mapping[str, Numbers], rows: Rows | slice = EVERY) -> Numbers:
    """Rows by columns for trees: bins of numbers, and for texts the rate of each row's level (of these rows already)."""
    found: Numbers | None = None
    for place, name in enumerate(encoding.columns):
        values = rates[name] if name in coded.codes else binned(coded.numbers[name][rows], encoding.cuts[name])
        if found is None:
            found = np.empty((len(values), len(encoding.columns)))
        found[:, place] = values
    return np.zeros((coded.rows, 0)) if found is None else found
