"""Whole-system use: who takes up most across all the services, whichever service that is.

Each of the eight services is put on one scale: the logarithm of one plus the events of 12 months, less the area's mean,
over the area's standard deviation. The index is the mean over the services that sent data, so that no one service rules
it and nobody is high for cost alone. Percentiles say what share of people use less.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from schemas.activity_types import SERVICES
from stratify.percentiles import FEWEST_PEERS, Numbers, numbers, peers, percentile, percentile_among
from stratify.phrases import Phrases, Places
from stratify.scores.score import GivenColumns, ScoreInputs, ScoreRule
from stratify.words import FEEDS, WORDS, plural, pounds

# Bands by the share of people in the area who use less, in percent.
BANDS = ((99.0, "highest 1 %"), (95.0, "highest 5 %"), (80.0, "highest 20 %"))
REST = "other"


def service_use(features: pa.Table) -> dict[str, Numbers]:
    """Events in 12 months by service, of the services that sent data."""
    columns = {service: features[f"{service}_365"] for service in SERVICES}
    return {name: numbers(column) for name, column in columns.items() if column.null_count < max(len(column), 1)}


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


def services_used(features: pa.Table) -> Numbers:
    """How many of the eight services had any event in 12 months."""
    used = [events > 0 for events in service_use(features).values()]
    return np.sum(used, axis=0).astype(np.float64) if used else np.full(features.num_rows, np.nan)


def total_pence(features: pa.Table) -> Numbers:
    """Cost over all services that sent data, in pence, 365 days."""
    costs = [numbers(features[f"cost_{service}_365"]) for service in service_use(features)]
    return np.sum(costs, axis=0) if costs else np.full(features.num_rows, np.nan)


def give_index(inputs: ScoreInputs) -> GivenColumns:
    """The index, its band, and the breakdown by service in words."""
    values = index(inputs.features)
    shares = percentile(values)
    bands = np.select([shares >= lowest for lowest, _ in BANDS], [band for _, band in BANDS], REST)
    nothing = np.isnan(values)
    return GivenColumns(
        pa.array(values, pa.float64(), from_pandas=True),
        pa.array(bands.astype(object), pa.string(), mask=nothing),
        _reasons(inputs, values, shares),
    )


def _reasons(inputs: ScoreInputs, values: Numbers, shares: Numbers) -> pa.Array:
    """`3 of 8 services used in 12 months`, service by service against the area's average, cost, and where that stands."""
    phrases, use, nothing = Phrases(), service_use(inputs.features), np.isnan(values)
    if nothing.all():
        return phrases.lists([phrases.of(np.zeros(len(values)), lambda _: "no feed of any service arrived")])
    pounds_spent = np.rint(total_pence(inputs.features) / 100.0)
    among = np.trunc(percentile_among(values, peers(inputs.people)))
    first = phrases.of(services_used(inputs.features), lambda used: f"{used:.0f} of {len(use)} services used in 12 months")
    columns = [
        first,
        *_by_service(phrases, use),
        phrases.of(pounds_spent, lambda spent: f"{pounds(100 * spent)} over all services in 12 months"),
        phrases.of(np.trunc(shares), lambda share: f"uses more than {share:.0f} % of people here"),
        phrases.of(among, lambda share: f"more than {share:.0f} % of people of this age in this locality"),
    ]
    return phrases.lists(columns)


def _by_service(phrases: Phrases, use: dict[str, Numbers]) -> list[Places]:
    """Each person's services, the one furthest above the area's average first, and those alike by name."""
    names = sorted(use)
    ratios = np.stack([np.where(use[name] > 0, use[name] / (use[name].mean() or 1.0), -np.inf) for name in names], axis=1)
    places = np.stack([_of_service(phrases, name, use[name]) for name in names], axis=1)
    order = np.argsort(-ratios, axis=1, kind="stable")
    return list(np.take_along_axis(places, order, axis=1).T)


def _of_service(phrases: Phrases, name: str, events: Numbers) -> Places:
    average = float(events.mean())
    used = np.where(events > 0, events, np.nan)
    return phrases.of(used, lambda count: f"{plural(count, WORDS[name])}, {count / average:.1f} times the average")


def give_percentile(inputs: ScoreInputs) -> GivenColumns:
    """Percentile of the index over everybody."""
    return GivenColumns.plain(percentile(index(inputs.features)))


def give_peer_percentile(inputs: ScoreInputs) -> GivenColumns:
    """Percentile of the index within age band and locality."""
    return GivenColumns.plain(percentile_among(index(inputs.features), peers(inputs.people)))


def give_services_used(inputs: ScoreInputs) -> GivenColumns:
    """Number of services used."""
    return GivenColumns.plain(services_used(inputs.features))


def give_cost(inputs: ScoreInputs) -> GivenColumns:
    """Total cost in pence."""
    return GivenColumns.plain(total_pence(inputs.features))


_FEEDS = tuple(sorted({feed for feeds in FEEDS.values() for feed in feeds}))
_VERSION = "whole-system-use.1"
_SOURCE = "our own rule, after the integrated-care papers' people 'with the highest level of take up across the whole system'"


def _rule(name: str, description: str, give: Callable[[ScoreInputs], GivenColumns]) -> ScoreRule:
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
