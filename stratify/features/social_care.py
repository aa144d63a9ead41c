"""Adult social care: what is in place on the index date, and carers."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from stratify.features.aggregates import of_service, total
from stratify.features.feature import Feature, Kind, Value, described

CLD = of_service("social_care")


def _any(column: str) -> nw.Expr:
    return nw.when(CLD).then(nw.col(column)).any()


def care_package_open() -> nw.Expr:
    """Whether a long-term support package of the person's own (not as a carer) is open on the index date."""
    return _any("long_term_open")


def home_care_weekly_units() -> nw.Expr:
    """Planned units a week of open long-term support in the community, added up; as a rule a unit is an hour."""
    return total("home_care_hundredths", CLD).cast(nw.Float64) / 100


def care_weekly_pence() -> nw.Expr:
    """Weekly cost in pence of the packages open on the index date."""
    return total("weekly_pence_open", CLD)


def reablement_365() -> nw.Expr:
    """Reablement packages that ran in the last 365 days."""
    return total("reablement_365", CLD)


def care_home() -> nw.Expr:
    """Whether long-term residential or nursing care is open on the index date."""
    return _any("care_home_open")


def is_carer() -> nw.Expr:
    """Whether the council knew the person as an unpaid carer in the last 365 days."""
    return _any("carer_365")


def has_carer() -> nw.Expr:
    """Whether the council noted in the last 365 days that the person has an unpaid carer."""
    return _any("has_carer_365")


def _feature(function: Callable[[], nw.Expr], kind: Kind, empty: Value, *, group: str = "social_care", unit: str = "") -> Feature:
    return described(
        function, kind=kind, frame="use", group=group, feeds=("cld",), services=("social_care",), empty=empty, unit=unit
    )


SOCIAL_CARE: list[Feature] = [
    _feature(care_package_open, "flag", False),
    _feature(home_care_weekly_units, "number", 0.0, unit="units a week"),
    _feature(care_weekly_pence, "whole", 0, group="cost", unit="pence a week"),
    _feature(reablement_365, "whole", 0, unit="packages"),
    _feature(care_home, "flag", False),
    _feature(is_carer, "flag", False, group="carer"),
    _feature(has_carer, "flag", False, group="carer"),
]
