"""`[disclosure]`: under which policy counts are published."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from governance.policies import POLICIES, Policy, policy_named
from pipelines.settings.section import Section

NAMES = tuple(policy.name for policy in POLICIES)


class Disclosure(Section):
    """Small numbers: the policy for every count that is published, and who says that it is the right one."""

    policy: Literal[NAMES] = Field(  # type: ignore[valid-type]
        default="nhse-hes", description="`nhse-hes`, `opensafely` or `ons10`; see docs/reference/disclosure.md"
    )
    least_values: int = Field(
        default=3, ge=2, description="whole numbers that a withheld count must still be able to be, given all that is published"
    )
    evidence: str = Field(
        default="", description="where it is written that this policy is right for this project; empty: nobody has said so yet"
    )

    def missing_evidence(self) -> tuple[str, ...]:
        """A warning for a project of real people in which nobody has said that the policy is right."""
        return (
            () if self.evidence else (f"nobody has written down why the disclosure policy {self.policy} is right for this area.",)
        )

    def chosen(self) -> Policy:
        """The policy, with the project's own least number of values."""
        from dataclasses import replace

        return replace(policy_named(self.policy), least_values=self.least_values)
