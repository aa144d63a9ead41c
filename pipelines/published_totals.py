"""Which published counts add up to which: what anybody who reads the tables may use to work out a withheld one.

Totals are declared generously, also across measures; those that do not hold on the night's raw counts are left out, as whoever
used them would work out something wrong. A measure that is not declared here is checked for itself alone, so a new one belongs
in this list: tests/functional/test_functional_disclosure.py names those that stand alone on purpose. The counts of models are
in `pipelines.model_totals`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from governance.disclosure_check import Relation
from pipelines.extracts.casting import LEFT_OUT
from pipelines.figure_keys import ABOVE, AREA, BELOW, Figure
from pipelines.model_totals import model_totals
from schemas.activity_types import SECTORS

# Measures of which all categories of one breakdown make up the denominator.
WHOLE = {
    ("linkage", "step"), ("people_in_tier", "tier"), ("people", "sector combination"), ("people_by_tier_reason", "tier reason"),
    ("people_known_to_four", "leading"),
}  # fmt: skip
# Measures with a denominator that is the same in every category.
SAME_BELOW = {
    *WHOLE, ("people_using_service", "service"), ("people_using_sector", "sector"), ("national_condition", "national condition"),
}  # fmt: skip
# Measures whose organisations other than `area` make up the area.
LOCAL = {
    "people_in_tier", "people_using_service", "contacts", "cost_pence", "costed_contacts", "national_condition",
    "people_of_rising_risk",
}  # fmt: skip
# The first measure's denominator is the second's numerator, row by row.
BELOW_IS_ABOVE = (
    ("contacts", "people_using_service"), ("cost_pence", "people_using_service"), ("costed_contacts", "contacts"),
    ("contacts", "people"), ("cost_pence", "people"),
    ("nhs_number_validity", "nhs_number_completeness"), ("delayed_days_own_definition", "delayed_people_own_definition"),
)  # fmt: skip
# Two measures with one denominator, row by row.
BELOW_IS_BELOW = (("nhs_number_completeness", "nhs_number_linked"), ("cost_by_source", "contacts_by_cost_source"))
# Measures that count some of what stands below the line; of the others every one below counts at least once above.
PARTS = {
    "linkage", "people_in_tier", "people", "people_using_service", "people_using_sector", "costed_contacts",
    "nhs_number_completeness", "nhs_number_validity", "nhs_number_verified", "nhs_number_linked", "people_without_professional",
    "opted_out", "national_condition", "people_by_tier_reason", "people_excluded", "people_of_rising_risk",
    "people_known_to_four",
}  # fmt: skip
MANY = {"contacts", "delayed_days_own_definition"}
# How linkage decided the records of a group: what makes up what.
LINKED = (
    "records_linked_by_judgement", "records_linked_by_number", "records_linked_by_demographics", "records_linked_by_weight",
    "records_linked_by_local_id",
)  # fmt: skip
DECIDED = ("records_linked", "records_in_review", "records_unlinked")
RECORDS = ("records", *DECIDED, *LINKED, "records_linked_by_number_unseen_name")
NAMED = (", with names", ", without names")
COMBINED_BY = " + "
MANY_SECTORS = 4  # of `people_known_to_four`
NOBODY = "none"  # the combination of those who used no service: people, and no contacts
PRICED_BY = " from "
NO_PRICE = "no_price"
EVERYBODY = "100 %"  # the group of the highest that is everybody


def declared_totals(figures: Iterable[Figure]) -> list[Relation]:
    """Every total that is declared over these figures."""
    known = _Known(figures)
    every = (
        _wholes(known), _same_below(known), _localities(known), _row_by_row(known), _at_most(known), _sectors(known),
        _whole_system(known), _prices(known), _selection(known),
        _linkage(known), _records(known), _opted_out(known), _proposals(known), _tables(known),
        model_totals(known.figures),
    )  # fmt: skip
    return [relation for relations in every for relation in relations]


class _Known:
    """Figures by what a relation asks for."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self.figures = dict.fromkeys(figures)
        self.by_measure: dict[str, list[Figure]] = defaultdict(list)
        for each in self.figures:
            self.by_measure[each.measure].append(each)

    def grouped(self, measure: str, *by: str, side: str = ABOVE) -> dict[tuple[str, ...], list[Figure]]:
        found: dict[tuple[str, ...], list[Figure]] = defaultdict(list)
        for each in self.by_measure[measure]:
            if each.side == side:
                found[tuple(getattr(each, name) for name in by)].append(each)
        return found

    def twins(self, first: str, second: str, first_side: str, second_side: str) -> Iterator[Relation]:
        for each in self.by_measure[first]:
            other = each._replace(measure=second, side=second_side)
            if each.side == first_side and other in self.figures:
                yield Relation(each, (other,))

    def having(self, **wanted: str) -> list[Figure]:
        return [each for each in self.by_measure[wanted["measure"]] if all(getattr(each, n) == v for n, v in wanted.items())]


