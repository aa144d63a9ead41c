"""Sources whose number column holds a supplier's pseudonym instead of an NHS number."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.settings.section import Section
from schemas.identifiable import SOURCES

PSEUDONYMISED_SOURCES = tuple(source for source in SOURCES if source != "register")


class SupplierPseudonym(Section):
    """A source that is linked on its supplier's pseudonym where the register carries it too, and on nothing else."""

    source: Literal[PSEUDONYMISED_SOURCES] = Field(description="the source")  # type: ignore[valid-type]
    supplier: str = Field(min_length=1, description="who made the pseudonyms")
    register_column: str = Field(
        default="",
        description="header of the register's column with the same supplier's pseudonyms; none: all its people stand alone",
    )
    unlinked: Literal["leave out", "let in"] = Field(
        default="leave out",
        description="people who stand alone: no opt-out list can reach them, so nothing of them is used beyond direct care",
    )
    reference: str = Field(min_length=1, description="where the supplier's scheme, and who may let people in, is written down")
