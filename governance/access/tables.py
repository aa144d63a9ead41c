"""The store that the modules of access share: a part of the application database. It holds pseudonyms and no identifier."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import MetaData

from governance.detectors import rules_found
from governance.stores import Store
from schemas.errors import GovernanceError

STORE_VERSION = 1
METADATA = MetaData()


def access_store(where: str | Path) -> Store:
    """The store at a path or URL, made where it is missing. Import the modules whose tables are wanted before."""
    return Store(where, METADATA, name="access", version=STORE_VERSION)


def written(moment: dt.datetime) -> str:
    """A moment as the stores write it: ISO 8601, UTC. Raises `GovernanceError` `E-ACCESS-TIME` for a time without a zone."""
    if moment.tzinfo is None:
        raise GovernanceError("E-ACCESS-TIME", "a time has no time zone.")
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def check_plain(*texts: str) -> None:
    """Refuse (`E-ACCESS-TEXT`) a text that looks like an identifier, or that is empty."""
    if any(not text.strip() or rules_found(text, coded=False) for text in texts):
        raise GovernanceError("E-ACCESS-TEXT", "a text is empty, or looks like an identifier.", cure="give it without a name")
