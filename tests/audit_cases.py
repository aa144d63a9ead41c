"""Audit logs for the tests: one of the first version as it was written then, a slow and obvious verification, writers at once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table

from governance.audit import Act, Audit

AT = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)

FIRST_METADATA = MetaData()
FIRST_AUDIT = Table(
    "audit",
    FIRST_METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash_version", Integer, nullable=False),
    *(
        Column(name, String(500), nullable=False)
        for name in (
            "at", "run_id", "actor", "role", "action", "subject", "purpose", "basis", "decision", "previous_hash", "hash",
        )
    ),
)  # fmt: skip

# Two rows that the code of version 1 wrote: previous hash and hash.
FIRST_CHAIN = (
    ("0" * 64, "f8f90fa88da8442992eb36c82470a160bb092a8b9d3a5d90242b9a42c78c2efc"),
    (
        "f8f90fa88da8442992eb36c82470a160bb092a8b9d3a5d90242b9a42c78c2efc",
        "5b4c74f303a1fdb42175228698763642f26ca085dbca6a9ede41fb48eec1226b",
    ),
)
FIRST_ROWS = [
    {
        "seq": seq, "hash_version": 1, "at": "2026-11-25T12:00:00+00:00", "run_id": "", "actor": "clerk.a", "role": "",
        "action": "link review export", "subject": "", "purpose": "clerical review of linkage", "basis": "",
        "decision": "allowed", "previous_hash": previous, "hash": hashed,
    }
    for seq, (previous, hashed) in enumerate(FIRST_CHAIN, 1)
]  # fmt: skip


def reference_first_broken(rows: Sequence[dict[str, Any]]) -> int | None:
    """What `first_broken` says of a chain, row by row from the description in docs/reference/audit.md and from nothing else."""
    previous = "0" * 64
    for place, row in enumerate(rows, 1):
        fields = {1: [], 2: ["commitment"]}.get(row["hash_version"])
        if fields is None or (row["hash_version"] == 1 and row["commitment"]):
            return place
        names = ["seq", "hash_version", "at", "run_id", "actor", "role", "action", "subject", "purpose", "basis", "decision"]
        values = [row[name] for name in [*names, *fields, "previous_hash"]]
        if not all(isinstance(value, str) for value in values[2:]) or row["seq"] != place or row["previous_hash"] != previous:
            return place
        if hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest() != row["hash"]:
            return place
        previous = row["hash"]
    return None


WRITER = """
import datetime as dt, sys
from governance.audit import Act, Audit
audit = Audit(sys.argv[1])
for number in range(int(sys.argv[2])):
    audit.append(Act(dt.datetime(2026, 11, 25, tzinfo=dt.UTC), sys.argv[3], "look", "why"))
"""


def write_from_processes(where: str, *, writers: int, each: int) -> None:
    """Append from several processes at once, the log being there already or not."""
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, where, str(each), f"writer {number}"]) for number in range(writers)
    ]
    assert [writer.wait() for writer in started] == [0] * writers


def written_log(where: str, lines: int) -> Audit:
    """A log of so many rows."""
    audit = Audit(where)
    audit.append(Act(AT, "clerk.a", "look", "why"), [""] * lines)
    return audit
