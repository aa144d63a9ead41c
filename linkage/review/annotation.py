"""Review files of the recordlinkage toolkit: pairs that its browser-based annotator shows, and labels that come back.

The format knows a link (label 1) and a non-link (label 0). A pair without a label, or with null, was not decided: `unsure` has no
label of its own. Each pair is named by its reference on both sides, so that a file holds no local id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from linkage.review.judgements import LINK, NON_LINK
from linkage.review.queue import SideBySide
from schemas.errors import ConfigurationError

LABELS = {1: LINK, 0: NON_LINK, None: ""}
UNKNOWN_LABEL = "another label"  # not a decision, and refused as one


class Annotation(NamedTuple):
    """One pair of an annotation file: its place from 1, its reference, and its decision (empty where there is none)."""

    place: int
    reference: str
    decision: str


def write_annotations(path: Path, sides: SideBySide) -> None:
    """Write the pairs for the annotator. The file must be there already, private and empty: its mode is kept."""
    from pandas import MultiIndex  # takes seconds to import
    from recordlinkage import write_annotation_file

    reference = sides.pairs["reference"].to_pylist()
    left, right = (side.to_pandas().set_axis(reference, axis="index") for side in (sides.left, sides.right))
    pairs = MultiIndex.from_arrays([reference, reference])
    write_annotation_file(path, pairs, left, right, dataset_a_name="record", dataset_b_name="register")


def read_annotations(path: Path) -> list[Annotation]:
    """The pairs of a file that the annotator wrote. `ConfigurationError` `E-REVIEW-FILE` where it is no such file."""
    from recordlinkage import read_annotation_file

    found: list[Annotation] | None = None
    try:
        pairs = read_annotation_file(path).pairs
        found = [_annotation(place, pair) for place, pair in enumerate(pairs, start=1)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # raised below, outside the except block: the cause's text may hold what the file holds
    if found is None:
        raise ConfigurationError(
            "E-REVIEW-FILE", "this is no annotation file of recordlinkage.", cure="give the file that the annotator saved"
        )
    return found


def _annotation(place: int, pair: dict[str, Any]) -> Annotation:
    label = pair.get("label")
    is_known = label is None or (type(label) is int and label in LABELS)
    return Annotation(place, str(pair["identifiers"]["a"]["record"]), LABELS[label] if is_known else UNKNOWN_LABEL)
