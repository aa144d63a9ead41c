"""Whether policy allows a step now: reasons, dates and professionals. Who may take it is asked elsewhere (`permissions`)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from caseload.entries.states import ACCEPT, ASSIGN, BEGIN, DEFER, REASONS, REVIEW
from schemas.errors import GovernanceError
from schemas.pseudonymised import TIERS

ENTERED = TIERS[:-1]  # tiers that somebody can be accepted for
LONGEST_BACK, LONGEST_AHEAD = 366, 732  # days from today of anything that is recorded or planned: our own choice


@dataclass(frozen=True)
class EntryRules:
    """A project's rules.

    review_months: months from one review to the next, by tier of need. most_deferred_days: how far ahead a decision can be put
    off. read_seconds: a person's page that was open for less than this was not read before the decision. most_meeting_days: for
    how many days those invited to a meeting may see its people.
    """

    review_months: Mapping[str, int] = field(default_factory=lambda: dict(zip(ENTERED, (1, 3, 6), strict=True)))
    most_deferred_days: int = 180
    read_seconds: int = 5
    most_meeting_days: int = 14


@dataclass(frozen=True)
class Ward:
    """A virtual ward: whose it is, and how many people it can have at once."""

    team: str
    beds: int


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
    _check_days(decision, day, rules)
    _check_responsible(decision, team, professionals)
    if decision.tier and decision.tier not in ENTERED:
        raise GovernanceError("E-ENTRY-TIER", "there is no such tier to be accepted for.", cure=f"one of: {', '.join(ENTERED)}")
    check_note(decision.note)


def check_note(note: int | None) -> None:
    """Refuse (`E-ENTRY-NOTE`) what is no number of a note."""
    if note is not None and not 0 < note < 2**31:
        raise GovernanceError("E-ENTRY-NOTE", "a note is named by its number.")


def check_professionals(named: Iterable[str], team: str, professionals: Mapping[str, str]) -> None:
    """Refuse (`E-ENTRY-PROFESSIONAL`) somebody who is no professional of the team; an empty name is nobody."""
    if any(professionals.get(each) != team for each in named if each):
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "there is no such professional in this team.")


def check_dates(day: dt.date, given: Iterable[dt.date | None], *, to_come: Iterable[dt.date | None]) -> None:
    """Refuse (`E-ENTRY-DATE`) days that are not in the order given, lie far from this one, or should be to come and are past."""
    days = [each for each in given if each is not None]
    far = any(not -LONGEST_BACK <= (each - day).days <= LONGEST_AHEAD for each in days)
    if days != sorted(days) or far or any(each < day for each in to_come if each is not None):
        raise GovernanceError(
            "E-ENTRY-DATE",
            f"days are in no order, are past, or lie over {LONGEST_BACK} days back or over {LONGEST_AHEAD} ahead.",
        )


def check_window(of_meeting: bool, window: tuple[dt.date | None, dt.date | None], day: dt.date, rules: EntryRules) -> None:
    """Refuse (`E-ENTRY-DATE`) a meeting's window that is open for too long, and anything else that begins after today."""
    first, last = window
    if of_meeting and first and last and (last - first).days >= rules.most_meeting_days:
        raise GovernanceError("E-ENTRY-DATE", f"a meeting's window is of at most {rules.most_meeting_days} days.")
    if not of_meeting and first and first > day:
        raise GovernanceError("E-ENTRY-DATE", "what is to come has not begun.")


def _check_days(decision: Decision, day: dt.date, rules: EntryRules) -> None:
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
        raise GovernanceError("E-ENTRY-DATE", "the next review lies after today, within the longest time that the rules allow.")


def _check_responsible(decision: Decision, team: str, professionals: Mapping[str, str]) -> None:
    named = [each for each in (decision.professional, decision.coordinator) if each]
    check_professionals(named, team, professionals)
    if decision.event == ACCEPT and not decision.professional:
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "who accepts a person names her accountable professional.")
    if decision.event == ASSIGN and not named:
        raise GovernanceError("E-ENTRY-PROFESSIONAL", "nobody is named who would take over.")
