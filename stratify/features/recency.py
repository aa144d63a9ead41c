"""How long ago: days since the last event, at most two years."""

from __future__ import annotations

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.features.aggregates import of_service
from stratify.features.events import NEVER
from stratify.features.feature import Feature
from stratify.words import FEEDS, WORDS

__all__ = ["NEVER", "RECENCY"]


def days_since_last(service: str) -> Feature:
    """Days from the start of the last event of a service to the index date."""
    return Feature(
        name=f"days_since_last_{service}",
        description=(
            f"Days from the last {WORDS[service][0]} to the index date (1 is the day before); "
            f"{NEVER} where there was none in two years."
        ),
        kind="whole",
        frame="use",
        group=service,
        feeds=FEEDS[service],
        expression=nw.when(of_service(service)).then(nw.col("last_days")).min(),
        services=(service,),
        empty=NEVER,
        unit="days",
    )


RECENCY: list[Feature] = [days_since_last(service) for service in SERVICES]
