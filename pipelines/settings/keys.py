"""The root key: where it is, how to know that it is the right one, and the epoch of the pseudonyms made from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipelines.settings.section import Section

# Settings that say where a key is; the key itself decides what a night gives, so they are no part of a night's name.
PLACES = {"provider", "file", "previous_file", "unwrap", "unwrap_seconds", "service", "user"}


class Keys(Section):
    """Where the root key is, how to know that it is the right one, and the epoch of the pseudonyms."""

    provider: Literal["file", "credential", "environment", "keyring", "command"] = Field(
        default="file",
        description="`file`: what CASELINK_ROOT_KEY_FILE names, else a systemd credential, else `file`; `environment`, "
        "`credential`: only that one; `keyring`: the operating system's; `command`: `file` is wrapped, `unwrap` opens it",
    )
    file: str = Field(default="secrets/root.key", description="key file, mode 0600, inside the project or absolute")
    previous_file: str | None = Field(
        default=None, description="file of the root key before this one, while `rekey` needs it; wrapped where `file` is"
    )
    unwrap: tuple[str, ...] = Field(
        default=(),
        description="program (its whole path) and arguments: the wrapped key on standard input, the key on standard output",
    )
    unwrap_seconds: int = Field(default=30, ge=1, description="after which the program is ended and the key counts as missing")
    service: str = Field(default="caselink", description="name of the service in the keyring")
    user: str = Field(default="root-key", description="name of the entry in the keyring")
    check_value: str | None = Field(default=None, description="key check value; a different key stops the night")
    epoch: int = Field(
        default=1, ge=1, description="a new epoch gives everybody new pseudonyms: then `caselink governance rekey`"
    )

    @model_validator(mode="after")
    def _command(self) -> Keys:
        if self.provider == "command" and not self.unwrap:
            raise ValueError('provider = "command" needs unwrap, a program and its arguments')
        return self
