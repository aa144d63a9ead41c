"""The kinds of facts that events tell: `KINDS` is the whole list, in the order in which a person's facts are told.

To add one, write its line here and its words in `stratify/reasons/wording.py`; a kind without words fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from stratify.admissions import INPATIENT_TYPES, attribute
from stratify.features.events import CARE_HOME_TYPES, CARER_CLIENT_TYPES, HOME_CARE, LONG_TERM, PACKAGE, YEAR
from stratify.reasons.categories import MENTAL_HEALTH, ORDINARY

# `counted`: events that began within 12 months. `measured`: days of 12 months, whenever the event began. `lasting`: what is open
# on the day. `ended`: what ended within 12 months.
Manner = Literal["counted", "measured", "lasting", "ended"]

# External causes of falls, ICD-10 W00 to W19, wherever among an event's codes.
FALL = r"[\[ ]W[01][0-9]"


@dataclass(frozen=True)
class Kind:
    """One kind of fact. `which` tells its events among those of `known_of_listed`; `amount` is summed over them.

    `groups`: the group of features it belongs to, the first of them that the model has.
    """

    name: str
    manner: Manner
    feed: str
    groups: tuple[str, ...]
    which: nw.Expr
    amount: nw.Expr | None = None
    category: str = ORDINARY


def totals(kind: Kind) -> dict[str, nw.Expr]:
    """Aggregates of one kind over a person's events, under names that begin with the kind's.

    `times`, `first`, `last` of what counts tonight; `earlier`: the last time before the year of a counted kind; `news`: times
    that the look before did not know of; `then`: what lasted at the look before. `amount` and `amount_then` in hundredths.
    """
    which, start, end = kind.which.fill_null(False), nw.col("start_date"), nw.col("end_date")
    counts = which & _within(kind.manner)
    then = which & nw.col("open_before")
    found = {
        "times": _count(counts),
        "first": nw.when(counts).then(end if kind.manner == "ended" else start).min(),
        "last": nw.when(counts).then(end if kind.manner == "ended" else start).max(),
        "earlier": nw.when(which & ~nw.col("in_year")).then(start).max(),
        "news": _count(counts & (nw.col("open_before") if kind.manner == "ended" else ~nw.col("heard_before"))),
        "then": _count(then),
    }
    if kind.amount is not None:
        hundredths = (kind.amount * 100).round(0).cast(nw.Int64)  # whole, so that sums never depend on order
        found["amount"] = nw.when(counts).then(hundredths).sum().cast(nw.Int64)
        found["amount_then"] = nw.when(then).then(hundredths).sum().cast(nw.Int64)
    return {f"{kind.name}_{name}": value for name, value in found.items()}


def aggregated(known: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per person with a known event: every kind's totals, and `last_contact`. One pass over the events."""
    every = {name: value for kind in KINDS for name, value in totals(kind).items()}
    contact = nw.when(nw.col("kept") & (nw.col("activity_type") != "gp_snapshot")).then(nw.col("start_date")).max()
    return known.group_by("pseudonym").agg(**every, last_contact=contact)


def _within(manner: Manner) -> nw.Expr:
    if manner == "ended":
        return ~nw.col("open") & (nw.col("days_since_end") <= YEAR)
    if manner == "measured":
        return nw.col("days_in_year") > 0
    return nw.col("in_year") if manner == "counted" else nw.col("open")


def _count(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def _is(*types: str) -> nw.Expr:
    return nw.col("activity_type").is_in(types)


def _low(name: str) -> nw.Expr:
    return attribute(name).str.to_lowercase()


OWN_PACKAGE = _is(PACKAGE) & ~_low("client_type").is_in(CARER_CLIENT_TYPES).fill_null(False)
REABLEMENT = _is(PACKAGE) & (_low("service_component") == "reablement")
LONG_TERM_PACKAGE = OWN_PACKAGE & _low("service_type").str.starts_with(LONG_TERM)
IN_A_HOME = LONG_TERM_PACKAGE & _low("service_type").is_in(CARE_HOME_TYPES)
AT_HOME = LONG_TERM_PACKAGE & (_low("service_type") == HOME_CARE)
HAS_CARER = _is(*(f"social_care_{each}" for each in ("request", "assessment", "service", "review"))) & _low(
    "has_unpaid_carer"
).is_in(("yes", "y", "true", "1"))
IS_CARER = _low("client_type").is_in(CARER_CLIENT_TYPES)

KINDS: list[Kind] = [
    Kind("in_hospital", "lasting", "sus_apc", ("time in hospital",), _is(*INPATIENT_TYPES)),
    Kind("emergency_admissions", "counted", "sus_apc", ("emergency_inpatient",), nw.col("emergency")),
    Kind(
        "falls", "counted", "sus_apc", ("falls", "emergency_inpatient"),
        _is(*INPATIENT_TYPES) & nw.col("codes").cast(nw.String).str.to_uppercase().str.contains(FALL),
    ),
    Kind("nights", "measured", "sus_apc", ("time in hospital",), _is(*INPATIENT_TYPES), nw.col("days_in_year")),
    Kind("delays", "measured", "sus_apc", ("delayed discharge",), _is("delayed_discharge"), nw.col("days_in_year")),
    Kind("planned_admissions", "counted", "sus_apc", ("planned_inpatient",), _is("inpatient_elective", "inpatient_other")),
    Kind("attendances", "counted", "ecds", ("accident_and_emergency",), _is("accident_and_emergency") & nw.col("kept")),
    Kind("outpatient", "counted", "sus_op", ("outpatient",), _is("outpatient") & nw.col("kept")),
    Kind("missed", "counted", "sus_op", ("missed appointments", "outpatient"), _is("outpatient") & ~nw.col("kept")),
    Kind("care_home", "lasting", "cld", ("living situation", "social_care"), IN_A_HOME),
    Kind("home_care", "lasting", "cld", ("social_care",), AT_HOME, attribute("weekly_units").fill_null(0)),
    Kind("other_support", "lasting", "cld", ("social_care",), LONG_TERM_PACKAGE & ~_low("service_type").is_in(
        (*CARE_HOME_TYPES, HOME_CARE))),
    Kind("reablement", "lasting", "cld", ("reablement", "social_care"), REABLEMENT),
    Kind("reablement_ended", "ended", "cld", ("reablement", "social_care"), REABLEMENT),
    Kind("requests", "counted", "cld", ("social_care",), _is("social_care_request")),
    Kind("council_reviews", "counted", "cld", ("social_care",), _is("social_care_assessment", "social_care_review")),
    Kind("is_carer", "counted", "cld", ("carer",), IS_CARER),
    Kind("has_carer", "counted", "cld", ("carer",), HAS_CARER),
    Kind("community", "counted", "csds", ("community",), _is("community_contact") & nw.col("kept")),
    Kind("gp_appointments", "counted", "gp", ("primary_care",), _is("gp_appointment") & nw.col("kept")),
    Kind("mental_health_ward", "lasting", "mhsds", ("mental_health",), _is("mental_health_spell"), category=MENTAL_HEALTH),
    Kind(
        "mental_health", "counted", "mhsds", ("mental_health",), _is("mental_health_contact") & nw.col("kept"),
        category=MENTAL_HEALTH,
    ),
]  # fmt: skip
