"""Who receives what, under which pseudonyms: one domain for each recipient, and one that never leaves."""

from __future__ import annotations

from governance.keys import Domain
from pipelines.config import Configuration


def working_domain(configuration: Configuration) -> Domain:
    """The night's own domain. Its pseudonyms never leave: every output is re-tokenised for its recipient."""
    return Domain("night", "working", configuration.keys.epoch)


def team_domain(configuration: Configuration, team: str) -> Domain:
    """The domain of one locality team's lists."""
    return Domain(team, "case management", configuration.keys.epoch)


def analysts_domain(configuration: Configuration) -> Domain:
    """The domain of the analysts' tables."""
    return Domain(configuration.analysts.id, "population analysis", configuration.keys.epoch)
