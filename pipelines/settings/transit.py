"""Sources that come as match tokens: which, and under whose key."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.settings.section import Section


class Transit(Section):
    """A source whose people come as match tokens (`caselink source tokenise`) and never with identifiers."""

    source: Literal["asc_person", "cld"] = Field(description="the source; none of its files may hold an identifier then")
    key_file: str = Field(description="transit key file shared with the supplier, mode 0600, inside the project or absolute")
    check_value: str = Field(pattern="^[0-9a-f]{8}$", description="key check value, as both parties have compared it")
    reference: str = Field(min_length=1, description="the agreement under which the two parties share the key")
