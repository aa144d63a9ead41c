"""Whole-system use: who takes up most across all the services, whichever service that is.

Each of the eight services is put on one scale: the logarithm of one plus the events of 12 months, less the area's mean,
over the area's standard deviation. The index is the mean over the services that sent data, so that no one service rules
it and nobody is high for cost alone. Percentiles say what share of people use less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.activity_types import SERVICES
from stratify.scores.score import Given, ScoreInputs, ScoreRule
from stratify.words import FEEDS, WORDS, plural, pounds

Numbers = npt.NDArray[np.float64]

# Bands by the share of people in the area who use less, in percent.
BANDS = ((99.0, "highest 1 %"), (95.0, "highest 5 %"), (80.0, "highest 20 %"))
REST = "other"

# A percentile among fewer people than this says nothing.
FEWEST_PEERS = 20


def service_use(features: pa.Table) -> dict[str, Numbers]:
    """Events in 12 months by service, of the services that sent data."""
    columns = {service: features[f"{service}_365"] for service in SERVICES}
    return {name: numbers(column) for name, column in columns.items() if column.null_count < max(len(column), 1)}


def numbers(column: pa.ChunkedArray) -> Numbers:
    """A column as real numbers; null becomes nan."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def standardised(events: Numbers) -> Numbers:
    """Events on the common scale; all zero where everybody has as many."""
    scale = np.log1p(events)
    spread = float(scale.std())
    return np.asarray((scale - scale.mean()) / (spread or 1.0), dtype=np.float64)


def standardised_use(features: pa.Table) -> dict[str, Numbers]:
    """Standardised use by service, of the services that sent data; 0 is the area's mean, 1 a standard deviation above."""
    return {service: standardised(events) for service, events in service_use(features).items()}


def index(features: pa.Table) -> Numbers:
    """The mean of standardised use over the services; nan for all where no service sent data."""
    scaled = list(standardised_use(features).values())
    if not scaled:
        return np.full(features.num_rows, np.nan)
    mean = np.asarray(np.mean(scaled, axis=0), dtype=np.float64)
    return np.round(mean, 9)  # beyond nine places lies only the order of additions


def percentile(values: Numbers) -> Numbers:
    """For each value the share of values below it, in percent."""
    return 100.0 * np.searchsorted(np.sort(values), values, side="left") / max(len(values), 1)


def percentile_among(values: Numbers, groups: Sequence[object]) -> Numbers:
    """As `percentile`, within groups; nan in groups of fewer than 20."""
    members: dict[object, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    result = np.full(len(values), np.nan)
    for places in members.values():
        if len(places) >= FEWEST_PEERS:
            result[places] = percentile(values[places])
    return result


def services_used(features: pa.Table) -> Numbers:
    """How many of the eight services had any event in 12 months."""
    used = [events > 0 for events in service_use(features).values()]
    return np.sum(used, axis=0).astype(np.float64) if used else np.full(features.num_rows, np.nan)


def total_pence(features: pa.Table) -> Numbers:
    """Cost over all services that sent data, in pence, 365 days."""
    costs = [numbers(features[f"cost_{service}_365"]) for service in service_use(features)]
    return np.sum(costs, axis=0) if costs else np.full(features.num_rows, np.nan)


def give_index(inputs: ScoreInputs) -> list[Given]:
    """The index, its band, and the breakdown by service in words."""
    values, peers = index(inputs.features), _peer_percentile(inputs)
    use, costs = service_use(inputs.features), total_pence(inputs.features)
    averages = {service: float(events.mean()) for service, events in use.items()}
    shares = percentile(values)
    result = []
    for place, value in enumerate(values):
        if np.isnan(value):
            result.append(Given(None, None, ("no feed of any service arrived",)))
            continue
        events = {service: float(counts[place]) for service, counts in use.items()}
        reasons = (*breakdown(events, averages, float(costs[place])), *_standing(float(shares[place]), float(peers[place])))
        result.append(Given(float(value), _band(float(shares[place])), reasons))
    return result


def breakdown(events: dict[str, float], averages: dict[str, float], pence: float) -> list[str]:
    """`uses 3 of 8 services in 12 months`, then service by service against the area's average, then cost."""
    used = {service: count for service, count in events.items() if count > 0}
    order = sorted(used, key=lambda service: (-used[service] / averages[service], service))
    lines = [f"{plural(used[name], WORDS[name])}, {used[name] / averages[name]:.1f} times the average" for name in order]
    services = f"{len(used)} of {len(events)} services used in 12 months"
    return [services, *lines, f"{pounds(pence)} over all services in 12 months"]


def _standing(share: float, peers: float) -> list[str]:
    words = [f"uses more than {int(share)} % of people here"]
    return words if np.isnan(peers) else [*words, f"more than {int(peers)} % of people of this age in this locality"]


def _band(share: float) -> str:
    return next((band for lowest, band in BANDS if share >= lowest), REST)


def _peer_percentile(inputs: ScoreInputs) -> Numbers:
    bands, places = inputs.people["age_band"].to_pylist(), inputs.people["locality"].to_pylist()
    return percentile_among(index(inputs.features), list(zip(bands, places, strict=True)))


def _plain(values: Numbers) -> list[Given]:
    return [Given(None if np.isnan(value) else float(value)) for value in values]


def give_percentile(inputs: ScoreInputs) -> list[Given]:
    """Percentile of the index over everybody."""
    values = index(inputs.features)
    return _plain(np.where(np.isnan(values), np.nan, percentile(values)))


def give_peer_percentile(inputs: ScoreInputs) -> list[Given]:
    """Percentile of the index within age band and locality."""
    values = index(inputs.features)
    return _plain(np.where(np.isnan(values), np.nan, _peer_percentile(inputs)))


def give_services_used(inputs: ScoreInputs) -> list[Given]:
    """Number of services used."""
    return _plain(services_used(inputs.features))


def give_cost(inputs: ScoreInputs) -> list[Given]:
    """Total cost in pence."""
    return _plain(total_pence(inputs.features))


_FEEDS = tuple(sorted({feed for feeds in FEEDS.values() for feed in feeds}))
_VERSION = "whole-system-use.1"
_SOURCE = "our own rule, after the integrated-care papers' people 'with the highest level of take up across the whole system'"


def _rule(name: str, description: str, give: Callable[[ScoreInputs], list[Given]]) -> ScoreRule:
    return ScoreRule(name=name, version=_VERSION, description=description, source=_SOURCE, feeds=_FEEDS, give=give)


WHOLE_SYSTEM_USE: list[ScoreRule] = [
    _rule(
        "whole_system_use",
        "Mean over the eight services of standardised use in 12 months (logarithm of one plus events, less the area's mean, "
        "over its standard deviation). Bands by the share of people who use less.",
        give_index,
    ),
    _rule("whole_system_percentile", "Share of people in the area whose whole-system use is lower, in percent.", give_percentile),
    _rule(
        "whole_system_peer_percentile",
        f"The same share within age band and locality; null among fewer than {FEWEST_PEERS} people.",
        give_peer_percentile,
    ),
    _rule("services_used", "How many of the eight services had any event in 12 months.", give_services_used),
    _rule(
        "cost_12_months",
        "Cost over all services in 12 months, in pence. Reported beside need, never used to rank it.",
        give_cost,
    ),
]
