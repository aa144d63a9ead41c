"""How the audit log is witnessed, and how long what lies beside it is kept."""

from __future__ import annotations

from pydantic import Field

from pipelines.settings.section import Section


class AuditSettings(Section):
    """How the audit log is witnessed: signed checkpoints, written outside the folder of the log."""

    checkpoints: tuple[str, ...] = Field(
        default=("audit-checkpoints.jsonl",),
        description="files that each checkpoint is added to, inside the project or absolute, none in `state/`, `vault/` "
        "or `secrets/`, none beside the log; where people are real, one at least outside the project, where whoever runs "
        "the night can add and not change",
    )
    every_rows: int = Field(default=1000, ge=1, description="rows after which a checkpoint is due, beside each night's")
    signing_key: str = Field(
        default="secrets/audit-signing.key",
        description="key file, mode 0600, inside the project or absolute; made when first needed",
    )
    public_key: str = Field(default="audit-public-key.pem", description="where the public key is written for whoever checks")
    earlier_public_keys: tuple[str, ...] = Field(
        default=(), description="public keys (PEM files) of signing keys used before, whose checkpoints still count"
    )
    silent_hours: int | None = Field(
        default=None,
        ge=1,
        description="hours without a checkpoint after which `verify` refuses; none: silence is not looked for. It "
        "needs somebody who calls `verify` every day, elsewhere; 36 suits a night every night",
    )
    reference: str = Field(default="", description="where these limits were agreed")
