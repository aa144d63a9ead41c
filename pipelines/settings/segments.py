"""`[segments]`: which Bridges to Health segment wins where a person meets the rules of several."""

from __future__ import annotations

from pydantic import Field, field_validator

from pipelines.settings.section import Section
from schemas.errors import CaselinkError
from stratify.segments import PRECEDENCE, check_precedence


class SegmentSettings(Section):
    """A person is in one Bridges to Health segment. The rules are in docs/reference/indices.md, the order is a local decision."""

    precedence: tuple[str, ...] = Field(
        default=PRECEDENCE, description="the eight segments, each once, the one that wins first; `healthy` is the last"
    )

    @field_validator("precedence")
    @classmethod
    def _whole(cls, precedence: tuple[str, ...]) -> tuple[str, ...]:
        try:
            check_precedence(precedence)
        except CaselinkError as error:
            raise ValueError(f"names each of the eight segments once, `healthy` last: {', '.join(PRECEDENCE)}") from error
        return precedence
