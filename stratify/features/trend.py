"""Rising or falling: the last 90 days of a service against the 275 days before them."""

from __future__ import annotations

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.features.aggregates import of_service
from stratify.features.events import QUARTER, YEAR
from stratify.features.feature import Feature, described
from stratify.words import EVERY_FEED, FEEDS, WORDS

BEFORE = YEAR - QUARTER

# A service rises where it began at least twice in the 90 days, and at more than twice the pace of the days before.
FEWEST, TIMES = 2, 2


def _began(service: str, window: int) -> nw.Expr:
    rows = of_service(service)
    return nw.when(rows).then(nw.col(f"began_{window}")).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def trend_of(service: str) -> Feature:
    """Events begun in the last 90 days, less what the pace of the 275 days before would have given."""
    recent = _began(service, QUARTER)
    before = (_began(service, YEAR) - recent).cast(nw.Float64)
    return Feature(
        name=f"{service}_trend",
        description=(
            f"{WORDS[service][1][0].upper()}{WORDS[service][1][1:]} begun in the {QUARTER} days before the index date, less as "
            f"many as {QUARTER} days at the pace of the {BEFORE} days before them would have; above 0 where use rises."
        ),
        kind="number",
        frame="use",
        group=service,
        feeds=FEEDS[service],
        expression=recent.cast(nw.Float64) - before * QUARTER / BEFORE,
        services=(service,),
        empty=0.0,
        unit="events",
        signed=True,
    )


def _rises(service: str) -> nw.Expr:
    recent = _began(service, QUARTER)
    faster = recent * BEFORE > (_began(service, YEAR) - recent) * QUARTER * TIMES
    return nw.when((recent >= FEWEST) & faster).then(nw.lit(1)).otherwise(nw.lit(0))


def services_rising() -> nw.Expr:
    """Services of eight that began at least twice in 90 days, and at more than twice the pace of the 275 days before."""
    return nw.sum_horizontal(*map(_rises, SERVICES))


TREND: list[Feature] = [
    *map(trend_of, SERVICES),
    described(
        services_rising, kind="whole", frame="use", group="several services", feeds=EVERY_FEED, services=tuple(SERVICES),
        empty=0, unit="services",
    ),
]  # fmt: skip
