"""A night's model from its snapshots: the recipe chosen on the early slices, checked on the last slice of people not seen.

People are dealt into fifths by what is known of them (`stratify/models/dealing.py`). For each fifth the recipe is fitted on the
early slices of the other four, and gives chances to the fifth's own people in the last slice: so that everybody there is checked
by a model that has seen neither her nor that time. (The recipe itself, a penalty or a number of trees and two numbers of
recalibration, is chosen once, on the early slices of all.) What is used tonight is then fitted, by the same recipe, on all rows.
Where it cannot be fitted the prior-use rule is, and says why. Of a large area a share of the people is enough (`MOST_ROWS`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from stratify.models.dealing import in_order_of_content, units_of_people
from stratify.models.design import Numbers
from stratify.models.night_choice import choose_tonight
from stratify.models.night_models import FEWEST_EVENTS, NightModel, is_read
from stratify.models.prior_rule import FittedRule, fit_rule, predict_rule
from stratify.models.snapshots import BESIDE, INDEX_DATE, OUTCOME, PERSON, SLICE
from stratify.models.tabular.choosing import Choice
from stratify.models.tabular.columns import EMPTY, column_kinds
from stratify.models.tabular.hashing import Hashes
from stratify.models.tabular.learning import learn
from stratify.models.tabular.material import Material
from stratify.models.tabular.sheet import read_sheet
from stratify.models.tabular.split import folds
from stratify.models.tabular.table_model import TableModel, predict
from stratify.models.tabular.table_model import chances_of as chances

FIFTHS = 5
# Events in the check after which no further fifth is fitted: their figures are known to some hundredths then.
ENOUGH_EVENTS = 800

# Rows that a model is made of at most, all those of some of the people: the figures of so many move no more.
MOST_ROWS = 200_000

# The fifths that check a model have nothing to do with the folds that choose its recipe.
SALT, SAMPLE_SALT = np.uint64(0xC4EC), np.uint64(0x5A3B)

# A column beside the features while a model is learned: a hash that the rows of one person share.
UNIT = "unit"

Fitted = TableModel | FittedRule
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


class Learned(NamedTuple):
    """A model, and the rows that checked it: `pseudonym`, `index_date`, `p`, `rule` (the rule's order), `outcome` (or null)."""

    fitted: Fitted
    checked: pa.Table


def fit_night(model: NightModel, table: pa.Table, columns: list[str]) -> Learned:
    """Learn `model` from `snapshots` rows over the features in `columns`; those that no model may read are left out.

    The same rows in any order, and under any other pseudonyms, give the same model. Never raises for what the rows hold: it falls
    back on the rule.
    """
    table, units = _at_most(table)
    late = _is_late(table)
    read = [name for name in table.column_names if name in columns and name not in BESIDE and is_read(name)]
    why = _too_little(table, late, read)
    if why:
        return fall_back(model, table, why)
    with threadpool_limits(limits=1):  # many small sums: threads cost more than they give, and may change the last digit
        return _learn(model, table.append_column(UNIT, pa.array(units)), late, read)


def _learn(model: NightModel, table: pa.Table, late: Flags, read: list[str]) -> Learned:
    rows, whole = _material(table, late, read)
    early = np.flatnonzero(~whole.late)
    kinds = column_kinds(table.select(read))
    slices = table[SLICE].take(pa.array(rows)).to_numpy(zero_copy_only=False)
    choice = choose_tonight(whole.part(early)._replace(late=slices[early] == slices[early].max()))
    p = _checked(whole, choice, kinds)
    checked = _beside(model, table.take(pa.array(rows[~np.isnan(p)])), p[~np.isnan(p)])
    return Learned(learn(whole, kinds, choice, dropped=table.num_rows - len(rows)), checked)


def _at_most(table: pa.Table) -> tuple[pa.Table, Hashes]:
    """The rows of a share of the people where there are too many, all of them otherwise, in the order of their content; and the
    unit of each row."""
    units, parts = units_of_people(table), -(-table.num_rows // MOST_ROWS)
    rows = in_order_of_content(units, table)
    rows = rows[folds(units[rows] ^ SAMPLE_SALT, parts) == 0] if parts > 1 else rows
    return table.take(pa.array(rows)), units[rows]


def _is_late(table: pa.Table) -> Flags:
    """Rows of the last slice."""
    days = table[SLICE].to_numpy(zero_copy_only=False)
    return np.asarray(days == days.max()) if len(days) else np.zeros(0, dtype=bool)


def _too_little(table: pa.Table, late: Flags, read: list[str]) -> str:
    """Why nothing can be fitted, in words; empty where it can."""
    early = table[OUTCOME].filter(pa.array(~late)).drop_null()
    events = sum(early.to_pylist())
    if events < FEWEST_EVENTS:
        return f"{events} outcome events, fewer than {FEWEST_EVENTS}"
    if events == len(early):
        return "nobody without the outcome"
    told = [name for name in read if len(table[name].drop_null().unique()) > 1]
    return "" if told else "no feature tells people apart"


def _material(table: pa.Table, late: Flags, read: list[str]) -> tuple[Rows, Material]:
    """Places of the rows with a known outcome, and what is learned from them."""
    rows = np.flatnonzero(np.asarray(table[OUTCOME].is_valid()))
    known = table.take(pa.array(rows))
    kinds = column_kinds(known.select(read))
    outcome = np.asarray(known[OUTCOME].to_numpy(zero_copy_only=False), dtype=np.float64)
    sheet = read_sheet(known, {name: kind for name, kind in kinds.items() if kind != EMPTY})
    return rows, Material(sheet, outcome, known[UNIT].to_numpy(), late[rows])


def _checked(whole: Material, choice: Choice, kinds: dict[str, str]) -> Numbers:
    """The chance of every row of the last slice by a model that has not seen its person; nan of other rows."""
    fifth, found = folds(whole.units ^ SALT, FIFTHS), np.full(len(whole.outcome), np.nan)
    for each in range(FIFTHS):
        asked = np.flatnonzero((fifth == each) & whole.late)
        if not len(asked):
            continue
        model = learn(whole.part(np.flatnonzero((fifth != each) & ~whole.late)), kinds, choice, dropped=0)
        found[asked] = chances(model, whole.part(asked).sheet)
        if whole.outcome[~np.isnan(found)].sum() >= ENOUGH_EVENTS:
            break
    return found


def fall_back(model: NightModel, table: pa.Table, why: str) -> Learned:
    """The prior-use rule of `model` learned from `snapshots` rows, checked on the last slice by rates of the early ones."""
    late = _is_late(table)
    early, last = table.filter(pa.array(~late)), table.filter(pa.array(late))
    rule = fit_rule(model.rule, early, early[OUTCOME], why)
    return Learned(fit_rule(model.rule, table, table[OUTCOME], why), _beside(model, last, predict_rule(rule, last)))


def held_against(model: NightModel, fitted: Fitted, table: pa.Table) -> pa.Table:
    """The rows of the last slice of `snapshots` rows with the chances of a model that was fitted earlier, as `Learned.checked`.

    It may have learned from these people and from most of that time, so its figures flatter it: what fails here has failed.
    """
    table, _ = _at_most(table)
    table = table.sort_by([(PERSON, "ascending"), (INDEX_DATE, "ascending")])
    last = table.filter(pa.array(_is_late(table)))
    last = last.filter(last[OUTCOME].is_valid())
    return _beside(model, last, chances_of(fitted, last))


def _beside(model: NightModel, rows: pa.Table, p: Numbers) -> pa.Table:
    """Sorted by pseudonym and date."""
    found = {PERSON: rows[PERSON], INDEX_DATE: rows[INDEX_DATE], "p": p, "rule": model.rule.order(rows), OUTCOME: rows[OUTCOME]}
    return pa.table(found).sort_by([(PERSON, "ascending"), (INDEX_DATE, "ascending")])


def chances_of(fitted: Fitted, features: pa.Table) -> Numbers:
    """The chance of every row of `features`, in its order. Raises `E-MODEL-INPUT` where the model was fitted on other columns."""
    return predict_rule(fitted, features) if isinstance(fitted, FittedRule) else predict(fitted, features)
