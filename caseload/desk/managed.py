"""Who of a practice's people is managed, by whom, and what share of its list is in case management or supports herself."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.night import PublishedNight, Row
from caseload.desk.own_rows import Listed, team_rows
from caseload.desk.posts import Visit
from caseload.desk.services import Services, Use
from caseload.entries.states import OPEN
from schemas.pseudonymised import TIERS


@dataclass(frozen=True)
class Share:
    """One tier of a practice's living people: how many are in it by need, and how many of them are in an episode."""

    tier: str
    people: int
    in_episode: int
    of_list: float


@dataclass(frozen=True)
class Used:
    """What data were used for on the night's day, on one legal basis. `sources`: title, and the day to which its data reach."""

    purpose: str
    description: str
    reference: str
    controllers: Sequence[str]
    last: dt.date
    sources: Sequence[tuple[str, dt.date]]


def managed_of(visit: Visit, services: Services, night: PublishedNight, practice: str) -> list[Listed]:
    """The practice's people in an episode or proposed to a professional, highest need first."""
    rows = team_rows(visit, services, night)
    found = [each for each in rows if each.row.get("gp_practice_code") == practice and (each.professional or each.state in OPEN)]
    return sorted(found, key=lambda each: (each.state not in OPEN, each.row.get("rank") or 0, each.pseudonym))


def shares(tiers: Mapping[str, int], people: int, managed: Sequence[Listed]) -> list[Share]:
    """One row for each tier but the last. `people`: living people on the practice's list."""
    running = Counter(each.entry.get("tier") or each.row.get("tier") for each in managed if each.state in OPEN)
    return [
        Share(tier, tiers.get(tier, 0), running[tier], tiers.get(tier, 0) / people if people else 0.0) for tier in TIERS[:-1]
    ]  # fmt: skip


def by_professional(managed: Sequence[Listed]) -> list[Row]:
    """Professional, people in an episode with her, people proposed to her; most people first."""
    running = Counter(each.professional for each in managed if each.state in OPEN)
    proposed = Counter(each.professional for each in managed if each.state not in OPEN)
    found = sorted({*running, *proposed}, key=lambda who: (-(running[who] + proposed[who]), who))
    return [{"professional": who, "in_episode": running[who], "proposed": proposed[who]} for who in found]


def used(services: Services, night: PublishedNight, team: str) -> list[Used]:
    """What the data of the night served were used for: entries of the register that held on its day, of sources that it read.

    Purpose by purpose, one row for each legal basis; it holds until the first day on which one of its entries ends.
    """
    feeds = {row["source"]: row for row in night.feeds(team) if row["data_to"] is not None}
    holding = [each for each in services.uses if each.source in feeds and each.first <= night.as_at <= each.last]
    groups: dict[tuple[str, str], list[Use]] = {}
    for each in holding:
        groups.setdefault((each.purpose, each.reference), []).append(each)
    return [_used(uses, feeds) for _, uses in sorted(groups.items())]


def _used(uses: Sequence[Use], feeds: Mapping[str, Row]) -> Used:
    sources = sorted({(feeds[each.source]["title"], feeds[each.source]["data_to"]) for each in uses})
    controllers = sorted({each.controller for each in uses})
    return Used(
        uses[0].purpose, uses[0].description, uses[0].reference, controllers, min(each.last for each in uses), sources
    )  # fmt: skip
