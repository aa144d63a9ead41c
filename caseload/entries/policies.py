"""Whether policy allows a step now: reasons, dates and professionals. Who may take it is asked elsewhere (`permissions`)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from caseload.entries.states import ACCEPT, ASSIGN, BEGIN, DEFER, REASONS, REVIEW
from schemas.errors import GovernanceError
from schemas.pseudonymised import TIERS

ENTERED = TIERS[:-1]  # tiers that somebody can be accepted for
LATEST = dt.date(2200, 1, 1)  # no day of a record lies beyond it


@dataclass(frozen=True)
class EntryRules:
    """A project's rules.

    review_months: months from one review to the next, by tier of need. most_deferred_days: how far ahead a decision can be put
    off. read_seconds: a person's page that was open for less than this was not read before the decision.
    """

    review_months: Mapping[str, int] = field(default_factory=lambda: dict(zip(ENTERED, (1, 3, 6), strict=True)))
    most_deferred_days: int = 180
    read_seconds: int = 5


@dataclass(frozen=True)
class Decision:
    """A step that somebody takes.

    last: number of the entry's last event as the user saw it, 0 where it had none; where there is a later one she is told.
    until: the day to which a decision is deferred. due: the next review, where it is not the rule's. note: its number in the
    vault.
    """

    event: str
    reason: str
    last: int
    professional: str = ""
    coordinator: str = ""
    tier: str = ""
    until: dt.date | None = None
    due: dt.date | None = None
    note: int | None = None


def next_review(day: dt.date, months: int) -> dt.date:
    """The same day so many months on; the month's last day where it has none such."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def check_decision(
    decision: Decision, day: dt.date, *, rules: EntryRules, team: str, professionals: Mapping[str, str]
) -> None:  # fmt: skip
    """Refuse what policy does not allow on this day. `professionals`: id to team.

    Raises `GovernanceError` `E-ENTRY-EVENT`, `E-ENTRY-REASON`, `E-ENTRY-DATE`, `E-ENTRY-PROFESSIONAL`, `E-ENTRY-TIER`,
    `E-ENTRY-NOTE`.
    """
    if decision.event not in REASONS:
        raise GovernanceError("E-ENTRY-EVENT", "there is no such step.", cure=f"one of: {', '.join(REASONS)}")
    if decision.reason not in REASONS[decision.event]:
        known = ", ".join(REASONS[decision.event])
        raise GovernanceError("E-ENTRY-REASON", "a step needs a coded reason of its own.", cure=f"one of: {known}")
    _check_dates(decision, day, rules)
    _check_professionals(decision, team, professionals)
    if decision.tier and decision.tier not in ENTERED:
        raise GovernanceError("E-ENTRY-TIER", "there is no such tier to be accepted for.", cure=f"one of: {', '.join(ENTERED)}")
    if decision.note is not None and not 0 < decision.note < 2**31:
        raise GovernanceError("E-ENTRY-NOTE", "a note is named by its number.")


def _check_dates(decision: Decision, day: dt.date, rules: EntryRules) -> None:
    if (decision.until is not None) != (decision.event == DEFER):
        raise GovernanceError("E-ENTRY-DATE", "a deferred decision names its day; no other step does.")
    last = day + dt.timedelta(days=rules.most_deferred_days)
    if decision.until is not None and not day < decision.until <= last:
        raise GovernanceError(
            "E-ENTRY-DATE", f"a decision is deferred to a day from tomorrow to {rules.most_deferred_days} days from now."
        )
    if decision.due is None:
        return
    if decision.event not in (ACCEPT, BEGIN, REVIEW):
        raise GovernanceError("E-ENTRY-DATE", "this step sets no day of a review.")
    if not day < decision.due <= next_review(day, max(rules.review_months.values())):
        raise GovernanceError(
            "E-ENTRY-DATE", "the next review lies after today, and within the longest time that the rules allow."
        )


def _check_professionals(decision: Decision, team: str, professionals: Mapping[str, str]) -> None:
    named = [each for each in (decision.professional, decision.coordinator) if each]
    if any(professionals.get(each) != team for each in named):
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "there is no such professional in this team.")
    if decision.event == ACCEPT and not decision.professional:
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "who accepts a person names her accountable professional.")
    if decision.event == ASSIGN and not named:
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "nobody is named who would take over.")
