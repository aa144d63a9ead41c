"""How long each kind of artefact is kept. There are no default years: an empty schedule purges nothing and is refused."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.settings.section import Section

PUBLISHED_NIGHT = "published night"  # runs/<run-id>: lists, tables, report
VAULT_NIGHT = "vault night"  # the vault's tables of one night: people, links, quarantine
LANDED_FILE = "landed file"  # delivered files and what was converted of them
AUDIT_PAYLOAD = "audit payload"  # coded reasons beside the audit chain; the chain itself stays
ARTEFACTS = (PUBLISHED_NIGHT, VAULT_NIGHT, LANDED_FILE, AUDIT_PAYLOAD)


class Retention(Section):
    """How long one kind of artefact is kept, and where that was agreed (`caselink governance purge`)."""

    artefact: Literal[ARTEFACTS] = Field(description="the kind")  # type: ignore[valid-type]
    days: int = Field(ge=1, description="days after its night (a landed file: after it arrived) from which it may go")
    reference: str = Field(min_length=1, description="records schedule or decision in which this is written")
