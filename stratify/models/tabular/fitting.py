"""`fit`: a model of any person-level table, its figures on people not seen, and the same recipe fitted on everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import ConfigurationError
from stratify.models.tabular.baseline import best_column
from stratify.models.tabular.boosted import threads
from stratify.models.tabular.choosing import MOST_ROWS, choose, every_set
from stratify.models.tabular.columns import column_kinds
from stratify.models.tabular.figures import Figures, measure
from stratify.models.tabular.hashing import Hashes, hash_rows, hash_values, mixed
from stratify.models.tabular.learning import learn
from stratify.models.tabular.material import Material
from stratify.models.tabular.outcome_column import read_outcome
from stratify.models.tabular.sheet import Sheet, read_sheet
from stratify.models.tabular.split import Sides, sides, time_slices
from stratify.models.tabular.table_model import BOOSTED, INTERACTING, LOGISTIC, TableModel, chances_of

ADDITIVE_PARTS = (LOGISTIC, BOOSTED)
ALL_PARTS = (LOGISTIC, BOOSTED, INTERACTING)


@dataclass(frozen=True)
class Checked:
    """The rows that checked the model: their places in the table given, the chances they had, and what happened."""

    rows: npt.NDArray[np.int64]
    p: npt.NDArray[np.float64]
    outcome: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fitted:
    """A model, the figures of its recipe on people that had no part in it, and those people's chances."""

    model: TableModel
    figures: Figures
    checked: Checked


def fit(
    features: pa.Table,
    outcome: str,
    *,
    groups: str | None = None,
    time: str | None = None,
    interactions: bool = False,
    refit: bool = True,
) -> Fitted:
    """Fit a model of the column `outcome` on every other column but `groups`, `time` and `row_id`.

    Rows without an outcome are counted and left out. The split is that of `split.sides`. The figures are those of a model
    that has not seen the people who check it; with `refit` the model handed back is then fitted the same way, with the same
    parts, on all rows. `interactions` also offers trees that look at several columns at once; their reasons are no sum.
    The order of rows and columns never matters.

    Raises `ConfigurationError`: `E-FIT-COLUMN`, `E-FIT-DATE`, `E-FIT-OUTCOME`, `E-FIT-EVENTS`, `E-FIT-GROUP`, `E-FIT-TIME`,
    `E-FIT-FEATURES`, `E-FIT-SPLIT`.
    """
    roles = [name for name in (outcome, groups, time) if name]
    check_there(features, roles)
    had = read_outcome(outcome, features[outcome])
    kinds = column_kinds(features, leave_out=roles)
    with threads(0):
        drawn = draw_up(features, had, kinds, groups=groups, time=time)
        check_sides(drawn.split, drawn.material.outcome)
        offered = every_set(ALL_PARTS if interactions else ADDITIVE_PARTS)
        dropped = int((had < 0).sum())
        early = drawn.early()
        choice = choose(early, offered)
        model = learn(early, kinds, choice, dropped=dropped)
        figures, checked = _check(model, early, drawn)
        if refit:
            again = choice if len(early.outcome) > MOST_ROWS else choose(drawn.material, [choice.parts])
            model = learn(drawn.material, kinds, again, dropped=dropped)
    return Fitted(replace(model, notes=notes_on(model)), figures, checked)


class Drawn(NamedTuple):
    """Rows with an outcome in the order of their content, the place of each in the table given, their slices and sides."""

    material: Material
    places: npt.NDArray[np.int64]
    slices: npt.NDArray[np.int64]
    split: Sides

    def early(self) -> Material:
        """The rows to learn from; the last of their slices is the late one."""
        rows = np.flatnonzero(self.split.learn)
        return self.material.part(rows)._replace(late=self.slices[rows] == self.slices[rows].max())


