"""Reasons in free text. They may say more of a person than they should, so they lie in the vault, under a number.

The access store and the audit log hold the number and a coded reason.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Column, Integer, String, Table, insert, select

from governance import crosswalk
from governance.access.tables import check_plain, written
from governance.append_only import append_only
from governance.stores import VAULT, Store

MOST_CHARACTERS = 2_000

# It came after the vault's first version and only adds to it: a vault without it is given it when it is opened.
REASON = Table(
    "access_reason",
    crosswalk.METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("text", String(MOST_CHARACTERS), nullable=False),
)
append_only(REASON)


class Reasons:
    """The texts in the vault's database: a path or a URL."""

    def __init__(self, where: str | Path) -> None:
        self._store = Store(where, crosswalk.METADATA, name=VAULT, version=crosswalk.STORE_VERSION)

    def keep(self, text: str, *, actor: str, at: dt.datetime) -> int:
        """Keep a text, cut to 2,000 characters, and give its number.

        Raises `GovernanceError` `E-ACCESS-TEXT` where it is empty or looks like an NHS number, a date of birth, a postcode, ...
        """
        check_plain(text)
        row = {"text": text.strip()[:MOST_CHARACTERS], "actor": actor, "at": written(at)}
        with self._store.write() as connection:
            return int(connection.execute(insert(REASON).values(**row)).inserted_primary_key[0])  # type: ignore[index]

    def text(self, number: int) -> str | None:
        """The text under a number; None where there is none."""
        with self._store.read() as connection:
            return connection.execute(select(REASON.c.text).where(REASON.c.number == number)).scalar_one_or_none()
