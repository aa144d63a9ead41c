"""What clerks have said, pair by pair: each reviewer's latest word counts, and the word of most reviewers stands.

reviewers said              what stands
-------------------------   -----------------------------------------------
link                        link
link, then non-link         non-link, where one reviewer changed her mind
link and non-link           differ: the pair goes back to review
link, non-link, non-link    non-link
link and unsure             differ
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa

from schemas.identifiable import Judgement
from schemas.table import Rows

LINK, NON_LINK, UNSURE = "link", "non-link", "unsure"
DIFFER = "differ"
UNDECIDED = (UNSURE, DIFFER)

Pair = tuple[str, str, str]
PAIR = ("source", "local_patient_id", "register_id")
STANDING = pa.schema(
    [*((name, pa.string()) for name in (*PAIR, "decision", "model_version")), ("reviewers", pa.list_(pa.string()))]
)


def standing(judgements: Rows[Judgement]) -> pa.Table:
    """One row per pair, in the order of its key: what stands (`link`, `non-link`, `unsure`, `differ`) and who has judged it.

    `model_version` is that of the latest judgement.
    """
    said: dict[Pair, dict[str, str]] = defaultdict(dict)
    versions: dict[Pair, str] = {}
    for row in in_time(judgements):
        said[pair_of(row)][row["reviewer"]] = row["decision"]
        versions[pair_of(row)] = row["model_version"]
    rows = [(*pair, _most(words), versions[pair], sorted(words)) for pair, words in sorted(said.items())]
    return pa.Table.from_pylist([dict(zip(STANDING.names, row, strict=True)) for row in rows], schema=STANDING)


def in_time(judgements: Rows[Judgement]) -> list[dict[str, Any]]:
    """The judgements as rows, the earliest first; of the same moment by decision and reviewer."""
    return sorted(judgements.to_pylist(), key=lambda row: (row["decided_at"], row["decision"], row["reviewer"]))


def pair_of(row: dict[str, Any]) -> Pair:
    """The key of a pair."""
    return row["source"], row["local_patient_id"], row["register_id"]


def _most(words: dict[str, str]) -> str:
    ranked = Counter(words.values()).most_common(2)
    is_tie = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return DIFFER if is_tie else ranked[0][0]
