"""Rows of a check in an order that is the same on every machine: by what they hold, not by pseudonym, which is random.

The order decides who is drawn in a resample, and who of several with one chance is still within the capacity. It is scrambled, so
that a place says nothing of what happened. Groups come second: where two people alike in everything a model knows have each
other's chance on another machine, as they may, nobody else moves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stratify.assurance.groups import BREAKDOWNS, categories_of
from stratify.assurance.resampling import Places, person_numbers
from stratify.models.assessment import Paired
from stratify.models.tabular.hashing import Hashes, hash_units, hash_values, mixed

# Chances that differ in a later digit than this are one.
DIGITS = 9


def in_order_of_content(paired: Paired, rule: Paired, groups: pa.Table) -> tuple[Paired, Paired]:
    """The rows of both, those of one person together and in the order they had. `groups` are those of `groups_of_people`."""
    people = person_numbers(paired.pseudonyms)
    content = [_of_numbers(each) for each in (paired.p, rule.p, paired.outcome)]
    beside = [hash_values(pa.chunked_array([pa.array(categories_of(groups, paired.pseudonyms, name))])) for name in BREAKDOWNS]
    first, second = (hash_units(people, _joined(each, len(people)))[people] for each in (content, beside))
    order = np.lexsort((people, second, first))
    return _ordered(paired, order), _ordered(rule, order)


def _joined(columns: list[Hashes], rows: int) -> Hashes:
    found = np.zeros(rows, dtype=np.uint64)
    for column in columns:
        found = mixed(found ^ column)
    return found


def _of_numbers(values: npt.NDArray[np.generic]) -> Hashes:
    return mixed(np.round(values.astype(np.float64), DIGITS).view(np.uint64))


def _ordered(paired: Paired, order: Places) -> Paired:
    return Paired(paired.pseudonyms[order], paired.p[order], paired.outcome[order], paired.dropped)
