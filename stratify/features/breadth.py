"""Use across services: how many, how often, how recently, how scattered. Of the services whose feeds arrived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.features.aggregates import count, of_service
from stratify.features.events import NEVER, YEAR, started_within
from stratify.features.feature import Feature, Frame, Kind, Value, described
from stratify.features.use import MONTHS
from stratify.words import EVERY_FEED


def contacts_365() -> nw.Expr:
    """Events of all eight services in the 365 days before the index date, counted as each service counts them."""
    return nw.col("n_365").sum()


def services_used_365() -> nw.Expr:
    """Services of eight with an event in the 365 days before the index date."""
    used = (nw.when(of_service(service)).then(nw.col("n_365")).otherwise(nw.lit(0)).max() > 0 for service in SERVICES)
    return nw.sum_horizontal(*(each.cast(nw.Int64) for each in used))


def months_with_contact() -> nw.Expr:
    """Of the last twelve periods of 30 days, those in which an event of any service began."""
    return nw.sum_horizontal(*(nw.col(f"month_{month}").max().cast(nw.Int64) for month in MONTHS))


def days_since_last_contact() -> nw.Expr:
    """Days from the last event of any service to the index date; 731 where there was none in two years."""
    return nw.col("last_days").min()


def by_provider(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per pseudonym and provider with an event of `events` that counts in the last year: `times`."""
    seen = events.filter(nw.col("counts") & started_within(YEAR) & ~nw.col("provider_code").is_null())
    return seen.group_by("pseudonym", "provider_code").agg(times=nw.len().cast(nw.Int64))


def providers_365() -> nw.Expr:
    """Organisations that the person had an event with in the 365 days before the index date."""
    return count(nw.col("times") > 0)


def usual_provider_share() -> nw.Expr:
    """Share of a year's events that were with the organisation seen most; null where there was none."""
    return nw.col("times").max().cast(nw.Float64) / nw.col("times").sum().cast(nw.Float64)


def _feature(function: Callable[[], nw.Expr], frame: Frame, kind: Kind, empty: Value, unit: str) -> Feature:
    return described(
        function, kind=kind, frame=frame, group="several services", feeds=EVERY_FEED, services=tuple(SERVICES), empty=empty,
        unit=unit,
    )  # fmt: skip


BREADTH: list[Feature] = [
    _feature(contacts_365, "use", "whole", 0, "events"),
    _feature(services_used_365, "use", "whole", 0, "services"),
    _feature(months_with_contact, "use", "whole", 0, "periods"),
    _feature(days_since_last_contact, "use", "whole", NEVER, "days"),
    _feature(providers_365, "provider", "whole", 0, "organisations"),
    _feature(usual_provider_share, "provider", "number", None, "share"),
]