def _wholes(known: _Known) -> Iterator[Relation]:
    for measure, breakdown in sorted(WHOLE):
        for group in known.grouped(measure, "breakdown", "organisation", "period").values():
            below = group[0]._replace(side=BELOW)
            if group[0].breakdown == breakdown and below in known.figures:
                yield Relation(below, tuple(group))


def _same_below(known: _Known) -> Iterator[Relation]:
    for measure, breakdown in sorted(SAME_BELOW):
        for group in known.grouped(measure, "breakdown", "organisation", "period", side=BELOW).values():
            if group[0].breakdown == breakdown:
                yield from (Relation(group[0], (each,)) for each in group[1:])


def _localities(known: _Known) -> Iterator[Relation]:
    for measure in sorted(LOCAL):
        for side in (ABOVE, BELOW):
            for group in known.grouped(measure, "breakdown", "category", "period", side=side).values():
                area = [each for each in group if each.organisation == AREA]
                parts = tuple(each for each in group if each.organisation != AREA)
                if area and parts:
                    yield Relation(area[0], parts)


def _row_by_row(known: _Known) -> Iterator[Relation]:
    for first, second in BELOW_IS_ABOVE:
        yield from known.twins(first, second, BELOW, ABOVE)
    for first, second in BELOW_IS_BELOW:
        yield from known.twins(first, second, BELOW, BELOW)
    for measure in RECORDS[1:]:
        yield from known.twins(measure, "records", BELOW, ABOVE)


def _at_most(known: _Known) -> Iterator[Relation]:
    for below in (each for each in known.figures if each.side == BELOW):
        above = below._replace(side=ABOVE)
        if above in known.figures:
            if below.measure in PARTS or below.measure in RECORDS:
                yield Relation(below, (above,), at_least=True)
            if below.measure in MANY and below.category != NOBODY:
                yield Relation(above, (below,), at_least=True)


def _sectors(known: _Known) -> Iterator[Relation]:
    """Who used a sector are the people of every combination with it; who used a service used its sector."""
    combined = known.having(measure="people", side=ABOVE)
    users = {each.category: each for each in known.having(measure="people_using_service", organisation=AREA, side=ABOVE)}
    everybody = next(iter(known.having(measure="people", side=BELOW)), None)
    for sector in known.having(measure="people_using_sector", side=ABOVE):
        parts = tuple(each for each in combined if sector.category in each.category.split(COMBINED_BY))
        if parts:
            yield Relation(sector, parts)
        services = [users[service] for service in SECTORS[sector.category] if service in users]
        yield from (Relation(sector, (each,), at_least=len(SECTORS[sector.category]) > 1) for each in services)
        if everybody:
            yield Relation(everybody, (sector._replace(side=BELOW),))
    many = tuple(each for each in combined if each.category.count(COMBINED_BY) >= MANY_SECTORS - 1)
    for known_to_many in known.having(measure="people_known_to_four", side=BELOW)[:1] if many else ():
        yield Relation(known_to_many, many)


