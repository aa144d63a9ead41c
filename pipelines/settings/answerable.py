"""Who answers for the data and how she is reached, as it stands in the papers. No night reads any of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipelines.settings.section import Section

CONTROLLER, JOINT, PROCESSOR = "controller", "joint controller", "processor"


class Organisation(Section):
    """A controller of the data, alone or with others, or an organisation that works on them for a controller."""

    name: str = Field(min_length=1, description="of a controller: as every `[[basis]]` writes it")
    role: Literal[CONTROLLER, JOINT, PROCESSOR] = Field(description="what it is in law for these data")  # type: ignore[valid-type]
    contact: str = Field(min_length=1, description="how a member of the public reaches it: address, e-mail or telephone")
    data_protection_officer: str | None = Field(default=None, description="how its data protection officer is reached")
    does: str | None = Field(default=None, description="of a processor: what it does with the data")
    agreement: str | None = Field(
        default=None, description="reference of the joint controllers' arrangement, or of the contract with a processor"
    )


class TransfersAbroad(Section):
    """Whether data leave the United Kingdom, as the record of processing says it."""

    statement: str = Field(default="", description="in a sentence: none, or to whom, where and with which safeguard")
    reference: str = Field(default="", description="where that is written down")

    @model_validator(mode="after")
    def _written_down(self) -> TransfersAbroad:
        if bool(self.statement) != bool(self.reference):
            raise ValueError("statement and reference belong together: what is said, and where it is written down")
        return self
