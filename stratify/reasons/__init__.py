"""Reasons of the people on a list: exact shares of their scores, dated facts in words, and what is new since the last look.

Only listed people have reasons: nobody else's events are read for them.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stratify.reasons.facts import Records, fact_rows, look_up
from stratify.reasons.look import Look
from stratify.reasons.plain_sheet import plain_sheet
from stratify.reasons.shares import Additive, Contributions, Shares, group_shares, reason_rows
from stratify.reasons.since_last import since_last

__all__ = [
    "Additive",
    "Contributions",
    "Look",
    "Records",
    "Shares",
    "fact_rows",
    "group_shares",
    "listed_people",
    "look_up",
    "plain_sheet",
    "reason_rows",
    "since_last",
]

NOT_LISTED = "none"
RISING = "rising_place"  # place on the list of rising risk


def listed_people(selection: pa.Table) -> pa.Table:
    """Who is on a list, sorted (one column, `pseudonym`): everybody in a tier or, where there is one, on the rising-risk list."""
    is_listed = pc.not_equal(selection["tier"], NOT_LISTED)
    if RISING in selection.column_names:
        is_listed = pc.or_(is_listed, selection[RISING].is_valid())
    return selection.filter(is_listed).select(["pseudonym"]).sort_by("pseudonym")
