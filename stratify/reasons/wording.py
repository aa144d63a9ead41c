"""The words of facts that events tell: for a professional, and as a sentence for the person herself. All of them are here.

A kind of `stratify/reasons/kinds.py` without words here fails a test. Plain sentences are short and name no code and no jargon.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stratify.reasons.dates_in_words import month_in_words, on_day
from stratify.words import plural

Forms = tuple[str, str]


class Words(NamedTuple):
    """One fact in words."""

    words: str
    plain: str


@dataclass(frozen=True)
class Seen:
    """What was seen of one kind of fact. `earlier`: the last time before the year, where there was none within it."""

    as_at: dt.date
    times: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    earlier: dt.date | None = None
    amount: float = 0.0


Saying = Callable[[Seen], Words | None]


def how_often(times: int) -> str:
    """`once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(times, f"{times:,} times")


def counted(noun: Forms, you: str, *, long_ago: bool = False) -> Saying:
    """`2 emergency admissions since March, the last on 12 November`; `you`: what happened, as a clause.

    `long_ago`: whether it is told too that there was none in 12 months and one before.
    """

    def saying(seen: Seen) -> Words | None:
        if seen.first is None or seen.last is None:
            return _long_ago(seen, noun[0], you) if long_ago else None
        last = on_day(seen.last, seen.as_at)
        if seen.times == 1:
            return Words(f"1 {noun[0]}, {last}", f"{_capital(last)} {you}.")
        first_month, last_month = (month_in_words(day, seen.as_at) for day in (seen.first, seen.last))
        if first_month == last_month:
            said = f"in {first_month}"
            return Words(f"{plural(seen.times, noun)} {said}", f"{_capital(said)} {you} {how_often(seen.times)}.")
        return Words(
            f"{plural(seen.times, noun)} since {first_month}, the last {last}",
            f"Since {first_month} {you} {how_often(seen.times)}, the last time {last}.",
        )

    return saying


def _long_ago(seen: Seen, noun: str, you: str) -> Words | None:
    if seen.earlier is None:
        return None
    when = on_day(seen.earlier, seen.as_at)
    return Words(f"no {noun} in 12 months, the last {when}", f"{_capital(when)} {you}.")


def days_of_a_year(noun: Forms, you: str) -> Saying:
    """`23 nights in hospital in 12 months`."""

    def saying(seen: Seen) -> Words | None:
        if seen.amount < 1:
            return None
        return Words(f"{plural(seen.amount, noun)} in 12 months", f"{you} {plural(seen.amount, noun)} in the last 12 months.")

    return saying


def lasting(what: str, you: str, *, to_the_day: bool = False) -> Saying:
    """`in a care home since May 2025`; to the day where a day matters."""

    def saying(seen: Seen) -> Words | None:
        if seen.first is None:
            return None
        month, day = month_in_words(seen.first, seen.as_at), on_day(seen.first, seen.as_at)
        since = f"since {day.removeprefix('on ').removeprefix('in ') if to_the_day else month}"
        return Words(f"{what} {since}", f"{you} {since}.")

    return saying


def home_care(seen: Seen) -> Words | None:
    """`home care since June, 14 hours a week`: planned units, which as a rule are hours."""
    if seen.first is None:
        return None
    since = f"since {month_in_words(seen.first, seen.as_at)}"
    hours = f", {hours_a_week(seen.amount)}" if seen.amount else ""
    return Words(f"home care {since}{hours}", f"You have had home care {since}{hours}.")


def hours_a_week(hours: float) -> str:
    """`14 hours a week`, `1 hour a week`, `10.5 hours a week`."""
    return f"{hours:g} {'hour' if hours == 1 else 'hours'} a week"


def ended(what: str, plain: str) -> Saying:
    """`reablement ended on 3 October`."""

    def saying(seen: Seen) -> Words | None:
        if seen.last is None:
            return None
        when = on_day(seen.last, seen.as_at)
        return Words(f"{what} ended {when}", f"{plain} ended {when}.")

    return saying


def plainly(words: str, plain: str) -> Saying:
    """Words without a date: what is or is not so."""
    return lambda seen: Words(words, plain) if seen.times else None


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


SAYINGS: dict[str, Saying] = {
    "in_hospital": lasting("in hospital", "You have been in hospital", to_the_day=True),
    "emergency_admissions": counted(
        ("emergency admission", "emergency admissions"), "you were admitted to hospital as an emergency", long_ago=True
    ),
    "falls": counted(("admission with a fall", "admissions with a fall"), "you were in hospital after a fall", long_ago=True),
    "nights": days_of_a_year(("night in hospital", "nights in hospital"), "You spent"),
    "delays": days_of_a_year(
        ("day waiting to leave hospital", "days waiting to leave hospital"), "When you were well enough, you spent"
    ),
    "planned_admissions": counted(("planned admission", "planned admissions"), "you had a planned stay in hospital"),
    "attendances": counted(("A&E attendance", "A&E attendances"), "you went to A&E", long_ago=True),
    "outpatient": counted(("outpatient appointment", "outpatient appointments"), "you were at a hospital clinic"),
    "missed": counted(("missed outpatient appointment", "missed outpatient appointments"), "you missed a hospital appointment"),
    "care_home": lasting("in a care home", "You have lived in a care home"),
    "home_care": home_care,
    "other_support": lasting("other long-term support from the council", "You have had support from the council"),
    "reablement": lasting("reablement", "You have had help to get back on your feet", to_the_day=True),
    "reablement_ended": ended("reablement", "Your help to get back on your feet"),
    "requests": counted(
        ("request to the council for support", "requests to the council for support"), "the council was asked to support you"
    ),
    "council_reviews": counted(
        ("assessment or review by the council", "assessments or reviews by the council"),
        "the council looked at the support you need",
    ),
    "is_carer": plainly("is an unpaid carer", "You look after somebody without being paid."),
    "has_carer": plainly("has an unpaid carer", "Somebody looks after you without being paid."),
    "community": counted(("community health contact", "community health contacts"), "a community health team saw you"),
    "gp_appointments": counted(("GP appointment", "GP appointments"), "you had an appointment at your GP practice"),
    "mental_health_ward": lasting("on a mental health ward", "You have been on a mental health ward", to_the_day=True),
    "mental_health": counted(("mental health contact", "mental health contacts"), "a mental health team saw you", long_ago=True),
}
