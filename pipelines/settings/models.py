"""`[models]`: how often a night fits its models anew, and what the controller declares on their cards."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.settings.section import Section

# One line: it stands in a cell of a table.
Declared = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", max_length=500)]


class CardSettings(Section):
    """What TRIPOD+AI asks of a model and no record says. Without an answer the card says that the controller's is awaited."""

    approval: Declared | None = Field(default=None, description="item 17: approval of an ethics committee, or why none is needed")
    funding: Declared | None = Field(default=None, description="item 18a: who pays, and what part the payer has")
    interests: Declared | None = Field(default=None, description="item 18b: conflicts of interest of those who use the models")
    protocol: Declared | None = Field(default=None, description="item 18c: where the protocol is, or that there is none")
    registration: Declared | None = Field(
        default=None, description="item 18d: where the models are registered, or that they are not"
    )
    involvement: Declared | None = Field(default=None, description="item 19: how patients and the public had a part in it")


class ModelSettings(Section):
    """Fitting takes longer than the rest of the analytic night, and a model a few weeks old is as good."""

    refit_days: int = Field(
        default=28,
        ge=0,
        description="days after which a night fits its models anew; until then those of the night before are used. It also does "
        "where code or features have changed, or where the night before fell back. 0: every night",
    )
    card: CardSettings = CardSettings()
