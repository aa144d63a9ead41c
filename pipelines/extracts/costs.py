"""A national average where a row says nothing of its cost: `pipelines/reference/unit_costs.csv`, re-priced to one year.

Activity type             unit cost                                      known gap
accident_and_emergency    ae_attendance
inpatient_emergency       nel_short_stay to 1 day, nel_long_stay beyond  per finished episode, not per spell
inpatient_elective        day_case (class 2), else elective_inpatient    per finished episode, not per spell
inpatient_other           nel_all                                        as above; births and transfers among them
outpatient                outpatient_attendance                          a press figure of 2016/17, re-priced
community_contact         district_nurse_f2f                             one profession stands for all
mental_health_contact     mh_care_contact_all
mental_health_spell       mh_inpatient x days                            per occupied bed day is not verified
gp_appointment, social care, snapshots, delays                           no national figure is shipped: null

Stays that are still open are costed up to the night. `cost_source` says `reference_cost` wherever a figure is from here.
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

REFERENCE = Path(__file__).parent.parent / "reference"
PRICE_YEAR = "2024-25"
LONG_STAY_DAYS = 2

# Activity type to unit cost; the other types are in `reference_cost`.
ONE_COST: dict[str, str] = {
    "accident_and_emergency": "ae_attendance",
    "inpatient_other": "nel_all",
    "outpatient": "outpatient_attendance",
    "community_contact": "district_nurse_f2f",
    "mental_health_contact": "mh_care_contact_all",
}


@functools.cache
def unit_costs() -> Mapping[str, int]:
    """Key to pence at PRICE_YEAR's prices (HM Treasury's GDP deflator)."""
    with (REFERENCE / "gdp_deflator.csv").open(encoding="utf-8", newline="") as lines:
        deflator = {row["financial_year"]: float(row["gdp_deflator_2024_25_100"]) for row in csv.DictReader(lines)}
    with (REFERENCE / "unit_costs.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["key"]: round(float(row["cost_gbp"]) * 100 * deflator[PRICE_YEAR] / deflator[row["price_year"].replace("/", "-")])
            for row in csv.DictReader(lines)
        }


def with_reference_costs(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The same rows; where cost_pence is null and there is a figure for the type, that and its source.

    Needs the columns of Activity and `_as_at`.
    """
    average = reference_cost()
    unknown = nw.col("cost_pence").is_null()
    source = nw.when(unknown & ~average.is_null()).then(nw.lit("reference_cost")).otherwise(nw.col("cost_source"))
    return events.with_columns(cost_source=source, cost_pence=nw.coalesce(nw.col("cost_pence"), average))


def reference_cost() -> nw.Expr:
    """Pence an event of its type costs on average; null where no figure is shipped."""
    costs, kind = unit_costs(), nw.col("activity_type")
    days = days_between("start_date", nw.coalesce("end_date", AS_AT))
    day_case = nw.coalesce(nw.col("attributes").struct.field("patient_classification") == "2", nw.lit(False))
    varying = {
        "inpatient_emergency": _either(days >= LONG_STAY_DAYS, costs["nel_long_stay"], costs["nel_short_stay"]),
        "inpatient_elective": _either(day_case, costs["day_case"], costs["elective_inpatient"]),
        "mental_health_spell": days * costs["mh_inpatient"],
    }
    answer = nw.lit(None).cast(nw.Int64)
    for name, cost in {**{name: nw.lit(costs[key]) for name, key in ONE_COST.items()}, **varying}.items():
        answer = nw.when(kind == name).then(cost.cast(nw.Int64)).otherwise(answer)
    return answer


def _either(condition: nw.Expr, one: int, other: int) -> nw.Expr:
    return nw.when(condition).then(nw.lit(one)).otherwise(nw.lit(other))
