"""Which facts are shown apart: those of mental health. Of substance misuse and sexual health no fact is made at all.

The categories are those by which the rest of the product hides activity from a role (`governance/reference/`); a fact that only
counts visits says nothing of what they were for and is ordinary.
"""

from __future__ import annotations

ORDINARY = "ordinary"
MENTAL_HEALTH = "mental health"

# Practice registers that are shown as mental health: psychoses, depression, dementia, learning disability.
MENTAL_HEALTH_REGISTERS = frozenset({"MH", "DEP", "DEM", "LD"})

_OF_GROUP = {"mental_health": MENTAL_HEALTH}


def category_of_group(group: str) -> str:
    """The category of a group of features."""
    return _OF_GROUP.get(group, ORDINARY)
