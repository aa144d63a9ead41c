"""Purposes and legal bases as the Guardian reads them: what has to be done first, and bases that are alike as one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.oversight import Facts, Oversight
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from governance.access.limits import LONDON
from governance.legal_basis import ENDS_SOON, EXPIRED
from schemas.errors import GovernanceError

ALIKE = ("purpose", "reference", "controller", "valid_from", "valid_to", "days_left", "state")  # of bases shown as one line


@dataclass(frozen=True)
class Basis:
    """Legal bases that are alike but for their source."""

    purpose: str
    reference: str
    controller: str
    sources: Sequence[str]
    valid_from: str
    valid_to: str
    days_left: int
    state: str


@dataclass(frozen=True)
class Bases:
    """Purposes, and legal bases by what has to be done. `missing`: purpose to the sources that have none."""

    purposes: Sequence[Facts]
    ending: Sequence[Basis]
    ended: Sequence[Basis]
    holding: Sequence[Basis]
    missing: Mapping[str, Sequence[str]]


def oversight(services: Services) -> Oversight:
    """The project as its Guardian sees it; `GovernanceError` `E-ACCESS-ROLE` where these services have none."""
    if services.oversight is None:
        raise GovernanceError("E-ACCESS-ROLE", "these services have no Caldicott desk.")
    return services.oversight


def bases(visit: Visit, services: Services) -> Bases:
    """Purposes and bases today."""
    said = oversight(services).bases(visit.at.astimezone(LONDON).date())
    alike: dict[tuple[Any, ...], list[str]] = {}
    missing: dict[str, list[str]] = {}
    for row in said["bases"]:
        if row["reference"]:
            alike.setdefault(tuple(row[name] for name in ALIKE), []).append(row["source"])
        else:
            missing.setdefault(row["purpose"], []).append(row["source"])
    every = [Basis(**dict(zip(ALIKE, key, strict=True)), sources=sources) for key, sources in alike.items()]
    every.sort(key=lambda each: (each.valid_to, each.purpose, each.reference))
    return Bases(
        purposes=said["purposes"],
        ending=[each for each in every if each.state == ENDS_SOON],
        ended=[each for each in every if each.state == EXPIRED],
        holding=[each for each in every if each.state not in (ENDS_SOON, EXPIRED)],
        missing=missing,
    )
