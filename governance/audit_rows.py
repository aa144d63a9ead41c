"""The audit log's tables, and what the hash of a row covers (docs/reference/audit.md)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, MetaData, String, Table, Text, insert, select

from governance.append_only import append_only, guard_replacement

STORE_VERSION = 5
HASH_VERSION = 2  # of the fields that the hash covers and of how they are written
BEGINNING = "0" * 64  # what the first row's hash is chained to
PAYLOAD_LABEL = "caselink/audit-payload/v1"

METADATA = MetaData()
AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash_version", Integer, nullable=False),
    Column("at", String(40), nullable=False),  # ISO 8601, UTC: the same text in every database
    Column("run_id", String(64), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("purpose", String(500), nullable=False),
    Column("basis", String(200), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("commitment", String(64), nullable=False, server_default=""),  # since version 2
)
# What one user did lately is asked for before every name that is shown.
BY_ACTOR = Index("audit_by_actor", AUDIT.c.actor, AUDIT.c.at)
BY_ACTOR_SINCE = Index("audit_by_actor_since", AUDIT.c.actor, AUDIT.c.seq)  # since version 4: and what is new of it since
# Who saw one person's record is asked of a log that is kept for years (since version 5).
BY_SUBJECT = Index("audit_by_subject", AUDIT.c.subject, AUDIT.c.seq)
# What was said beside an act. It can be purged: the chain holds only its commitment, from which nobody can guess it.
PAYLOAD = Table(
    "audit_payload",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("salt", String(64), nullable=False),
    Column("payload", Text, nullable=False),
)
# Which log this is: a random name, given once, that its checkpoints carry.
IDENTITY = Table("audit_identity", METADATA, Column("log_id", String(32), primary_key=True))

append_only(AUDIT)
append_only(PAYLOAD, may_be_purged=True)
append_only(IDENTITY)

COLUMNS = tuple(column.name for column in AUDIT.columns)
# The fields that the hash covers, in their order, by hash version.
FIRST_FIELDS = (
    "seq", "hash_version", "at", "run_id", "actor", "role", "action", "subject", "purpose", "basis", "decision", "previous_hash",
)  # fmt: skip
FIELDS_OF = {1: FIRST_FIELDS, 2: (*FIRST_FIELDS[:-1], "commitment", "previous_hash")}
FIELDS = FIELDS_OF[HASH_VERSION]


def upgrade_first_version(connection: Connection) -> None:
    """Add what version 2 has. The old rows keep their hashes: version 1 covers no commitment, and theirs is empty."""
    connection.exec_driver_sql("ALTER TABLE audit ADD COLUMN commitment VARCHAR(64) DEFAULT '' NOT NULL")
    guard_replacement(connection, AUDIT)


def upgrade_second_version(connection: Connection) -> None:
    """Add the index that version 3 has."""
    BY_ACTOR.create(connection)


def upgrade_third_version(connection: Connection) -> None:
    """Add the index that version 4 has."""
    BY_ACTOR_SINCE.create(connection)


def upgrade_fourth_version(connection: Connection) -> None:
    """Add the index that version 5 has."""
    BY_SUBJECT.create(connection)


UPGRADES = {1: upgrade_first_version, 2: upgrade_second_version, 3: upgrade_third_version, 4: upgrade_fourth_version}


def identity(connection: Connection) -> str:
    """The log's name; given now where it has none yet."""
    found = connection.execute(select(IDENTITY.c.log_id)).scalar_one_or_none()
    if found is None:
        found = secrets.token_hex(16)
        connection.execute(insert(IDENTITY).values(log_id=found))
    return str(found)


def row_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the fields of a row, in the order of its hash version."""
    return fields_hash(row["seq"], row["hash_version"], [row[name] for name in FIELDS_OF[row["hash_version"]][2:]])


def fields_hash(seq: int, version: int, texts: Iterable[str]) -> str:
    """SHA-256 over number, version and texts as a JSON array in ASCII: every text is delimited, so no two rows are written alike.

    The array is put together by hand: a JSON encoder for each of ten million rows is slow. `TypeError` for what is no text.
    """
    written = f"[{seq:d},{version:d},{','.join(map(encode_basestring_ascii, texts))}]"
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def commitment(salt: str, payload: str) -> str:
    """What the chain holds of a payload: SHA-256 over label, salt (64 hex digits) and payload as a JSON array in ASCII."""
    written = json.dumps([PAYLOAD_LABEL, salt, payload], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()
