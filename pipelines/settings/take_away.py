"""What a practice's own system is told of its people in an episode. There is no default: which code it is, a practice decides."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipelines.settings.section import Section


class TakeAwaySettings(Section):
    """The file of codes that a practice may take from the pages: NHS number, code, term, date; none while it is not set."""

    code: str = Field(
        default="",
        max_length=18,
        pattern=r"^[0-9A-Za-z.]*$",
        description="code of the practice's own system for somebody in case management, as its clinical lead decided; no default",
    )
    term: str = Field(default="", max_length=200, pattern=r"^([A-Za-z0-9].*)?$", description="the code's words there")

    @model_validator(mode="after")
    def _whole(self) -> TakeAwaySettings:
        if bool(self.code) != bool(self.term):
            raise ValueError("code and term go together")
        return self
