"""What a feature is: a name, words, where it comes from, why it may be used, and one expression."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

from schemas.activity_types import SERVICES
from schemas.purposes import RISK_STRATIFICATION
from stratify.features.lags import OLDEST_DAYS

Kind = Literal["whole", "number", "flag"]
Frame = Literal[
    "person", "use", "stay", "readmission", "care", "living", "provider", "diagnosis", "snapshot", "index", "feed"
]  # fmt: skip
Value = int | float | bool | None

# How a snapshot copes with a late feed, by what the feature is made of.
EVENTS_COPE = "events of the days it had not spoken of do not count, and what was open before them counts as open still"
COPES: dict[Frame, str] = {
    "person": "read as the night knows it; no earlier state is kept",
    "snapshot": "the latest extract known that day",
    "index": "stays that it had not told of as ended do not count",
    "diagnosis": "stays that it had not told of as ended do not count",
    "readmission": "stays that it had not told of as ended do not count",
    "feed": "says itself whether the feed is later than that",
}


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    `expression` is evaluated over `frame`: per row for `person`, `index` and `feed`, as an aggregate over a person's rows
    for the others (`stratify/features/frames.py`). `services` are those whose events it counts: where none of them sent
    anything it is null, not zero; so it is where no event of theirs carries one of the attributes it `needs` (a column that
    `fields.csv` does not let in). `empty` is its value where the feed arrived and the person is not in it.
    `signed`: it may be below zero. `modelled`: whether a model may read it.
    """

    name: str
    description: str
    kind: Kind
    frame: Frame
    group: str
    feeds: tuple[str, ...]
    expression: nw.Expr
    services: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    empty: Value = None
    unit: str = ""
    purpose: str = RISK_STRATIFICATION
    modelled: bool = True
    signed: bool = False

    @property
    def lag(self) -> str:
        """How late its feeds may be before they count as missing, and how a snapshot copes until then."""
        days = ", ".join(f"{feed} {OLDEST_DAYS[feed]} days" for feed in self.feeds)
        return f"{days}: {COPES.get(self.frame, EVENTS_COPE)}"

    def value(self, available: frozenset[str]) -> nw.Expr:
        """The finished column: empty filled in, null where no feed arrived, of the declared type.

        `available` as `available_services` gives it.
        """
        if not self._is_there(available):
            return nw.lit(None).cast(DTYPES[self.kind]).alias(self.name)
        column = nw.col(self.name).cast(DTYPES[self.kind])
        return column if self.empty is None else column.fill_null(self.empty)

    def _is_there(self, available: frozenset[str]) -> bool:
        there = [service for service in self.services if service in available]
        if self.services and not there:
            return False
        types = [kind for service in there for kind in SERVICES.get(service, (service,))]
        return all(any(carried(kind, name) in available for kind in types) for name in self.needs)


def carried(activity_type: str, attribute: str) -> str:
    """How `available_services` says that events of a type carry an attribute."""
    return f"{activity_type}.{attribute}"


DTYPES: dict[Kind, nw.dtypes.DType] = {"whole": nw.Int64(), "number": nw.Float64(), "flag": nw.Boolean()}


def described(
    function: Callable[[], nw.Expr],
    *,
    kind: Kind,
    frame: Frame,
    group: str,
    feeds: tuple[str, ...],
    services: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    empty: Value = None,
    unit: str = "",
    modelled: bool = True,
    signed: bool = False,
) -> Feature:
    """The feature that `function` is: its name is the column's, its docstring the published description."""
    return Feature(
        name=function.__name__,
        description=" ".join((inspect.getdoc(function) or "").split()),
        kind=kind,
        frame=frame,
        group=group,
        feeds=feeds,
        expression=function(),
        services=services,
        needs=needs,
        empty=empty,
        unit=unit,
        modelled=modelled,
        signed=signed,
    )
