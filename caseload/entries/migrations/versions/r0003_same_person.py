"""People who were found to be one person, and who came back."""

import sqlalchemy as sa
from alembic import op

from caseload.entries.migrations.guards import guard

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of people whose histories met."""
    op.create_table(
        "caseload_same",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("team", sa.String(80), nullable=False),
        sa.Column("pseudonym", sa.String(80), nullable=False),
        sa.Column("person", sa.Integer, nullable=False),
        sa.Column("former", sa.Integer, unique=True),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    for column in ("pseudonym", "person"):
        op.create_index(f"ix_caseload_same_{column}", "caseload_same", [column])
    guard("caseload_same")