def _whole_system(known: _Known) -> Iterator[Relation]:
    """The contacts and the cost of all people: by combination, by service, and of the highest so many percent."""
    for highest, measure in (("contacts_of_highest", "contacts"), ("cost_of_highest", "cost_pence")):
        groups = sorted(known.having(measure=highest, side=ABOVE), key=lambda each: int(each.category.split()[0]))
        yield from (Relation(more, (fewer,), at_least=True) for fewer, more in pairwise(groups))
        whole = [each for each in groups if each.category == EVERYBODY]
        combined = tuple(known.having(measure=measure, breakdown="sector combination", side=ABOVE))
        of_services = known.having(measure=measure, breakdown="service", organisation=AREA, side=ABOVE)
        for all_of_it in whole:
            yield from (Relation(all_of_it, tuple(parts)) for parts in (combined, of_services) if parts)
            below = [each._replace(side=BELOW) for each in known.having(measure="people", side=ABOVE)[:1]]
            yield from (Relation(each, (all_of_it._replace(side=BELOW),)) for each in below)
        for service in of_services if measure == "contacts" else ():  # a transfer costs and is no contact, so not of pence
            alone = service._replace(breakdown="sector combination", category=service.category)
            if alone in known.figures:
                yield Relation(service, (alone,), at_least=True)


def _prices(known: _Known) -> Iterator[Relation]:
    """A service's contacts and cost by the source of the price make up the service's."""
    for parts_of, measure in (("contacts_by_cost_source", "contacts"), ("cost_by_source", "cost_pence")):
        sources: dict[str, list[Figure]] = defaultdict(list)
        for each in known.having(measure=parts_of, side=ABOVE):
            sources[each.category.split(PRICED_BY)[0]].append(each)
        for total in known.having(measure=measure, breakdown="service", organisation=AREA, side=ABOVE):
            parts = sources.get(total.category, [])
            if parts:
                yield Relation(total, tuple(parts))
            priced = tuple(each for each in parts if not each.category.endswith(PRICED_BY + NO_PRICE))
            if priced and measure == "contacts":
                yield Relation(total._replace(measure="costed_contacts"), priced)


def _linkage(known: _Known) -> Iterator[Relation]:
    """The waterfall counts the same records as the figures by source do."""
    for below in known.having(measure="linkage", breakdown="step", side=BELOW):
        source = below.organisation
        for measure, side in (("records", ABOVE), ("nhs_number_linked", BELOW)):
            for each in known.having(measure=measure, breakdown="source", category=source, side=side):
                yield Relation(below, (each,))
    by_source = known.grouped("linkage", "organisation")
    for total in known.having(measure="nhs_number_linked", breakdown="source", side=ABOVE):
        steps = by_source.get((total.category,), [])
        yield Relation(total, tuple(each for each in steps if each.category in ("cross_check", "confirmed_number")))


def _records(known: _Known) -> Iterator[Relation]:
    for measure in RECORDS:
        groups = known.grouped(measure, "breakdown", "period")
        for (breakdown, _), group in groups.items():
            stem, apart = _stem(breakdown)
            yield from _to_all(known, group, apart)
            if not apart:
                for each in group:
                    parts = (each._replace(breakdown=stem + name) for name in NAMED)
                    there = tuple(part for part in parts if part in known.figures)
                    if there:
                        yield Relation(each, there)
    for each in known.having(measure="records_linked", side=ABOVE):
        yield Relation(each, tuple(each._replace(measure=measure) for measure in LINKED))
    for each in known.having(measure="records", side=ABOVE):
        yield Relation(each, tuple(each._replace(measure=measure) for measure in DECIDED))
    for each in known.having(measure="records_linked_by_number", side=ABOVE):
        yield Relation(each, (each._replace(measure="records_linked_by_number_unseen_name"),), at_least=True)


def _stem(breakdown: str) -> tuple[str, str]:
    apart = next((name for name in NAMED if breakdown.endswith(name)), "")
    return breakdown.removesuffix(apart), apart


def _to_all(known: _Known, group: list[Figure], apart: str) -> Iterator[Relation]:
    """All categories of a breakdown make up all records; `names` makes up all records with, and without, names."""
    everybody = group[0]._replace(breakdown=f"all{apart}", category="all")
    if everybody in known.figures and group != [everybody]:
        yield Relation(everybody, tuple(group))
    if group[0].breakdown == "names":
        for each in group:
            same = each._replace(breakdown=f"all, {each.category}", category="all")
            if same in known.figures:
                yield Relation(each, (same,))