def draw_up(
    features: pa.Table, had: npt.NDArray[np.int8], kinds: Mapping[str, str], *, groups: str | None, time: str | None
) -> Drawn:
    """Read the rows that have an outcome, and deal them to the two sides."""
    places = np.flatnonzero(had >= 0)
    known = features if len(places) == len(had) else features.take(pa.array(places))
    outcome, sheet = had[places], read_sheet(known, kinds)
    keys = row_keys(sheet, outcome, [hash_values(known[name]) for name in (groups, time) if name])
    units, slices = units_of(known, groups, keys), slices_of(known, time)
    order = np.argsort(keys, kind="stable")
    slices, units = slices[order], units[order]
    material = Material(sheet.in_order(order), outcome[order].astype(float), units, slices == slices.max())
    return Drawn(material, places[order], slices, sides(units, slices, grouped=groups is not None))


def _check(model: TableModel, early: Material, drawn: Drawn) -> tuple[Figures, Checked]:
    rows = np.flatnonzero(drawn.split.check)
    unseen = drawn.material.part(rows)
    p = chances_of(model, unseen.sheet)
    rule = best_column(early.sheet, early.outcome)
    figures = measure(p, unseen.outcome, rule.column if rule else None, rule.order(unseen.sheet) if rule else None)
    by_place = np.argsort(drawn.places[rows])
    return figures, Checked(drawn.places[rows][by_place], p[by_place], unseen.outcome[by_place] > 0)


def check_there(features: pa.Table, names: list[str]) -> None:
    """Refuse (`ConfigurationError` `E-FIT-COLUMN`) outcome, group and time that are no three columns of the table."""
    for name in names:
        if name not in features.column_names:
            raise ConfigurationError("E-FIT-COLUMN", f"there is no column {name}.", cure="look at the table's header")
    if len(set(names)) < len(names):
        raise ConfigurationError("E-FIT-COLUMN", "outcome, group and time are not three columns.", cure="name each once")


def units_of(table: pa.Table, groups: str | None, keys: Hashes) -> Hashes:
    """A hash per row, equal for the rows of one group; a row without a group, and every row where there are none, stands alone.

    Raises `ConfigurationError` `E-FIT-GROUP` where the group column is all one value, or empty.
    """
    if groups is None:
        return dealt_out(keys)
    values, known = hash_values(table[groups]), np.asarray(table[groups].is_valid())
    if len(np.unique(values[known])) < 2:
        raise ConfigurationError("E-FIT-GROUP", f"group column {groups} is all one value.", cure="leave it out")
    return np.where(known, values, dealt_out(keys))


def slices_of(table: pa.Table, time: str | None) -> npt.NDArray[np.int64]:
    """The time slice of each row; one where there is no time."""
    return time_slices(time, table[time]) if time else np.zeros(table.num_rows, dtype=np.int64)


def row_keys(sheet: Sheet, outcome: npt.NDArray[np.int8], others: list[Hashes]) -> Hashes:
    """A hash per row of all it holds: rows are put in this order, so that where they lay does not matter."""
    columns = {**sheet.hashes(), **{f"\0{number}": values for number, values in enumerate(others)}}
    return hash_rows({**columns, "\0outcome": outcome.astype(np.uint64)}, sheet.rows)


def dealt_out(keys: Hashes) -> Hashes:
    """A unit per row where there is no group: its key, and for each of several equal rows another number."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    count = np.arange(len(keys)) - np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
    found = np.empty(len(keys), dtype=np.uint64)
    found[order] = mixed(ordered ^ mixed(count.astype(np.uint64)))
    return found


def check_sides(split: Sides, outcome: npt.NDArray[np.float64]) -> None:
    """Refuse (`ConfigurationError` `E-FIT-SPLIT`) a side on which nobody, or everybody, had the event."""
    for side, rows in (("learns from", split.learn), ("is checked on", split.check)):
        if not 0 < outcome[rows].sum() < rows.sum():
            raise ConfigurationError(
                "E-FIT-SPLIT",
                f"the rows that the model {side} have one class only.",
                cure="give more groups, or an earlier last time",
            )


def notes_on(model: TableModel) -> tuple[str, ...]:
    """Which columns are not used, and why."""
    silent = model.encoding.silent
    empty = [name for name, kind in model.columns.items() if kind == "empty"]
    said = [f"columns that tell nobody apart are not used: {', '.join(silent)}"] if silent else []
    return tuple(said + ([f"columns without any value are not used: {', '.join(empty)}"] if empty else []))
