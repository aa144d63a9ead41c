"""The eight services in words, and the feeds that tell of them."""

from __future__ import annotations

from collections.abc import Sequence

# Service: what one event of it is called, singular and plural.
WORDS: dict[str, tuple[str, str]] = {
    "accident_and_emergency": ("A&E attendance", "A&E attendances"),
    "emergency_inpatient": ("emergency admission", "emergency admissions"),
    "planned_inpatient": ("planned admission", "planned admissions"),
    "outpatient": ("outpatient attendance", "outpatient attendances"),
    "community": ("community contact", "community contacts"),
    "mental_health": ("mental health contact", "mental health contacts"),
    "primary_care": ("GP appointment", "GP appointments"),
    "social_care": ("social care event", "social care events"),
}

FEEDS: dict[str, tuple[str, ...]] = {
    "accident_and_emergency": ("ecds",),
    "emergency_inpatient": ("sus_apc",),
    "planned_inpatient": ("sus_apc",),
    "outpatient": ("sus_op",),
    "community": ("csds",),
    "mental_health": ("mhsds",),
    "primary_care": ("gp",),
    "social_care": ("cld",),
}

EVERY_FEED = tuple(sorted({feed for feeds in FEEDS.values() for feed in feeds}))


# The five sectors as reasons name them.
SECTOR_WORDS: dict[str, str] = {
    "acute": "acute care",
    "community": "community services",
    "mental_health": "mental health services",
    "primary_care": "primary care",
    "social_care": "social care",
}


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def plural(count: float, words: tuple[str, str]) -> str:
    """`1 emergency admission`, `3 emergency admissions`."""
    return f"{count:,.0f} {words[0] if round(count) == 1 else words[1]}"


def pounds(pence: float) -> str:
    """`£1,235`: money in words is in whole pounds."""
    return f"£{pence / 100:,.0f}"
