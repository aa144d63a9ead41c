"""The caseload's first tables: names and events."""

import sqlalchemy as sa
from alembic import op

from caseload.entries.migrations.guards import guard

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and let the database refuse changes of their rows."""
    op.create_table(
        "caseload_name",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("pseudonym", sa.String(80), nullable=False, unique=True),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_caseload_name_person", "caseload_name", ["person"])
    op.create_table(
        "caseload_event",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("strand", sa.String(20), nullable=False),
        sa.Column("thread", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("person", sa.Integer),
        *(sa.Column(name, sa.String(40), nullable=False) for name in ("event", "state", "reason", "kind", "tier")),
        *(sa.Column(name, sa.String(80), nullable=False) for name in ("professional", "coordinator", "account", "ward")),
        sa.Column("other", sa.Integer),
        *(sa.Column(name, sa.Date) for name in ("since", "until", "due")),
        sa.Column("note", sa.Integer),
        sa.Column("unread", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.String(80), nullable=False) for name in ("actor", "role")),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("audit", sa.Integer, nullable=False),
        sa.UniqueConstraint("thread", "place", name="caseload_event_place"),
    )
    op.create_index("caseload_event_by_person", "caseload_event", ["person", "strand"])
    op.create_index("caseload_event_by_team", "caseload_event", ["team", "strand"])
    guard("caseload_name", "caseload_event")
