"""Bridges to Health (Lynn et al., Milbank Quarterly 2007): eight segments, one a person, and which wins where several apply.

The rules that put a person in a segment are our own (`reference/segment_rules.csv`): those of NHS England's data set were not
read. The order of precedence is a local decision; the default puts decline before disability before illness.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.errors import CaselinkError
from stratify.published import rows

# Segment: its number in the paper, 1 to 8.
NUMBERS: dict[str, int] = {row["name"]: int(row["segment"]) for row in rows("bridges_to_health_segments")}
HEALTHY = "healthy"

# The score's name.
SEGMENT = "bridges_to_health_segment"

PRECEDENCE: tuple[str, ...] = (
    "short decline near death",
    "frailty and dementia",
    "organ failure",
    "disability",
    "maternal and infant",
    "long-term conditions",
    "acutely ill",
    HEALTHY,
)


def check_precedence(precedence: Sequence[str]) -> None:
    """Raises `E-SEGMENTS` unless each of the eight segments is there once, and the last is `healthy`, which all would fit."""
    if sorted(precedence) != sorted(NUMBERS) or precedence[-1] != HEALTHY:
        raise CaselinkError(
            "E-SEGMENTS",
            "the precedence of the segments does not name each of the eight once, with `healthy` last.",
            cure=f"put these in the order that you want: {', '.join(PRECEDENCE)}",
        )
