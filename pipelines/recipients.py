"""Who receives what, under which pseudonyms: one domain for each recipient, and one that never leaves."""

from __future__ import annotations

from governance.keys import Domain
from pipelines.config import Configuration

WORKING = "night"  # the night's own domain; no recipient
TEAM_PURPOSE = "case management"


def working_domain(configuration: Configuration) -> Domain:
    """The night's own domain. Its pseudonyms never leave: every output is re-tokenised for its recipient."""
    return Domain(WORKING, "working", configuration.keys.epoch)


def team_domain(configuration: Configuration, team: str) -> Domain:
    """The domain of one locality team's lists."""
    return Domain(team, TEAM_PURPOSE, configuration.keys.epoch)


def analysts_domain(configuration: Configuration) -> Domain:
    """The domain of the analysts' tables."""
    return Domain(configuration.analysts.id, "population analysis", configuration.keys.epoch)


def recipients(configuration: Configuration) -> tuple[str, ...]:
    """Ids of everybody who receives anything."""
    return (*(team.id for team in configuration.team), configuration.analysts.id)


def domain_of(configuration: Configuration, recipient: str) -> Domain:
    """A recipient's domain by its id, or the night's own."""
    if recipient == WORKING:
        return working_domain(configuration)
    return analysts_domain(configuration) if recipient == configuration.analysts.id else team_domain(configuration, recipient)
