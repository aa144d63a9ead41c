"""Purposes and legal bases: what a project may do with which source, on whose authority, and until when.

No value here has a default that permits anything: what is not written down is not done.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from governance.opt_out_rules import OPT_OUTS
from pipelines.settings.section import Section, Share
from schemas.identifiable import GOVERNED_SOURCES, SOURCES
from schemas.purposes import CASE_MANAGEMENT, NIGHT_PURPOSES, POPULATION_ANALYSIS, RISK_STRATIFICATION

__all__ = ["CASE_MANAGEMENT", "NIGHT_PURPOSES", "POPULATION_ANALYSIS", "RISK_STRATIFICATION"]

# On what ground people's data flow for a purpose; `governance/reference/opt_out_rules.csv` says which objection stops which, and
# `purpose_flows.csv` beside it which purpose may have which.
FLOWS = (
    "section 251", "direct care", "explicit consent", "legal duty", "public interest", "anonymised", "gp case finding",
)  # fmt: skip


class Purpose(Section):
    """What data are used for, who answers for it, and until when the Caldicott Guardian has signed it off."""

    id: Literal[NIGHT_PURPOSES] = Field(description="one of the night's purposes")  # type: ignore[valid-type]
    description: str = Field(min_length=1, description="in plain words, as it stands in the notice to the public")
    owner: str = Field(min_length=1, description="the role that answers for it")
    flow: Literal[FLOWS] = Field(description="the ground on which data flow for it; decides which opt-outs apply")  # type: ignore[valid-type]
    evidence: str | None = Field(
        default=None,
        min_length=1,
        description="where the signed paper lies that shows this ground: needed where the flow lifts an opt-out, as every one "
        "but section 251 and gp case finding does",
    )
    signed_off: str = Field(min_length=1, description="reference of the Guardian's sign-off")
    signed_off_on: dt.date = Field(description="its date")
    review_by: dt.date = Field(description="last day on which it holds; the night after it is refused")
    without_national_check: str | None = Field(
        default=None,
        min_length=1,
        description="of risk-stratification: reference of the decision that it goes on where the national opt-out applies and no "
        "fresh national list is there; none: such a night is refused",
    )

    @model_validator(mode="after")
    def _check(self) -> Purpose:
        if self.without_national_check and self.id != RISK_STRATIFICATION:
            raise ValueError(f"without_national_check is for {RISK_STRATIFICATION} alone: the analysts' tables wait for the list")
        return self


class Basis(Section):
    """On what legal basis one source may be used for one purpose. A source without one for tonight is not read."""

    source: Literal[GOVERNED_SOURCES] = Field(description="the source it covers")  # type: ignore[valid-type]
    purpose: Literal[NIGHT_PURPOSES] = Field(description="the purpose it covers")  # type: ignore[valid-type]
    controller: str = Field(min_length=1, description="whose data they are: an organisation's name or ODS code")
    reference: str = Field(min_length=1, description="statute, approval or agreement with its number")
    evidence: str = Field(min_length=1, description="where the signed paper lies")
    tables: tuple[str, ...] = Field(min_length=1, description="tables of the source that it covers; others are out of scope")
    valid_from: dt.date = Field(description="first day on which it holds")
    valid_to: dt.date = Field(description="last day on which it holds")
    article_6: str | None = Field(
        default=None, description="UK GDPR Article 6 condition, as `evidence` says it; the papers show a gap without it"
    )
    article_9: str | None = Field(
        default=None, description="UK GDPR Article 9 condition for health data, with its condition in the Data Protection Act"
    )
    opt_outs_set_aside: str | None = Field(
        default=None, description="reference of the approval that sets the national opt-out aside for it; none: it applies"
    )
    type_1: Literal["removed at source", "flagged", "not applicable"] = Field(
        default="not applicable",
        description="of GP data: Type 1 objectors were removed by the supplier, or a `[[flag]]` names the column that marks them",
    )

    @model_validator(mode="after")
    def _days(self) -> Basis:
        if self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        if self.source == "gp" and self.type_1 == "not applicable":
            raise ValueError('of GP data type_1 must say "removed at source" or "flagged"')
        return self

    def holds(self, as_at: dt.date) -> bool:
        """Whether it covers this day; both its first and its last day count."""
        return self.valid_from <= as_at <= self.valid_to


PAPERS_ONLY = frozenset({"article_6", "article_9"})  # what of a basis no night decides by


class Flag(Section):
    """A column by which a source marks records that need more care than others, and what becomes of the people it marks."""

    name: Literal["type 1 objection", "dummy patient", "restricted", "sensitive", "confidential", "withheld identity"] = Field(
        description="what the column says of a person"
    )
    source: Literal[SOURCES] = Field(description="the source that has the column")  # type: ignore[valid-type]
    table: str = Field(description="the table that has it")
    column: str = Field(min_length=1, description="its header")
    values: tuple[str, ...] = Field(
        default=(), description="codes that say yes, compared without regard to case; none: every value but N, NO, 0, F, FALSE"
    )
    other_values: tuple[str, ...] = Field(
        default=(), description="codes of the same column that say no, beside empty, N, NO, 0, F and FALSE"
    )
    rule: Literal["leave out", "protect"] = Field(
        description="`leave out`: nothing of the person passes landing from this source, nor in doubt, where a value is neither "
        "in `values` nor a no; `protect`: a protected identity"
    )
    reference: str = Field(min_length=1, description="where the codes are written down")


class OptOutSettings(Section):
    """How opt-outs are honoured."""

    max_age_days: int | None = Field(
        default=None,
        ge=0,
        description="days after its check at which the national list is too old for uses beyond direct care; none: always",
    )
    reference: str = Field(default="", description="where this limit was agreed")
    most_opted_out: Share = Field(
        default=0.2,
        description="share of the numbers sent above which a first answer of the national check is taken for cut short",
    )
    most_growth: Share = Field(
        default=0.05,
        description="where there was a national list before: how far its share may grow at one check (0.05: 5 points)",
    )
    most_fall: Share = Field(
        default=0.2,
        description="where there was a national list before: the share of the people on it whom one check may take off",
    )
    ended: dict[Literal[OPT_OUTS], Annotated[str, Field(min_length=1)]] = Field(  # type: ignore[valid-type]
        default={},
        description='kinds of list that are kept no longer, each with the reference of who decided it (`"type 1" = "..."`); '
        "a night without a list of a kind that the last one had is refused otherwise",
    )

    @model_validator(mode="after")
    def _agreed(self) -> OptOutSettings:
        if self.max_age_days is not None and not self.reference:
            raise ValueError("max_age_days needs a reference: who agreed it, and where")
        return self
