"""Which sources may be read tonight, and why not the others: the legal-basis register against the day (governance.md G01, G02).

A source is covered for a purpose by an entry that names both, holds on the day, and has the table in its scope. Nothing is
assumed: no entry, an expired entry or a table out of scope, and the source is not read.

    entries for source and purpose       day             table            covered
    -----------------------------------  --------------  ---------------  --------------------
    none                                 any             any              no: E-BASIS-MISSING
    all begin later                      before them     any              no: E-BASIS-NOT-YET
    none holds today                     after one       any              no: E-BASIS-EXPIRED
    some hold today                      within          in none's scope  no: E-BASIS-SCOPE
    some hold today                      within          in one's scope   yes
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from schemas.errors import GovernanceError

SOON = dt.timedelta(days=30)  # before its end a basis is called to mind

HOLDS, ENDS_SOON, NOT_YET, EXPIRED = "holds", "ends soon", "not yet", "expired"


class BasisEntry(Protocol):
    """An entry of the register, as the project's configuration declares it."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def purpose(self) -> str: ...  # noqa: D102
    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def tables(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def valid_from(self) -> dt.date: ...  # noqa: D102
    @property
    def valid_to(self) -> dt.date: ...  # noqa: D102


class PurposeEntry(Protocol):
    """A purpose, as the project's configuration declares it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def signed_off_on(self) -> dt.date: ...  # noqa: D102
    @property
    def review_by(self) -> dt.date: ...  # noqa: D102


def check_purposes(purposes: Sequence[PurposeEntry], needed: Iterable[str], as_at: dt.date) -> None:
    """Refuse a night whose purposes are not declared, not signed off yet, or past their review.

    Raises the first of `purpose_troubles`.
    """
    for trouble in purpose_troubles(purposes, needed, as_at).values():
        raise trouble


def purpose_troubles(purposes: Sequence[PurposeEntry], needed: Iterable[str], as_at: dt.date) -> dict[str, GovernanceError]:
    """Purpose to what keeps it from holding on this day, for those that do not hold.

    `GovernanceError` `E-PURPOSE-MISSING`, `E-PURPOSE-NOT-YET`, `E-PURPOSE-OVERDUE`, each naming the purpose.
    """
    declared = {each.id: each for each in purposes}
    found = {name: _trouble(name, declared.get(name), as_at) for name in needed}
    return {name: trouble for name, trouble in found.items() if trouble is not None}


def _trouble(name: str, purpose: PurposeEntry | None, as_at: dt.date) -> GovernanceError | None:
    if purpose is None:
        return GovernanceError("E-PURPOSE-MISSING", f"no [[purpose]] {name} is declared.", cure="declare it, signed off")
    if as_at < purpose.signed_off_on:
        return GovernanceError(
            "E-PURPOSE-NOT-YET",
            f"the purpose {name} is not signed off yet on {as_at.isoformat()}.",
            cure="have the Guardian sign it off, or give a later date",
        )
    if as_at > purpose.review_by:
        return GovernanceError(
            "E-PURPOSE-OVERDUE",
            f"the purpose {name} was to be reviewed by {purpose.review_by.isoformat()}.",
            cure="have the Guardian review it, and write the new dates down",
        )
    return None


def uncovered(
    bases: Sequence[BasisEntry], source: str, tables: Iterable[str], purposes: Iterable[str], as_at: dt.date
) -> GovernanceError | None:
    """Why a source with files of these tables may not be used for all of these purposes on this day; None where it may."""
    for purpose in purposes:
        entries = [each for each in bases if (each.source, each.purpose) == (source, purpose)]
        holding = [each for each in entries if state_of(each, as_at) in (HOLDS, ENDS_SOON)]
        if not holding:
            return _none_holds(source, purpose, entries, as_at)
        outside = sorted(set(tables) - {table for each in holding for table in each.tables})
        if outside:
            return GovernanceError(
                "E-BASIS-SCOPE",
                f"{source}: the table {outside[0]} is outside the scope of {holding[0].reference} for {purpose}.",
                cure="take its files out of the inbox, or have the basis amended",
            )
    return None


def _none_holds(source: str, purpose: str, entries: list[BasisEntry], as_at: dt.date) -> GovernanceError:
    if not entries:
        cure = "write its [[basis]] down, or take its files out of the inbox"
        return GovernanceError("E-BASIS-MISSING", f"{source}: there is no legal basis for {purpose}.", cure=cure)
    ended = [each for each in entries if each.valid_to < as_at]
    if ended:
        last = max(ended, key=lambda each: (each.valid_to, each.reference))
        return GovernanceError(
            "E-BASIS-EXPIRED",
            f"{source}: {last.reference} for {purpose} ended on {last.valid_to.isoformat()}.",
            cure="renew it and write the new entry down",
        )
    first = min(entries, key=lambda each: (each.valid_from, each.reference))
    return GovernanceError(
        "E-BASIS-NOT-YET",
        f"{source}: {first.reference} for {purpose} begins on {first.valid_from.isoformat()}.",
        cure="take its files out of the inbox until then, or write down what holds today",
    )


def state_of(basis: BasisEntry, as_at: dt.date) -> str:
    """`holds`, `ends soon` (within 30 days), `not yet` or `expired`; the first and the last day count."""
    if as_at < basis.valid_from:
        return NOT_YET
    if as_at > basis.valid_to:
        return EXPIRED
    return ENDS_SOON if basis.valid_to - as_at <= SOON else HOLDS
