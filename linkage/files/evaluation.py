"""How right a list of scored pairs is, where the truth is known: precision, recall, F1, best cuts, calibration.

Scoring never sees the truth; this module is the only one that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Bits, Truth, Whole
from linkage.engine.sheets import encode_values
from linkage.files.linking import PreparedFiles
from linkage.files.one_to_one import assign
from linkage.files.scored_pairs import count_absent, read_scored
from schemas.errors import ConfigurationError

# Bands of p in which the mean p is set against the share that is true: from, up to but not including the next.
BANDS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass(frozen=True)
class LabelledPairs:
    """Scored pairs with what is true of each; `true_total` counts all matching pairs, found or not.

    `is_one_file`: pairs of one file have no left and right. `notes` say what of the truth was not used.
    """

    left: Whole
    right: Whole
    p: Bits
    weight: Bits
    linked: Truth
    is_true: Truth
    true_total: int
    is_one_file: bool
    notes: tuple[str, ...] = ()


def label_pairs(pairs: pa.Table, truth: pa.Table, *, is_one_file: bool | None = None) -> LabelledPairs:
    """Label `pairs` (left_id, right_id, p, weight, linked) by `truth` (its first two columns are ids, a matching pair a row).

    `is_one_file`: whether one file was compared with itself; guessed from the ids where it is not known. Pairs are then
    unordered, and a record paired with itself is no pair. Raises `ConfigurationError`: `E-LINK-TRUTH` where truth has fewer than
    two columns or lacks an id, `E-LINK-PAIRS` naming the column of `pairs` that does not hold what it should.
    """
    scored = read_scored(pairs)
    left, right, one, other = _ranks([scored.left_id, scored.right_id, *_truth_ids(truth)])
    guessed = _looks_like_one_file(left, right, one, other) if is_one_file is None else is_one_file
    paired = one != other if guessed else np.ones(len(one), dtype=np.bool_)
    one, other = one[paired], other[paired]
    if guessed:
        left, right = np.minimum(left, right), np.maximum(left, right)
        one, other = np.minimum(one, other), np.maximum(one, other)
    width = 1 + max(int(ranks.max(initial=0)) for ranks in (left, right, one, other))
    wanted = np.unique(one * width + other)
    itself = int((~paired).sum())
    return LabelledPairs(
        left=left,
        right=right,
        p=scored.p,
        weight=scored.weight,
        linked=scored.linked,
        is_true=np.isin(left * width + right, wanted),
        true_total=len(wanted),
        is_one_file=guessed,
        notes=(f"{itself} rows of the truth pair a record with itself, and are left out",) if itself else (),
    )


def _looks_like_one_file(left: Whole, right: Whole, one: Whole, other: Whole) -> bool:
    """Whether no pair has the greater id left, some record is met on both sides, and the truth is not mostly of equal ids.

    Two files that number their people alike have those: then the truth pairs an id with itself, and so do the pairs.
    """
    on_both = np.intersect1d(np.append(left, one[one != other]), np.append(right, other[one != other]))
    return bool((left < right).all()) and len(on_both) > 0 and 2 * int((one == other).sum()) <= len(one)


def _ranks(columns: Sequence[Any]) -> list[Whole]:
    """Each id as its place in the order of all ids."""
    names, coded = encode_values(*columns)
    rank = np.empty(len(names), np.int64)
    rank[np.asarray(pc.sort_indices(names).to_numpy(), dtype=np.int64)] = np.arange(len(names))
    return [rank[codes] for codes in coded]


def evaluate(
    pairs: pa.Table, truth: pa.Table, *, threshold: float | None = None, is_one_file: bool | None = None
) -> dict[str, Any]:
    """Accuracy of `pairs` against `truth`, as `label_pairs` takes them.

    `threshold` (the least p that was linked, where the cut is not known), `precision`, `recall`, `f1` of the linked pairs; `best`
    and `one_to_one`: the cut on weight with the best F1, of all pairs and after each record has at most one partner (null for one
    file); `listed_recall`: true pairs among those in the list; `calibration` by band of p; `notes`. Null where there is nothing
    to divide by.
    """
    labelled = label_pairs(pairs, truth, is_one_file=is_one_file)
    linked, is_true = labelled.linked, labelled.is_true
    return {
        "threshold": float(labelled.p[linked].min()) if threshold is None and linked.any() else threshold,
        **_accuracy(int((linked & is_true).sum()), int(linked.sum()), labelled.true_total),
        "best": _best_cut(labelled, np.ones(len(is_true), dtype=np.bool_)),
        "one_to_one": _one_to_one(labelled),
        "listed_recall": _share(int(is_true.sum()), labelled.true_total),
        "calibration": list(_calibration(labelled.p, is_true)),
        "notes": list(labelled.notes),
    }


def _accuracy(right: int, linked: int, true_total: int) -> dict[str, float | None]:
    return {
        "precision": _share(right, linked),
        "recall": _share(right, true_total),
        "f1": _share(2 * right, linked + true_total),
    }


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _one_to_one(labelled: LabelledPairs) -> dict[str, float | None]:
    if labelled.is_one_file:
        return {"threshold": None, "f1": None}
    return _best_cut(labelled, assign(labelled.left, labelled.right, labelled.weight).chosen)


def _best_cut(labelled: LabelledPairs, among: Truth) -> dict[str, float | None]:
    """The weight, told as p, at and above which links have the best F1; of several the highest."""
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(-labelled.weight[rows], kind="stable")]
    if not len(rows) or not labelled.true_total:
        return {"threshold": None, "f1": None}
    weight = labelled.weight[rows]
    f1 = 2 * np.cumsum(labelled.is_true[rows]) / (np.arange(1, len(rows) + 1) + labelled.true_total)
    ends = np.flatnonzero(np.append(np.diff(weight) != 0, True))  # no cut parts equal weights
    best = ends[np.argmax(f1[ends])]
    return {"threshold": float(labelled.p[rows[best]]), "f1": float(f1[best])}


def _calibration(p: Bits, is_true: Truth) -> Iterator[dict[str, float | int]]:
    band = np.minimum(np.searchsorted(BANDS, p, side="right") - 1, len(BANDS) - 2)
    for number in np.unique(band).tolist():
        within = band == number
        yield {
            "from": BANDS[number],
            "to": BANDS[number + 1],
            "pairs": int(within.sum()),
            "mean_p": float(p[within].mean()),
            "share_true": float(is_true[within].mean()),
        }


def _truth_ids(truth: pa.Table) -> list[Any]:
    if truth.num_columns < 2:
        raise _refused_truth("has fewer than two columns")
    columns = []
    with suppress(pa.ArrowException):
        columns = [column.cast(pa.string()) for column in truth.columns[:2]]
    if not columns:
        raise _refused_truth("has a column that is no text or number")
    if absent := sum(count_absent(column) for column in columns):
        raise _refused_truth(f"lacks {absent} ids")
    return columns


def _refused_truth(fault: str) -> ConfigurationError:
    return ConfigurationError("E-LINK-TRUTH", f"the truth {fault}.", cure="give two columns of record ids")


def blocking_recall(prepared: PreparedFiles, truth: pa.Table) -> float | None:
    """The share of the true pairs that a rule finds, scored high or not; null where there is none."""
    right_ids = prepared.left_ids if prepared.right_ids is None else prepared.right_ids
    left, right = _rows(prepared.left_ids, truth.column(0)), _rows(right_ids, truth.column(1))
    found = np.zeros(len(left), dtype=np.bool_)
    for rule in prepared.rules:
        ours = np.stack([np.append(prepared.sides.left[column], NONE)[left] for column in rule.ours])
        theirs = np.stack([np.append(prepared.sides.other[column], NONE)[right] for column in rule.theirs])
        found |= ((ours == theirs) & (ours >= 0)).all(axis=0)
    return _share(int(found.sum()), len(found))


def _rows(ids: Any, wanted: Any) -> Whole:
    """The row of each wanted id; -1, which stands for no record, where there is none."""
    return np.asarray(pc.fill_null(pc.index_in(wanted.cast(pa.string()), value_set=ids), NONE).to_numpy(), dtype=np.int64)
