"""Where the vault lies."""

from __future__ import annotations

from pydantic import Field

from pipelines.settings.section import Section


class VaultSettings(Section):
    """Where the vault lies: identity, landed extracts, identifiable tables and quarantine."""

    folder: str | None = Field(
        default=None, min_length=1, description="a folder outside the project, mode 0700; none: `vault/` in the project"
    )
