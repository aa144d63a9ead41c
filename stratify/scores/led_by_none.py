"""Known to four services, led by none: people of whom much is asked by many, and whom nobody is seen to hold together.

Somebody is known to a sector (acute, community, mental health, primary care, social care) that she used in 12 months, and led by
whoever `stratify/leads.py` finds. It is a flag for a person to look at, no measure of need: the data does not hear of every lead.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pyarrow as pa

from schemas.activity_types import SECTORS
from stratify.leads import LEADS, TOLD_BY
from stratify.percentiles import Numbers, numbers
from stratify.scores.score import Given, ScoreInputs, ScoreRule
from stratify.words import FEEDS, SECTOR_WORDS, listed

# Sectors that somebody must be known to.
FEWEST_SECTORS = 4

FLAGGED, LED = "known to four, led by none", "known to four, led"

FEW = Given(0.0)
UNTOLD = Given(None)


def use_of_sectors(features: pa.Table) -> dict[str, Numbers]:
    """Events in 12 months by sector; nan for all where no service of the sector sent data."""
    found = {}
    for sector, services in SECTORS.items():
        sent = [features[f"{service}_365"] for service in services]
        sent = [numbers(column) for column in sent if column.null_count < max(len(column), 1)]
        found[sector] = np.sum(sent, axis=0) if sent else np.full(features.num_rows, np.nan)
    return found


def give_flag(inputs: ScoreInputs) -> list[Given]:
    """1 flagged, 0 not; null where a feed that is missing could change the answer."""
    use = use_of_sectors(inputs.features)
    missing = frozenset(sector for sector, events in use.items() if np.isnan(events).any())
    used = {sector: events > 0 for sector, events in use.items()}
    count = np.sum(list(used.values()), axis=0)
    led: dict[str, set[str]] = defaultdict(set)
    for row in inputs.leads.to_pylist():
        led[row["pseudonym"]].add(row["lead"])
    others = UNTOLD if missing else FEW
    result = [others if n + len(missing) >= FEWEST_SECTORS else FEW for n in count.tolist()]
    for place in np.flatnonzero(count >= FEWEST_SECTORS).tolist():
        known = [sector for sector in SECTORS if used[sector][place]]
        result[place] = _known_to_four(known, led[inputs.pseudonym(place)], missing)
    return result


def _known_to_four(known: list[str], led: set[str], missing: frozenset[str]) -> Given:
    services = f"used {listed([SECTOR_WORDS[sector] for sector in known])} in 12 months"
    if led:
        return Given(0.0, LED, (services, *(LEADS[lead][0] for lead in LEADS if lead in led)))
    if missing & set(TOLD_BY.values()):
        return UNTOLD
    return Given(1.0, FLAGGED, (services, *(without for _, without in LEADS.values())))


LED_BY_NONE = ScoreRule(
    name="known_to_four_led_by_none",
    version="known-to-four.1",
    description=f"1 where somebody used at least {FEWEST_SECTORS} of the five sectors (acute, community, mental health, primary "
    "care, social care) in 12 months and no lead is known: no open long-term support with a review in 12 months, no open mental "
    "health spell, no contact in 12 months with a case management, multidisciplinary, end of life or palliative care team. "
    "0 for everybody else. A lead that the feeds do not speak of (a care coordinator in community mental health, a named GP, a "
    "place on a caseload) is not seen. Null where a feed that is missing could change the answer.",
    source="our own rule, after the integrated-care papers' people known to many services whom none leads",
    feeds=tuple(sorted({feed for feeds in FEEDS.values() for feed in feeds})),
    give=give_flag,
)
