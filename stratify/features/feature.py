"""What a feature is: a name, words, where it comes from, why it may be used, and one expression."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import narwhals as nw

Kind = Literal["whole", "number", "flag"]
Frame = Literal["person", "use", "snapshot", "index"]
Value = int | float | bool | None

# The one purpose of every feature of this depth. Others are declared beside the feature that needs them.
DIRECT_CARE = "risk stratification for case finding in direct care"


@dataclass(frozen=True)
class Feature:
    """One column of the feature table.

    `expression` is evaluated over `frame`: per row for `person` and `index` (one row a person), as an aggregate over a
    person's rows for `use` and `snapshot`. `services` are those whose events it counts: where none of them sent
    anything it is null, not zero.
    `empty` is its value where the feed arrived and the person is not in it.
    """

    name: str
    description: str
    kind: Kind
    frame: Frame
    group: str
    feeds: tuple[str, ...]
    expression: nw.Expr
    services: tuple[str, ...] = ()
    empty: Value = None
    unit: str = ""
    purpose: str = DIRECT_CARE

    def value(self, available: frozenset[str]) -> nw.Expr:
        """The finished column: empty filled in, null where no feed arrived, of the declared type."""
        if self.services and not available.intersection(self.services):
            return nw.lit(None).cast(DTYPES[self.kind]).alias(self.name)
        column = nw.col(self.name).cast(DTYPES[self.kind])
        return column if self.empty is None else column.fill_null(self.empty)


DTYPES: dict[Kind, nw.dtypes.DType] = {"whole": nw.Int64(), "number": nw.Float64(), "flag": nw.Boolean()}


def described(
    function: Callable[[], nw.Expr],
    *,
    kind: Kind,
    frame: Frame,
    group: str,
    feeds: tuple[str, ...],
    services: tuple[str, ...] = (),
    empty: Value = None,
    unit: str = "",
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
        empty=empty,
        unit=unit,
    )
