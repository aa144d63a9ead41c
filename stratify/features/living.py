"""Where the person lives, as the council's latest event that says it has it. No feed says whether somebody lives alone."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.admissions import attribute
from stratify.features.aggregates import of_type, some
from stratify.features.events import LONGEST, started_within
from stratify.features.feature import Feature

# CLD Accommodation_Status (schemas/reference/cld_codes.csv), lower case: the feature, in words, and its values.
STATUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "lives_in_own_home": ("a home of the person's own", ("owner occupier or shared ownership scheme",)),
    "rents_home": (
        "a rented home",
        ("tenant: local authority or other social housing provider", "tenant: private landlord"),
    ),
    "lives_with_family": (
        "a settled home with family or friends",
        ("settled mainstream housing with family or friends",),
    ),
    "lives_in_supported_housing": (
        "sheltered, extra care or supported housing, or a Shared Lives scheme",
        (
            "sheltered housing, extra care housing or other sheltered housing",
            "supported accommodation, supported lodgings or supported group home",
            "shared lives scheme",
        ),
    ),
    "lives_in_care_home": ("a care home", ("registered care home", "registered nursing home")),
    "no_settled_home": (
        "no settled home: the street, a hostel, a refuge, a guest's bed or other temporary accommodation",
        (
            "rough sleeper or squatting",
            "night shelter, emergency hostel or direct access hostel",
            "refuge",
            "placed in temporary accommodation by the council (inc. homelessness resettlement)",
            "staying with family or friends as a short term guest",
            "other temporary accommodation",
        ),
    ),
}
NOT_SAID = "unknown"


def latest_status(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Each person's care events of the last day within two years on which one said where she lives (`status`)."""
    said = (
        events.filter(of_type(*SERVICES["social_care"]) & started_within(LONGEST))
        .select("pseudonym", "days_since_start", status=attribute("accommodation_status").str.to_lowercase())
        .filter(~nw.col("status").is_null() & (nw.col("status") != NOT_SAID))
    )
    latest = said.group_by("pseudonym").agg(days_since_start=nw.col("days_since_start").min())
    return said.join(latest, on=["pseudonym", "days_since_start"])


def lives(name: str) -> Feature:
    """Whether the council's latest event that says where the person lives says this."""
    words, values = STATUSES[name]
    return Feature(
        name=name,
        description=f"Whether the latest care event of 730 days with an accommodation status says {words}; null where none does.",
        kind="flag",
        frame="living",
        group="living situation",
        feeds=("cld",),
        expression=some(nw.col("status").is_in(values)),
        services=("social_care",),
        needs=("accommodation_status",),
    )


LIVING: list[Feature] = [*map(lives, STATUSES)]
