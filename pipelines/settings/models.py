"""`[models]`: how often a night fits its models anew."""

from __future__ import annotations

from pydantic import Field

from pipelines.settings.section import Section


class ModelSettings(Section):
    """Fitting takes longer than the rest of the analytic night, and a model a few weeks old is as good."""

    refit_days: int = Field(
        default=28,
        ge=0,
        description="days after which a night fits its models anew; until then those of the night before are used. It also does "
        "where code or features have changed, or where the night before fell back. 0: every night",
    )
