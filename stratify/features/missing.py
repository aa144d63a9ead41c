"""Which feeds a snapshot had to do without: the same for everybody in it, so that no zero is taken for no use."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from schemas.activity_types import SERVICES
from stratify.features.feature import Feature
from stratify.features.groups import FEEDS as GROUP
from stratify.features.lags import OLDEST_DAYS, TYPES_OF

# What tells that a source arrived: its services, and of the GP extract the snapshots.
ARRIVED: dict[str, tuple[str, ...]] = {
    source: (*(service for service, types in SERVICES.items() if set(types) & set(kinds)), *({"gp_snapshot"} & set(kinds)))
    for source, kinds in TYPES_OF.items()
}


def missing(source: str, available: frozenset[str], lags: Mapping[str, int]) -> bool:
    """Whether a source did not arrive, or was older than its calendar allows."""
    return not available.intersection(ARRIVED[source]) or lags.get(source, 0) >= OLDEST_DAYS[source]


def missing_columns(available: frozenset[str], lags: Mapping[str, int]) -> dict[str, nw.Expr]:
    """One constant a source, by the name of its feature."""
    return {feature.name: nw.lit(missing(feature.feeds[0], available, lags)) for feature in MISSING}


def missing_feed(source: str) -> Feature:
    """Whether the snapshot had to do without a source."""
    return Feature(
        name=f"missing_{source}",
        description=(
            f"Whether {source} did not arrive, no event of it within two years being known, or did not speak of the "
            f"{OLDEST_DAYS[source]} days before the index date."
        ),
        kind="flag",
        frame="feed",
        group=GROUP,
        feeds=(source,),
        expression=nw.col(f"missing_{source}"),
        # The same for everybody on a date: a model of several dates would take it for the date.
        modelled=False,
    )


MISSING: list[Feature] = [*map(missing_feed, TYPES_OF)]
