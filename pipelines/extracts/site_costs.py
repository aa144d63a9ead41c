"""The area's own unit costs: a small file of the project, checked line by line, and what it makes an event cost.

Column              what it says
activity_type       an activity type, as `gp_appointment` or `social_care_service`
team_type           of community contacts, the team's code; empty: every other team
service_component   of care services, the component, as `Home support or domiciliary care`; empty: every other component
unit                event     the whole event
                    day       stays: for each night, one at least
                    week      care services: a week of it, by the days it ran, both counted
                    hour      care services: one planned unit, times the planned units a week
cost_gbp            pounds
price_year          financial year, as `2023-24`
source              where the figure is from, in words

The most specific line counts. Lines that say nothing of an event leave it to the national averages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw

from pipelines.extracts.events import NO_PENCE, days_between
from pipelines.extracts.layout import AS_AT, LINE, TableLayout, code, money, text
from pipelines.extracts.lookups import read_whole
from pipelines.extracts.refusal import refusal
from pipelines.price_years import DEFAULT_PRICE_YEAR, deflator, repriced
from schemas.activity_types import SERVICES

PACKAGE, CONTACT = "social_care_service", "community_contact"
STAYS = ("inpatient_emergency", "inpatient_elective", "inpatient_other", "mental_health_spell")
UNITS_OF = {PACKAGE: ("event", "week", "hour"), **dict.fromkeys(STAYS, ("event", "day"))}
KINDS = frozenset(kind for kinds in SERVICES.values() for kind in kinds)

SITE_COSTS = TableLayout(
    name="costs",
    title="The area's own unit costs",
    full_list=True,
    fields=(
        text("activity_type", "an activity type", required=True),
        code("team_type", "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)"),
        text("service_component", "Service_Component of Client Level Data"),
        text("unit", "event, day, week or hour", required=True),
        money("cost_gbp", "pounds", required=True),
        text("price_year", "financial year, as 2023-24", required=True),
        text("source", "where the figure is from", required=True),
    ),
)


@dataclass(frozen=True)
class SiteCost:
    """One line of the file; `component` in lower case."""

    activity_type: str
    team: str | None
    component: str | None
    unit: str
    pence: int
    price_year: str

    def at(self, year: str) -> int:
        """Its pence at the prices of a financial year."""
        return repriced(self.pence, from_year=self.price_year, to_year=year)


@dataclass(frozen=True)
class Prices:
    """In which year's prices costs are told, and the area's own. Without `reprices`, own prices stay as delivered."""

    year: str = DEFAULT_PRICE_YEAR
    site: tuple[SiteCost, ...] = ()
    reprices: bool = True


# For whoever asks for events and not for what they cost.
AS_DELIVERED = Prices(reprices=False)


def read_site_costs(path: Path) -> tuple[SiteCost, ...]:
    """The lines of the file, those that say least of an event first.

    Raises `CaselinkError` `E-EXTRACT-*` where the file cannot be read, `E-COSTS` with the line and the rule where one is wrong.
    """
    found: dict[tuple[str, str | None, str | None], SiteCost] = {}
    for row in read_whole(path, SITE_COSTS).to_pylist():
        for rule in _broken(row):
            raise refusal("E-COSTS", path.name, f"line {row[LINE]}", rule, cure="see docs/explanation/whole-system-use.md")
        cost = _cost(row)
        key = (cost.activity_type, cost.team, cost.component)
        if key in found:
            raise refusal(
                "E-COSTS", path.name, f"line {row[LINE]}", "says again what an earlier line says", cure="leave one of them"
            )
        found[key] = cost
    return tuple(found[key] for key in sorted(found, key=lambda key: tuple(part or "" for part in key)))


def _cost(row: dict[str, Any]) -> SiteCost:
    component = row["service_component"]
    return SiteCost(
        row["activity_type"], row["team_type"], component.lower() if component else None, row["unit"], row["cost_gbp"],
        row["price_year"],
    )  # fmt: skip


def _broken(row: dict[str, Any]) -> Iterator[str]:
    kind = row["activity_type"]
    if kind not in KINDS:
        yield "the activity type is none of ours"
    if row["team_type"] and kind != CONTACT:
        yield f"a team is known of {CONTACT} only"
    if row["service_component"] and kind != PACKAGE:
        yield f"a component is known of {PACKAGE} only"
    if row["unit"] not in UNITS_OF.get(kind, ("event",)):
        yield f"the unit of this activity type is {' or '.join(UNITS_OF.get(kind, ('event',)))}"
    if row["cost_gbp"] < 0:
        yield "the cost is below nothing"
    if row["price_year"] not in deflator():
        yield f"the price year is none from {min(deflator())} to {max(deflator())}"


def site_cost(prices: Prices) -> nw.Expr:
    """Pence of the whole event by the area's own costs; null where they say nothing of it."""
    answer: nw.Expr = NO_PENCE
    for line in prices.site:
        answer = nw.when(_is_of(line)).then(_whole(line, line.at(prices.year))).otherwise(answer)
    return answer


def site_weekly(prices: Prices) -> nw.Expr:
    """Pence a week of a care service by the area's own costs; null where they say nothing of it, or price the whole event."""
    answer: nw.Expr = NO_PENCE
    for line in prices.site:
        if line.activity_type == PACKAGE:
            answer = nw.when(_is_of(line)).then(_weekly(line, line.at(prices.year))).otherwise(answer)
    return answer


def _is_of(line: SiteCost) -> nw.Expr:
    is_kind = nw.col("activity_type") == line.activity_type
    if line.team is not None:
        return is_kind & (_attribute("team_type") == line.team).fill_null(False)
    if line.component is not None:
        return is_kind & (_attribute("service_component").str.to_lowercase() == line.component).fill_null(False)
    return is_kind


def _weekly(line: SiteCost, pence: int) -> nw.Expr:
    if line.unit == "week":
        return nw.lit(pence).cast(nw.Int64)
    if line.unit == "hour":
        return (_attribute("weekly_units") * pence).round(0).cast(nw.Int64)
    return NO_PENCE


def _whole(line: SiteCost, pence: int) -> nw.Expr:
    days = days_between("start_date", nw.coalesce("end_date", AS_AT))
    if line.unit in ("week", "hour"):
        in_all = 2 * _weekly(line, pence) * (days + 1)  # both days count, as in Client Level Data
        return ((in_all + 7) // 14).cast(nw.Int64)
    nights = nw.max_horizontal(days, nw.lit(1)) if line.unit == "day" else nw.lit(1)
    return (nights * pence).cast(nw.Int64)


def _attribute(name: str) -> nw.Expr:
    return nw.col("attributes").struct.field(name)
