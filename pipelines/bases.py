"""`caselink governance bases`: what a project may do with which source on a day, and what will soon end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from governance.legal_basis import HOLDS, purpose_troubles, state_of, uncovered
from governance.purpose_flows import flow_troubles
from pipelines.config import Configuration
from pipelines.governed import GOVERNED
from pipelines.settings.purposes import NIGHT_PURPOSES
from schemas.errors import GovernanceError

MISSING = "missing"


def bases_report(configuration: Configuration, as_at: dt.date) -> dict[str, Any]:
    """Purposes with what is wrong with them; every source for every purpose with its entries and their state on this day."""
    troubles = troubles_of_purposes(configuration, as_at)
    return {
        "as_at": as_at.isoformat(),
        "purposes": [_purpose(configuration, name, troubles.get(name)) for name in NIGHT_PURPOSES],
        "bases": [
            row
            for extract in GOVERNED
            for purpose in NIGHT_PURPOSES
            for row in _entries(configuration, extract.source, purpose, as_at)
        ],
        "refused": refused_sources(configuration, as_at),
    }


def troubles_of_purposes(configuration: Configuration, as_at: dt.date) -> dict[str, GovernanceError]:
    """Purpose to what keeps a night from running for it on this day: its sign-off and review first, then its flow."""
    found = flow_troubles(configuration.purpose) | purpose_troubles(configuration.purpose, NIGHT_PURPOSES, as_at)
    return {name: found[name] for name in NIGHT_PURPOSES if name in found}


def _purpose(configuration: Configuration, name: str, trouble: GovernanceError | None) -> dict[str, Any]:
    declared = next((each for each in configuration.purpose if each.id == name), None)
    return {
        "purpose": name,
        "flow": declared.flow if declared else None,
        "evidence": declared.evidence if declared else None,
        "owner": declared.owner if declared else None,
        "signed_off": declared.signed_off if declared else None,
        "signed_off_on": declared.signed_off_on.isoformat() if declared else None,
        "review_by": declared.review_by.isoformat() if declared else None,
        "state": trouble.code if trouble else HOLDS,
        "message": trouble.message if trouble else "",
    }


def _entries(configuration: Configuration, source: str, purpose: str, as_at: dt.date) -> list[dict[str, Any]]:
    found = [
        {
            "source": source,
            "purpose": purpose,
            "controller": each.controller,
            "reference": each.reference,
            "tables": list(each.tables),
            "valid_from": each.valid_from.isoformat(),
            "valid_to": each.valid_to.isoformat(),
            "days_left": (each.valid_to - as_at).days,
            "state": state_of(each, as_at),
        }
        for each in configuration.basis
        if (each.source, each.purpose) == (source, purpose)
    ]
    nothing: dict[str, Any] = dict.fromkeys(("controller", "reference", "tables", "valid_from", "valid_to", "days_left"))
    return found or [{"source": source, "purpose": purpose, **nothing, "state": MISSING}]


def refused_sources(configuration: Configuration, as_at: dt.date) -> dict[str, list[str]]:
    """Source to the purposes for which not all of its tables are covered on this day."""
    found: dict[str, list[str]] = {}
    for extract in GOVERNED:
        tables = [layout.name for layout in extract.tables]
        lacking = [each for each in NIGHT_PURPOSES if uncovered(configuration.basis, extract.source, tables, [each], as_at)]
        if lacking:
            found[extract.source] = lacking
    return found
