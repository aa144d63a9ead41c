"""When users looked at lists and people."""

import sqlalchemy as sa
from alembic import op

from caseload.entries.migrations.guards import guard

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of looks."""
    op.create_table(
        "caseload_look",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(80), nullable=False) for name in ("account", "team", "pseudonym")),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.UniqueConstraint("account", "team", "pseudonym", "run_id", name="caseload_look_once"),
    )
    guard("caseload_look")
