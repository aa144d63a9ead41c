"""Adult social care: packages, reviews, reablement, why support is given, and carers."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.aggregates import amount, count, of_type, some
from stratify.features.events import (
    CARE_HOME_TYPES,
    CARER_CLIENT_TYPES,
    HOME_CARE,
    LONG_TERM,
    LONGEST,
    NEVER,
    NURSING_CARE,
    QUARTER,
    YEAR,
    lasted_into,
    started_within,
)
from stratify.features.feature import Feature, Kind, Value, described

SHORT_TERM, CARER_SUPPORT = "short term support:", "unpaid carer support:"

# Days over which the change of planned hours is told.
HALF_A_YEAR = 180

REVIEWS = ("social_care_assessment", "social_care_review")

# Beginnings of CLD Primary_Support_Reason, lower case; Release 2's own list was not found, these begin Release 1's.
REASONS = {
    "support_reason_physical": ("physical support", "physical support (access, mobility, personal care)"),
    "support_reason_sensory": ("sensory support", "a visual or hearing impairment"),
    "support_reason_memory": ("support with memory", "memory and cognition"),
    "support_reason_learning_disability": ("learning disability", "a learning disability"),
    "support_reason_mental_health": ("mental health", "mental health"),
}


def _low(name: str) -> nw.Expr:
    return attribute(name).str.to_lowercase()


def _carer() -> nw.Expr:
    return _low("client_type").is_in(CARER_CLIENT_TYPES).fill_null(False)


def _own() -> nw.Expr:
    """The person's own packages, not those for her as a carer."""
    return nw.col("package") & ~_carer()


def _open(*types: str) -> nw.Expr:
    return _own() & nw.col("open") & _low("service_type").is_in(types)


def _long_term() -> nw.Expr:
    return _own() & _low("service_type").str.starts_with(LONG_TERM)


def _reablement() -> nw.Expr:
    return _low("service_component") == "reablement"


def _hundredths() -> nw.Expr:
    """Planned units a week, in whole hundredths: their sums never depend on the order of rows. Never below 0."""
    return nw.max_horizontal((attribute("weekly_units") * 100).round(0).cast(nw.Int64), nw.lit(0))


def care_package_open() -> nw.Expr:
    """Whether a long-term support package of the person's own (not as a carer) is open on the index date."""
    return some(_long_term() & nw.col("open"))


def home_care_weekly_units() -> nw.Expr:
    """Planned units a week of open long-term support in the community, added up; as a rule a unit is an hour."""
    return amount(_hundredths(), _open(HOME_CARE) & ~attribute("weekly_units").is_null()).cast(nw.Float64) / 100


def home_care_units_change() -> nw.Expr:
    """Planned units a week of home care on the index date, less those of the packages that ran 180 days before."""
    home_care = _own() & (_low("service_type") == HOME_CARE) & ~attribute("weekly_units").is_null()
    then = home_care & (nw.col("days_since_start") >= HALF_A_YEAR) & (nw.col("days_since_end") < HALF_A_YEAR)
    change = amount(_hundredths(), home_care & nw.col("open")) - amount(_hundredths(), then)
    return change.cast(nw.Float64) / 100


def care_weekly_pence() -> nw.Expr:
    """Weekly cost in pence of the packages open on the index date."""
    return amount(nw.col("weekly_pence"), _own() & nw.col("open") & ~attribute("weekly_cost_pence").is_null())


def nursing_care() -> nw.Expr:
    """Whether long-term support in a nursing home is open on the index date."""
    return some(_open(NURSING_CARE))


def care_home() -> nw.Expr:
    """Whether long-term residential or nursing care is open on the index date."""
    return some(_open(*CARE_HOME_TYPES))


def direct_payment() -> nw.Expr:
    """Whether a package open on the index date is delivered by a direct payment."""
    return some(_own() & nw.col("open") & (_low("delivery_mechanism") == "direct payment"))


def short_term_care_open() -> nw.Expr:
    """Whether short-term support is open on the index date."""
    return some(_own() & nw.col("open") & _low("service_type").str.starts_with(SHORT_TERM))


def new_package_90() -> nw.Expr:
    """Long-term support packages that began in the last 90 days."""
    return count(_long_term() & started_within(QUARTER))


def packages_ended_365() -> nw.Expr:
    """Long-term support packages that ended in the last 365 days."""
    return count(_long_term() & ~nw.col("open") & lasted_into(YEAR))


def care_requests_365() -> nw.Expr:
    """Requests for support in the last 365 days."""
    return count(of_type("social_care_request") & started_within(YEAR))


def care_assessments_365() -> nw.Expr:
    """Assessments by the council in the last 365 days."""
    return count(of_type("social_care_assessment") & started_within(YEAR))


