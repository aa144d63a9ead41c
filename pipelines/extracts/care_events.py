"""Client Level Data to care events with an end and a cost, as the Department's own code reads them.

Rule (DataS-DHSC/ASC-CLD-LA-Dashboard @9bee728)            how it is done
Event_Reference does not identify an event                  council, person, type, start, (end if no service), client type,
                                                            route, assessment type, service type, component do
the same event comes every quarter                          the latest delivery counts, with its cost
only services may be open-ended                             others without an end end on the day they start
an open service that is missing from the next period        ended with the last period it was in
nothing outlives the person                                 ends are cropped at death
weekly cost = abs(unit cost) x frequency                    weekly 1, fortnightly 1/2, 4-weekly 1/4, monthly 12/52,
                                                            quarterly 4/52, annual 1/52; one-off once; any other unit
                                                            x planned units per week
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import days_between, earlier
from pipelines.extracts.layout import AS_AT, LOCAL_ID, PERIOD
from pipelines.extracts.people import latest

IDENTITY = (
    "LA_Code", LOCAL_ID, "Event_Type", "Event_Start_Date", "_identity_end", "Client_Type", "Request_Route_of_Access",
    "Assessment_Type", "Service_Type", "Service_Component",
)  # fmt: skip

# Beginnings of Cost_Frequency_Unit_Type (lower case) and the share of one unit that falls on a week.
WEEKLY_SHARE: dict[str, float] = {
    r"^(per )?week": 1.0,
    r"^(per )?fortnight": 1 / 2,
    r"^(4|four)[ -]?week": 1 / 4,
    r"^(per )?(calendar )?month": 12 / 52,
    r"^(per )?quarter": 4 / 52,
    r"^(per )?(annual|year)": 1 / 52,
}
ONE_OFF = r"^one[ -]?off"


def care_events(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Each event once, with `_end`, `_weekly` (pence a week; services that recur) and `_cost` (pence in all, up to the night)."""
    is_service = nw.col("Event_Type") == "Service"
    dated = rows.with_columns(
        _until=nw.coalesce("Reporting_Period_End_Date", PERIOD),
        _identity_end=nw.when(~is_service).then(nw.col("Event_End_Date")),
    )
    events = latest(dated, *IDENTITY)
    closed = _closed(events, dated)
    return _costed(_cropped(closed, rows))


def _closed(events: nw.LazyFrame[Any], rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    last_period = rows.group_by("LA_Code").agg(_last=nw.col("_until").max())
    joined = events.join(last_period, on="LA_Code", how="left")
    missing = nw.col("_until") < nw.col("_last")
    of_service = nw.when(missing).then(nw.col("_until"))
    end = nw.when(nw.col("Event_Type") == "Service").then(of_service).otherwise(nw.col("Event_Start_Date"))
    return joined.with_columns(_end=nw.coalesce(nw.col("Event_End_Date"), end))


def _cropped(events: nw.LazyFrame[Any], rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    deaths = rows.group_by(LOCAL_ID).agg(_died=nw.col("Date_of_Death").max())
    joined = events.join(deaths, on=LOCAL_ID, how="left")
    cropped = earlier(nw.col("_end"), nw.col("_died"))
    start = nw.col("Event_Start_Date")
    return joined.with_columns(_end=nw.when(cropped < start).then(start).otherwise(cropped))


def _costed(events: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    service = nw.col("Event_Type") == "Service"
    unit = nw.col("Unit_Cost").abs()
    frequency = nw.col("Cost_Frequency_Unit_Type").str.to_lowercase()
    one_off = nw.coalesce(frequency.str.contains(ONE_OFF), nw.lit(False))
    weekly = _pence(unit.cast(nw.Float64) * nw.col("Planned_units_per_week"))
    for beginning, share in WEEKLY_SHARE.items():
        weekly = nw.when(frequency.str.contains(beginning)).then(_pence(unit.cast(nw.Float64) * share)).otherwise(weekly)
    costed = events.with_columns(_weekly=nw.when(service & ~one_off).then(weekly))
    last_day = earlier(nw.col("_end"), nw.col(AS_AT))
    days = days_between("Event_Start_Date", last_day) + 1  # both days count
    in_all = nw.when(one_off).then(unit).otherwise(_pence(nw.col("_weekly").cast(nw.Float64) * days.cast(nw.Float64) / 7.0))
    return costed.with_columns(_cost=nw.when(service & (days > 0)).then(in_all))


def _pence(amount: nw.Expr) -> nw.Expr:
    return amount.round(0).cast(nw.Int64)
