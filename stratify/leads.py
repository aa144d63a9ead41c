"""Who leads somebody's care, as far as the data says: the ground of the flag "known to four services, led by none".

lead                  holds where
social_care           own long-term support is open, and a review of it was held in 12 months
mental_health         a mental health spell in hospital is open
case_management       a contact in 12 months with a team that coordinates: case management of long-term conditions (19), an
                      integrated multidisciplinary team (45), end of life care (14), specialist palliative care (47)

What the data does not say: a care coordinator in community mental health, a named accountable GP, an accepted place on a
caseload, a care home's own plan. Somebody may be led by one of those and not show here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.events import CARER_CLIENT_TYPES, LONG_TERM, PACKAGE, SEEN

YEAR = 365

# SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE). What each code means was seen in one public table only.
COORDINATING_TEAMS: dict[str, str] = {
    "14": "end of life care",
    "19": "case management of long-term conditions",
    "45": "an integrated multidisciplinary team",
    "47": "specialist palliative care",
}

# Lead, in words where it is there, and where it is not. In the order in which reasons tell of them.
LEADS: dict[str, tuple[str, str]] = {
    "social_care": ("long-term support reviewed in 12 months", "no open long-term support reviewed in 12 months"),
    "mental_health": ("in a mental health hospital", "not in a mental health hospital"),
    "case_management": (
        "seen in 12 months by a team that coordinates care",
        "not seen in 12 months by a case management, multidisciplinary or palliative care team",
    ),
}

# The sector whose feed tells of each lead.
TOLD_BY = {"social_care": "social_care", "mental_health": "mental_health", "case_management": "community"}


def leads(activity: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """Each person's leads on the day before `as_at`: (pseudonym, lead), each once, in no order."""
    at, start, end = nw.lit(as_at), nw.col("start_date"), nw.col("end_date")
    carer = attribute("client_type").str.to_lowercase().is_in(CARER_CLIENT_TYPES).fill_null(False)
    known = activity.filter(start < at).with_columns(
        open=end.is_null() | (end >= at),
        lately=start >= nw.lit(as_at - dt.timedelta(days=YEAR)),
        own=~carer,
    )
    reviewed = known.filter((nw.col("activity_type") == "social_care_review") & nw.col("lately") & nw.col("own"))
    supported = known.filter((nw.col("activity_type") == PACKAGE) & nw.col("open") & nw.col("own") & _is_long_term())
    led = {
        "social_care": supported.join(reviewed.select("pseudonym").unique(), on="pseudonym", how="semi"),
        "mental_health": known.filter((nw.col("activity_type") == "mental_health_spell") & nw.col("open")),
        "case_management": known.filter((nw.col("activity_type") == "community_contact") & nw.col("lately") & _coordinates()),
    }
    return nw.concat([frame.select("pseudonym", lead=nw.lit(lead)).unique() for lead, frame in led.items()])


def _is_long_term() -> nw.Expr:
    return attribute("service_type").str.to_lowercase().str.starts_with(LONG_TERM).fill_null(False)


def _coordinates() -> nw.Expr:
    kept = attribute("attended").is_null() | attribute("attended").is_in(SEEN)
    return kept & attribute("team_type").is_in(sorted(COORDINATING_TEAMS)).fill_null(False)