def _opted_out(known: _Known) -> Iterator[Relation]:
    """Every breakdown makes up everybody; people of no group or practice have a row of their own."""
    for side in (ABOVE, BELOW):
        groups = known.grouped("opted_out", "breakdown", side=side)
        for everybody in groups.pop(("all",), []):
            yield from (Relation(everybody, tuple(group)) for group in groups.values())


def _proposals(known: _Known) -> Iterator[Relation]:
    """Everybody in case management is proposed to one accountable professional and one coordinator, or is unplaced."""
    for unplaced in known.having(measure="people_without_professional", side=ABOVE):
        everybody = unplaced._replace(side=BELOW)
        selected = known.having(measure="people_in_tier", category="case management", organisation=AREA, side=ABOVE)
        yield from (Relation(everybody, (each,)) for each in selected)
        placed = known.having(measure="proposed_people", breakdown="accountable professional", side=ABOVE)
        if placed:
            yield Relation(everybody, (*placed, unplaced))
        teams = known.having(measure=TEAM, side=ABOVE)
        if teams:
            yield Relation(everybody, (*teams, unplaced))
        for team in teams:
            own = tuple(each for each in placed if each.organisation == team.category)
            if own:
                yield Relation(team, own)


# Of the reasons why somebody is where she is, those of people in no tier; who waits may be in none, too.
IN_NO_TIER = ("beyond", "excluded", "no score", "no locality", "no places")
OF_EVERYBODY = ("national_condition", "people_by_tier_reason", "people_excluded", "people_of_rising_risk")


def _selection(known: _Known) -> Iterator[Relation]:
    """What selection came to is over the same people as the tiers are; a locality's people are proposed to its own teams."""
    for measure in OF_EVERYBODY:
        for each in known.having(measure=measure, side=BELOW):
            yield Relation(each._replace(measure="people_in_tier", breakdown="tier", category="none"), (each,))
    for each in known.having(measure="national_condition", side=ABOVE):
        tier = each._replace(measure="people_in_tier", breakdown="tier")
        if each.category == "supported self-management":
            yield Relation(tier, (each,))
            continue
        yield Relation(tier._replace(category="case management"), (each,), at_least=True)
        here = {} if each.organisation == AREA else {"organisation": each.organisation}
        teams = tuple(known.having(measure=TEAM, side=ABOVE, **here))
        yield from [Relation(each, teams)] if teams else []
        if each.organisation == AREA:
            for unplaced in known.having(measure="people_without_professional", side=ABOVE):
                yield Relation(unplaced._replace(side=BELOW), (each, unplaced))
    reasons = {each.category: each for each in known.having(measure="people_by_tier_reason", side=ABOVE)}
    if all(name in reasons for name in IN_NO_TIER):
        nobody = reasons["excluded"]._replace(measure="people_in_tier", breakdown="tier", category="none")
        outside = tuple(reasons[name] for name in IN_NO_TIER)
        yield Relation(nobody, outside)
        yield Relation(nobody, outside, at_least=True)
        yield Relation(reasons["excluded"], tuple(known.having(measure="people_excluded", side=ABOVE)))


# Tables and lines beside the measures: their counts get keys of the same form.
TEAM, REVIEW, REJECT, FEED_REJECTED, BIN = "proposals by team", "review pairs", "rejects", "feed rejected", "weight bin"


def _tables(known: _Known) -> Iterator[Relation]:
    for total in known.by_measure[FEED_REJECTED]:
        rules = tuple(
            each
            for each in known.by_measure[REJECT]
            if each.organisation == total.organisation and not each.category.endswith(LEFT_OUT)
        )
        if rules:
            yield Relation(total, rules)
    for outcome, measure in (("linked", "records_linked_by_weight"), ("unlinked", "records_unlinked")):
        bins = tuple(known.having(measure=BIN, breakdown=outcome))
        for total in known.having(measure=measure, breakdown="all", category="all", side=ABOVE):
            if bins:
                yield Relation(total, bins, at_least=outcome == "unlinked")


def period_of(row: dict[str, Any]) -> str:
    """A month by its name; other periods end with the night, and mean the same every night: `year` or `day`."""
    start, end = row["period_start"], row["period_end"]
    if start == end:
        return "day"
    return "year" if (end - start).days > 300 else str(start.isoformat()[:7])
