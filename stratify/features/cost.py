"""What the services cost in the last 365 days. Reported beside need, never used to rank it."""

from __future__ import annotations

from schemas.activity_types import SERVICES
from stratify.features.aggregates import of_service, total
from stratify.features.feature import Feature
from stratify.features.groups import COST as GROUP
from stratify.words import FEEDS, WORDS

RULE = (
    "A care package with a weekly cost counts for the days it ran; any other event at its whole cost once it has ended, "
    "if it began in those days. Events whose cost is not known add nothing."
)


def cost_of(service: str) -> Feature:
    """Pence spent by one service on the person in the last 365 days."""
    return Feature(
        name=f"cost_{service}_365",
        description=f"Cost of {WORDS[service][1]} in the 365 days before the index date, in pence. {RULE}",
        kind="whole",
        frame="use",
        group=GROUP,
        feeds=FEEDS[service],
        expression=total("pence_365", of_service(service)),
        services=(service,),
        empty=0,
        unit="pence",
        # Ranking by cost is unfair to those who find it hard to reach care (Obermeyer et al., Science 2019, aax2342).
        modelled=False,
    )


COST: list[Feature] = [cost_of(service) for service in SERVICES]
