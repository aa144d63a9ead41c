"""What alembic runs: our own connection, inside the transaction that opens the caseload."""

from alembic import context

from caseload.entries.tables import METADATA, VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE)
context.run_migrations()
