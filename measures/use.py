"""Each person's use of the eight services in the year before the as-at date: the ground of the measures of activity.

The rules of what counts are those of the features of use, said again because this room imports none of the others.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw

from measures.rows import UNKNOWN, year_before
from schemas.activity_types import SERVICES

# ATTENDED OR DID NOT ATTEND CODE: 5 on time, 6 late but seen (NHS Data Dictionary). Without the code it counts as kept.
SEEN = ("5", "6")

# ADMISSION METHOD CODE: 2B is the transfer of somebody already in hospital, 2C a baby born at home as intended.
# Their cost counts, but they are not one more emergency.
NOT_AN_ADMISSION = ("2B", "2C")

# A package of care counts in every year in which it ran, other events in the year in which they begin.
PACKAGE = "social_care_service"


def population(people: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """People alive and registered at `as_at`: pseudonym, and locality (`unknown` where there is none).

    Months of death and of leaving are known by their first day: who died or left in the month of `as_at` is out. A
    start of registration that is not known is taken as past. Records linked to nobody on the register are out: the
    linkage figures count them.
    """
    on_register = nw.col("link_quality").is_null() | (nw.col("link_quality") != "unlinked")
    at, start, end, died = nw.lit(as_at), nw.col("registered_from"), nw.col("registered_to"), nw.col("month_of_death")
    registered = on_register & (start.is_null() | (start <= at)) & (end.is_null() | (end > at))
    return people.filter(registered & (died.is_null() | (died > at))).select("pseudonym", nw.col("locality").fill_null(UNKNOWN))


def use_per_person(people: nw.LazyFrame[Any], activity: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """One row per person of the population: locality and, for each service, `contacts_`, `costed_` and `pence_`.

    `costed_` is the number of those contacts whose cost is known. Everything is 0, never null, where there was no use.
    """
    used = events_of_year(activity, as_at).group_by("pseudonym").agg(*(sums for service in SERVICES for sums in _sums(service)))
    joined = population(people, as_at).join(used, on="pseudonym", how="left")
    return joined.with_columns(nw.col(name).fill_null(0) for name in columns_of_use())


def columns_of_use() -> list[str]:
    """The columns of `use_per_person` after pseudonym and locality."""
    return [f"{kind}_{service}" for service in SERVICES for kind in KINDS]


KINDS = ("contacts", "costed", "pence")


def events_of_year(activity: nw.LazyFrame[Any], as_at: dt.date) -> nw.LazyFrame[Any]:
    """Events of the year: whose, activity type, cost source, `contact` (0 or 1), `pence` (null where the cost is not known)."""
    year = year_before(as_at)
    attributes = nw.col("attributes").struct
    first, end = nw.lit(year.start), nw.col("end_date")
    is_package = nw.col("activity_type") == PACKAGE
    running = is_package & (end.is_null() | (end > first))
    within = (nw.col("start_date") < nw.lit(as_at)) & ((nw.col("start_date") >= first) | running)
    attended, method = attributes.field("attended"), attributes.field("admission_method")
    kept = attended.is_null() | attended.is_in(SEEN)
    admitted = method.is_null() | ~method.is_in(NOT_AN_ADMISSION)
    counts = nw.when(nw.col("activity_type") == "inpatient_emergency").then(admitted).otherwise(kept)
    return activity.filter(within).select(
        "pseudonym",
        "activity_type",
        "cost_source",
        contact=nw.when(counts).then(nw.lit(1)).otherwise(nw.lit(0)),
        pence=_pence(as_at),
    )


def _pence(as_at: dt.date) -> nw.Expr:
    """A package with a weekly price costs what the days cost on which it ran; anything else its whole cost."""
    weekly = nw.col("attributes").struct.field("weekly_cost_pence")
    first, at = nw.lit(year_before(as_at).start), nw.lit(as_at)
    end = nw.min_horizontal(nw.coalesce(nw.col("end_date"), at), at)
    days = (end - nw.max_horizontal(nw.col("start_date"), first)).cast(nw.Int64)
    by_the_week = (nw.col("activity_type") == PACKAGE) & ~weekly.is_null()
    begins = nw.when(nw.col("start_date") >= first).then(nw.col("cost_pence"))
    return nw.when(by_the_week).then(weekly * days // 7).otherwise(begins).cast(nw.Int64)


def _sums(service: str) -> tuple[nw.Expr, nw.Expr, nw.Expr]:
    mine = nw.col("activity_type").is_in(SERVICES[service])
    contact, pence = nw.col("contact"), nw.col("pence")
    costed = nw.when(mine & ~pence.is_null()).then(contact).otherwise(nw.lit(0))
    return (
        nw.when(mine).then(contact).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(f"contacts_{service}"),
        costed.sum().cast(nw.Int64).alias(f"costed_{service}"),
        nw.when(mine).then(nw.coalesce(pence, nw.lit(0))).otherwise(nw.lit(0)).sum().cast(nw.Int64).alias(f"pence_{service}"),
    )
