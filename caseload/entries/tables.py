"""The caseload's tables. They lie in the audit's database, as each change and its audit rows are one transaction (ADR 22).

One history holds several strands of events: entries and what belongs to them. A row says the whole of its thread's state, so the
last row of a thread is how things stand. No row holds free text: reasons are coded, notes lie in the vault under their numbers.
`migrations/` makes these tables; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, MetaData, String, Table, UniqueConstraint

METADATA = MetaData()
VERSION_TABLE = "caseload_version"

# Who a person of the caseload is: her number here, under one pseudonym for each epoch of a team's keys.
NAME = Table(
    "caseload_name",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", Integer, nullable=False, index=True),
    Column("team", String(80), nullable=False),
    Column("pseudonym", String(80), nullable=False, unique=True),
    Column("at", String(40), nullable=False),
)
# From this row on the pseudonym is a person's present name. Where linkage found two people to be one, `former` is the number of
# the one whose history is read with hers; her own history goes on. Where it took that back, the pseudonym begins anew.
SAME = Table(
    "caseload_same",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("team", String(80), nullable=False),
    Column("pseudonym", String(80), nullable=False, index=True),
    Column("person", Integer, nullable=False, index=True),
    Column("former", Integer, unique=True),
    Column("run_id", String(64), nullable=False),
    Column("at", String(40), nullable=False),
)
EVENT = Table(
    "caseload_event",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("team", String(80), nullable=False),
    Column("strand", String(20), nullable=False),  # entry, plan, carer, ...
    Column("thread", Integer, nullable=False),  # number of the thread's first event
    Column("place", Integer, nullable=False),  # 1, 2, ... within the thread
    Column("person", Integer),  # a person's number in NAME or SAME; null where the thread is about nobody
    Column("event", String(40), nullable=False),
    Column("state", String(40), nullable=False),  # after the event
    Column("reason", String(40), nullable=False),
    Column("kind", String(40), nullable=False),  # the reason with which its thread began
    Column("tier", String(40), nullable=False),
    Column("professional", String(80), nullable=False),
    Column("coordinator", String(80), nullable=False),
    Column("account", String(80), nullable=False),  # who attends
    Column("ward", String(80), nullable=False),  # a virtual ward's id
    Column("other", Integer),  # a carer's number as a person, or a thread that this one belongs to: by strand
    Column("since", Date),
    Column("until", Date),
    Column("due", Date),
    Column("note", Integer),  # its number in the vault
    Column("unread", Boolean, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(80), nullable=False),
    Column("at", String(40), nullable=False),  # ISO 8601, UTC: the same text in every database
    Column("run_id", String(64), nullable=False),
    Column("audit", Integer, nullable=False),  # number of its row in the audit log
    UniqueConstraint("thread", "place", name="caseload_event_place"),
)
BY_PERSON = Index("caseload_event_by_person", EVENT.c.person, EVENT.c.strand)
BY_TEAM = Index("caseload_event_by_team", EVENT.c.team, EVENT.c.strand)

# The first look of each user at each person, or at a team's list, on each published night.
LOOK = Table(
    "caseload_look",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("account", String(80), nullable=False),
    Column("team", String(80), nullable=False),
    Column("pseudonym", String(80), nullable=False),  # empty: the list itself
    Column("run_id", String(64), nullable=False),
    Column("at", String(40), nullable=False),
    UniqueConstraint("account", "team", "pseudonym", "run_id", name="caseload_look_once"),
)
TABLES = (NAME, SAME, EVENT, LOOK)
