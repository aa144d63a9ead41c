"""How the caseload is kept: reviews, deferred decisions, what counts as read. No setting here changes a night."""

from __future__ import annotations

from pydantic import Field, model_validator

from caseload.entries.policies import ENTERED, EntryRules
from pipelines.settings.section import Section

RULES = EntryRules()


class CaseloadSettings(Section):
    """Reviews, deferred decisions, and what counts as read before a decision."""

    review_months: dict[str, int] = Field(
        default_factory=lambda: dict(RULES.review_months), description="months from one review to the next, by tier of need"
    )
    most_deferred_days: int = Field(
        default=RULES.most_deferred_days, ge=1, le=366, description="days for which a decision can be put off"
    )
    read_seconds: int = Field(
        default=RULES.read_seconds, ge=0, le=3600, description="a person's page open for less was not read before the decision"
    )
    most_meeting_days: int = Field(
        default=RULES.most_meeting_days, ge=1, le=31, description="days for which those invited to a meeting may see its people"
    )

    @model_validator(mode="after")
    def _check(self) -> CaseloadSettings:
        if set(self.review_months) != set(ENTERED) or any(not 1 <= each <= 12 for each in self.review_months.values()):
            raise ValueError(f"review_months names 1 to 12 months for each of: {', '.join(ENTERED)}")
        return self

    def rules(self) -> EntryRules:
        """The same as the caseload takes them."""
        return EntryRules(**self.model_dump())