def care_reviews_365() -> nw.Expr:
    """Reviews by the council in the last 365 days."""
    return count(of_type("social_care_review") & started_within(YEAR))


def days_since_care_review() -> nw.Expr:
    """Days from the last review or assessment by the council to the index date; 731 where there was none in two years."""
    return nw.when(of_type(*REVIEWS) & started_within(LONGEST)).then(nw.col("days_since_start")).min()


def review_overdue() -> nw.Expr:
    """Whether a long-term package has been open for more than 365 days and none of them saw a review or an assessment."""
    lasting = some(_long_term() & nw.col("open") & ~started_within(YEAR))
    return lasting & ~some(of_type(*REVIEWS) & started_within(YEAR))


def reablement_open() -> nw.Expr:
    """Whether reablement is running on the index date."""
    return some(nw.col("package") & nw.col("open") & _reablement())


def reablement_365() -> nw.Expr:
    """Reablement packages that ran in the last 365 days."""
    return count(_reablement() & lasted_into(YEAR))


def days_since_reablement() -> nw.Expr:
    """Days from the end of the last reablement to the index date, 0 while it runs; 731 where none ran in two years."""
    return nw.when(nw.col("package") & _reablement() & lasted_into(LONGEST)).then(nw.col("days_since_end")).min()


def is_carer() -> nw.Expr:
    """Whether the council knew the person as an unpaid carer in the last 365 days."""
    return some(_carer() & lasted_into(YEAR))


def has_carer() -> nw.Expr:
    """Whether the council noted in the last 365 days that the person has an unpaid carer."""
    return some(_low("has_unpaid_carer").is_in(("yes", "y", "true", "1")) & lasted_into(YEAR))


def carer_support_365() -> nw.Expr:
    """Services in support of an unpaid carer that ran in the last 365 days, to her or to the person cared for."""
    return count(nw.col("package") & _low("service_type").str.starts_with(CARER_SUPPORT) & lasted_into(YEAR))


def _care(
    function: Callable[[], nw.Expr],
    *needs: str,
    kind: Kind = "flag",
    empty: Value = False,
    group: str = "social_care",
    unit: str = "",
    signed: bool = False,
    modelled: bool = True,
) -> Feature:
    return described(
        function, kind=kind, frame="care", group=group, feeds=("cld",), services=("social_care",), needs=needs, empty=empty,
        unit=unit, signed=signed, modelled=modelled,
    )  # fmt: skip


def _reason(name: str) -> Feature:
    beginning, words = REASONS[name]
    return Feature(
        name=name,
        description=f"Whether an event of the last 365 days names {words} as the primary support reason.",
        kind="flag",
        frame="care",
        group="social_care",
        feeds=("cld",),
        expression=some(_low("primary_support_reason").str.starts_with(beginning) & lasted_into(YEAR)),
        services=("social_care",),
        needs=("primary_support_reason",),
        empty=False,
    )


SOCIAL_CARE: list[Feature] = [
    _care(care_package_open, "service_type"),
    _care(home_care_weekly_units, "weekly_units", kind="number", empty=0.0, unit="units a week"),
    _care(home_care_units_change, "weekly_units", kind="number", empty=0.0, unit="units a week", signed=True),
    _care(care_weekly_pence, "weekly_cost_pence", kind="whole", empty=0, group="cost", unit="pence a week", modelled=False),
    _care(nursing_care, "service_type", group="living situation"),
    _care(care_home, "service_type", group="living situation"),
    _care(direct_payment, "delivery_mechanism"),
    _care(short_term_care_open, "service_type"),
    _care(new_package_90, "service_type", kind="whole", empty=0, unit="packages"),
    _care(packages_ended_365, "service_type", kind="whole", empty=0, unit="packages"),
    _care(care_requests_365, kind="whole", empty=0, unit="requests"),
    _care(care_assessments_365, kind="whole", empty=0, unit="assessments"),
    _care(care_reviews_365, kind="whole", empty=0, unit="reviews"),
    _care(days_since_care_review, kind="whole", empty=NEVER, unit="days"),
    _care(review_overdue, "service_type"),
    _care(reablement_open, "service_component", group="reablement"),
    _care(reablement_365, "service_component", kind="whole", empty=0, group="reablement", unit="packages"),
    _care(days_since_reablement, "service_component", kind="whole", empty=NEVER, group="reablement", unit="days"),
    *map(_reason, REASONS),
    _care(is_carer, "client_type", group="carer"),
    _care(has_carer, "has_unpaid_carer", group="carer"),
    _care(carer_support_365, "service_type", kind="whole", empty=0, group="carer", unit="services"),
]
