"""What an event costs: its own price, else the area's unit cost, else a national average; all in one year's prices.

First choice            cost_source              price year                                    where from
the row's own price     client_level_unit_cost   the financial year in which the event ended   Unit_Cost of Client Level Data
                        sus_final_price          the same; still open: the night's             FINAL_PRICE of SUS and ECDS
the area's unit cost    site_file                as the file says                              `[costs] file`
a national average      reference_cost           as the table says                             `reference/unit_costs.csv`
none of these           null                                                                   cost_pence is null, never 0

Activity type             national average                               known gap
accident_and_emergency    ae_attendance
inpatient_emergency       nel_short_stay to 1 day, nel_long_stay beyond  per finished episode, not per spell
inpatient_elective        day_case (class 2), else elective_inpatient    per finished episode, not per spell
inpatient_other           nel_all                                        as above; births and transfers among them
outpatient                outpatient_attendance                          a press figure of 2016/17, re-priced
community_contact         by team and mechanism, see OF_TEAM             district_nurse_f2f stands for every other team
mental_health_contact     mh_care_contact_all
mental_health_spell       mh_inpatient x days                            per occupied bed day is not verified
gp_appointment, social care, snapshots, delays                           no national figure is shipped: null

Re-pricing is by HM Treasury's GDP deflator (`pipelines/price_years.py`), whole pence, half up; it is done here, once, so that
features, scores and measures all see one year's prices. A weekly price is re-priced as such. Stays that are still open are
costed up to the night.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import narwhals as nw

from pipelines.extracts.events import days_between
from pipelines.extracts.layout import AS_AT
from pipelines.extracts.site_costs import Prices, site_cost, site_weekly
from pipelines.price_years import deflator, first_day, repriced
from schemas.activity_types import ACTIVITY_ATTRIBUTES

REFERENCE = Path(__file__).parent.parent / "reference"
LONG_STAY_DAYS = 2

# Activity type to unit cost; the other types are in `reference_cost`.
ONE_COST: dict[str, str] = {
    "accident_and_emergency": "ae_attendance",
    "inpatient_other": "nel_all",
    "outpatient": "outpatient_attendance",
    "mental_health_contact": "mh_care_contact_all",
}

# SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE) to unit cost. What each code means was seen in one public table only.
OF_TEAM: dict[str, str] = {
    "19": "community_matron_f2f",  # long term conditions case management
    "23": "community_ot_adult",
    "26": "community_physio_adult",
    "51": "intermediate_care_crisis_response",
    "53": "intermediate_care_home_based",
}
EVERY_OTHER_TEAM, BY_TELEPHONE = "district_nurse_f2f", "district_nurse_non_f2f"
TELEPHONE = "02"  # CONSULTATION MECHANISM

# What may go on for years, and so has the night's price while it is open.
LASTING = ("social_care_service", "mental_health_spell", "inpatient_emergency", "inpatient_elective", "inpatient_other")

WEEKLY = "weekly_cost_pence"
OPEN_WEEKLY = "_weekly_pence"


@functools.cache
def unit_costs(year: str) -> Mapping[str, int]:
    """Key to pence at the prices of a financial year."""
    with (REFERENCE / "unit_costs.csv").open(encoding="utf-8", newline="") as lines:
        return {row["key"]: _at(row, year) for row in csv.DictReader(lines)}


def _at(row: Mapping[str, str], year: str) -> int:
    pounds, _, pence = row["cost_gbp"].partition(".")
    return repriced(int(pounds + f"{pence:0<2}"), from_year=row["price_year"].replace("/", "-"), to_year=year)


def with_costs(events: nw.LazyFrame[Any], prices: Prices, *, weekly: bool) -> nw.LazyFrame[Any]:
    """The same rows with `cost_pence`, `cost_source` and `attributes.weekly_cost_pence` as the table above says.

    Needs the columns of Activity and `_as_at`. `weekly`: the source has packages by the week; elsewhere the attributes stay
    as they are.
    """
    own = nw.col("attributes").struct.field(WEEKLY)
    looked_at = events.with_columns(  # step by step, so that nothing is worked out once for each place that uses it
        _unknown=nw.col("cost_pence").is_null() & own.is_null(), _local=site_cost(prices), _national=reference_cost(prices.year),
        _day=price_date(),
    ).with_columns(_before=_index(nw.col("_day")))  # fmt: skip
    unknown, local, national = nw.col("_unknown"), nw.col("_local"), nw.col("_national")
    source = nw.when(unknown & ~national.is_null()).then(nw.lit("reference_cost")).otherwise(nw.col("cost_source"))
    costed = looked_at.with_columns(
        cost_source=nw.when(unknown & ~local.is_null()).then(nw.lit("site_file")).otherwise(source),
        cost_pence=nw.when(unknown).then(nw.coalesce(local, national)).otherwise(_in_prices_of(prices, nw.col("cost_pence"))),
        **({OPEN_WEEKLY: nw.when(unknown).then(site_weekly(prices)).otherwise(_in_prices_of(prices, own))} if weekly else {}),
    )
    return _with_weekly(costed) if weekly else costed


def _with_weekly(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    fields = [nw.col("attributes").struct.field(item.name) for item in ACTIVITY_ATTRIBUTES if item.name != WEEKLY]
    names = [item.name for item in ACTIVITY_ATTRIBUTES if item.name != WEEKLY]
    every = dict(zip(names, fields, strict=True)) | {WEEKLY: nw.col(OPEN_WEEKLY)}
    return events.with_columns(attributes=nw.struct([every[item.name].alias(item.name) for item in ACTIVITY_ATTRIBUTES]))


def _in_prices_of(prices: Prices, pence: nw.Expr) -> nw.Expr:
    """An event's own pence in the prices of `prices.year`, half up; as delivered where own prices are not re-priced."""
    if not prices.reprices:
        return pence
    before, after = nw.col("_before"), deflator()[prices.year]
    return ((2 * after * pence + before) // (2 * before)).cast(nw.Int64)


def price_date() -> nw.Expr:
    """The day of whose year an own price is: the end; while open, the night of what lasts, else the start."""
    lasts = nw.col("activity_type").is_in(LASTING)
    still = nw.when(lasts).then(nw.col(AS_AT)).otherwise(nw.col("start_date"))
    return nw.coalesce(nw.col("end_date"), still)


def _index(day: nw.Expr) -> nw.Expr:
    years = list(deflator().items())
    answer: nw.Expr = nw.lit(years[0][1])
    for year, index in years[1:]:
        answer = nw.when(day >= nw.lit(first_day(year))).then(nw.lit(index)).otherwise(answer)
    return answer.cast(nw.Int64)


def reference_cost(year: str) -> nw.Expr:
    """Pence an event of its type costs on average, at the prices of a financial year; null where no figure is shipped."""
    costs, kind = unit_costs(year), nw.col("activity_type")
    days = days_between("start_date", nw.coalesce("end_date", AS_AT))
    day_case = nw.coalesce(_attribute("patient_classification") == "2", nw.lit(False))
    varying = {
        "inpatient_emergency": _either(days >= LONG_STAY_DAYS, costs["nel_long_stay"], costs["nel_short_stay"]),
        "inpatient_elective": _either(day_case, costs["day_case"], costs["elective_inpatient"]),
        "mental_health_spell": days * costs["mh_inpatient"],
        "community_contact": _community(costs),
    }
    answer = nw.lit(None).cast(nw.Int64)
    for name, cost in {**{name: nw.lit(costs[key]) for name, key in ONE_COST.items()}, **varying}.items():
        answer = nw.when(kind == name).then(cost.cast(nw.Int64)).otherwise(answer)
    return answer


def _community(costs: Mapping[str, int]) -> nw.Expr:
    by_telephone = nw.coalesce(_attribute("contact_medium") == TELEPHONE, nw.lit(False))
    answer = _either(by_telephone, costs[BY_TELEPHONE], costs[EVERY_OTHER_TEAM])
    for team, key in OF_TEAM.items():
        answer = nw.when(_attribute("team_type") == team).then(nw.lit(costs[key])).otherwise(answer)
    return answer


def _attribute(name: str) -> nw.Expr:
    return nw.col("attributes").struct.field(name)


def _either(condition: nw.Expr, one: int, other: int) -> nw.Expr:
    return nw.when(condition).then(nw.lit(one)).otherwise(nw.lit(other))
