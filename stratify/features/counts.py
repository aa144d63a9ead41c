"""How much of each service: events in the 30, 90, 365 and 730 days before the index date."""

from __future__ import annotations

from stratify.features.aggregates import of_service, total
from stratify.features.events import WINDOWS
from stratify.features.feature import Feature
from stratify.words import FEEDS, WORDS

# What one count takes in, beyond the service's name.
NOTES = {
    "accident_and_emergency": "",
    "emergency_inpatient": " Spells by an emergency method, without transfers (2B) and births at home (2C).",
    "planned_inpatient": " Elective and other spells, day cases among them.",
    "outpatient": " Kept appointments (attended code 5 or 6).",
    "community": " Kept contacts (attendance status 5, 6 or none).",
    "mental_health": " Kept contacts and spells in a mental health bed.",
    "primary_care": " Kept appointments.",
    "social_care": " Requests, assessments and reviews that begin, and care packages that run, in those days.",
}


def count_of(service: str, window: int) -> Feature:
    """The number of a service's events in the `window` days before the index date."""
    name = WORDS[service][1]
    return Feature(
        name=f"{service}_{window}",
        description=f"{name[0].upper()}{name[1:]} in the {window} days before the index date.{NOTES[service]}",
        kind="whole",
        frame="use",
        group=service,
        feeds=FEEDS[service],
        expression=total(f"n_{window}", of_service(service)),
        services=(service,),
        empty=0,
        unit="events",
    )


COUNTS: list[Feature] = [count_of(service, window) for service in WORDS for window in WINDOWS]
