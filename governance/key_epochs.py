"""Which epochs of keys a vault was used with: number, check value, first night and moment. Never a key.

The check value is what a wrong key is noticed by; the rest is for people who ask when an epoch began. Both tables belong to
the vault's store. The second was added later: a vault without it is given it when opened, and its first epochs have no moment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from governance.crosswalk import KEY_CHECK, METADATA
from schemas.errors import GovernanceError

KEY_USE = Table(
    "key_use",
    METADATA,
    Column("epoch", Integer, primary_key=True),
    Column("first_run", String(64), nullable=False),
    Column("first_used", String(40), nullable=False),  # ISO 8601, UTC
)


@dataclass(frozen=True)
class KeyEpoch:
    """One epoch. `first_run` and `first_used` are empty where the vault was used with it before they were kept."""

    epoch: int
    check_value: str
    first_run: str = ""
    first_used: str = ""


def epochs_of(connection: Connection) -> list[KeyEpoch]:
    """Every epoch, the first one first."""
    query = (
        select(KEY_CHECK.c.epoch, KEY_CHECK.c.check_value, KEY_USE.c.first_run, KEY_USE.c.first_used)
        .outerjoin(KEY_USE, KEY_USE.c.epoch == KEY_CHECK.c.epoch)
        .order_by(KEY_CHECK.c.epoch)
    )
    return [KeyEpoch(row.epoch, row.check_value, row.first_run or "", row.first_used or "") for row in connection.execute(query)]


def check_known(connection: Connection, check_value: str, epoch: int) -> bool:
    """Whether the epoch is known with this key; `E-KEY-WRONG` where it is known with another one."""
    found = connection.execute(select(KEY_CHECK.c.check_value).where(KEY_CHECK.c.epoch == epoch)).scalar_one_or_none()
    if found is not None and found != check_value:
        raise GovernanceError(
            "E-KEY-WRONG",
            f"the root key has the check value {check_value}; this vault was used with {found} in epoch {epoch}.",
            cure="restore the right key; a new one needs a new keys.epoch, and `caselink governance rekey`",
        )
    return found is not None


def note(connection: Connection, key: KeyEpoch) -> None:
    """Write down an epoch that the vault did not know."""
    connection.execute(insert(KEY_CHECK).values(epoch=key.epoch, check_value=key.check_value))
    connection.execute(insert(KEY_USE).values(epoch=key.epoch, first_run=key.first_run, first_used=key.first_used))


def moment(at: dt.datetime) -> str:
    """A time as the table keeps it."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")
