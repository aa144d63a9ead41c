"""May this professional see who this is? Answered for many rows at once.

A row is shown where all of these hold, and else is refused for the first that does not:

    E-ACCESS-ROLE          the role sees identities for this purpose
    E-ACCESS-AGREEMENT     the user accepted the agreement that is current
    E-ACCESS-REVIEW        none of her break-glass openings waits for a review past its day
    E-ACCESS-PURPOSE       the purpose is declared, signed off, and not past its review
    E-ACCESS-BASIS         a legal basis for the purpose holds today
    E-ACCESS-RELATIONSHIP  a relationship that opens identity to the role holds today

The first five are the same for every row of a request. The last is all that differs, and it says no more of somebody else's
patient than of nobody: who is not there, who is another team's, and who is protected are answered alike. Where the register of
the night served is too old to say whose patient anybody is today, nobody is tied by registration, and `E-ACCESS-REGISTER` stands
in its place, for all of them alike again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.accounts import account
from governance.access.relationships import ACTIVE, PRACTICE, REGISTRATION, TEAM, USER, valid_on
from governance.access.roles import can, find_role
from governance.legal_basis import PurposeEntry

LONDON = ZoneInfo("Europe/London")

ROLE, AGREEMENT, REVIEW = "E-ACCESS-ROLE", "E-ACCESS-AGREEMENT", "E-ACCESS-REVIEW"
PURPOSE, BASIS, RELATIONSHIP = "E-ACCESS-PURPOSE", "E-ACCESS-BASIS", "E-ACCESS-RELATIONSHIP"
REGISTER = "E-ACCESS-REGISTER"
REASONS = {
    ROLE: "the role sees no identities for this purpose",
    AGREEMENT: "the current user agreement is not accepted",
    REVIEW: "a break-glass opening waits for its review past its day",
    PURPOSE: "the purpose is not declared, not signed off, or past its review",
    BASIS: "no legal basis for the purpose holds today",
    RELATIONSHIP: "there is no such person, or no relationship that opens her identity today",
    REGISTER: "the same, and the register of the night served is too old to say who is registered today",
}

DECISION = pa.schema([("pseudonym", pa.string()), ("subject", pa.string()), ("refusal", pa.string()), ("own", pa.bool_())])


@dataclass(frozen=True)
class Request:
    """Who asks, as what and what for, and when (`at` with a zone). `team` and `practice` are hers; `run_id` the night served.

    `actor` is kept as `account` writes it.
    """

    actor: str
    role: str
    purpose: str
    at: dt.datetime
    team: str = ""
    practice: str = ""
    run_id: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "actor", account(self.actor))

    @property
    def day(self) -> dt.date:
        """The day in London: relationships, purposes and bases count days."""
        return self.at.astimezone(LONDON).date()


class Ground(Protocol):
    """A legal basis on which identities may be shown for a purpose; its first and its last day count."""

    @property
    def purpose(self) -> str: ...  # noqa: D102
    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def valid_from(self) -> dt.date: ...  # noqa: D102
    @property
    def valid_to(self) -> dt.date: ...  # noqa: D102


@dataclass(frozen=True)
class Evidence:
    """What the decision rests on.

    standing: pseudonym, subject (her pseudonym in the audit's domain), protected; of those asked for that are there.
    relationships: RELATIONSHIP rows, registrations among them. `agreed`: the current agreement is accepted. `reviews_overdue`:
    how many of the user's break-glass openings are past their review. `register_is_old`: registrations no longer count.
    """

    standing: pa.Table
    relationships: pa.Table
    purposes: Sequence[PurposeEntry]
    grounds: Sequence[Ground]
    agreed: bool = False
    reviews_overdue: int = 0
    register_is_old: bool = False


def decide(request: Request, pseudonyms: Any, evidence: Evidence) -> pa.Table:
    """DECISION rows in the order asked: refusal null where the person may be shown; subject null where there is nobody.

    `own`: she is on the user's own active caseload.
    """
    asked = pa.chunked_array([pa.array(pseudonyms, pa.string())])
    standing = evidence.standing
    place = pc.index_in(asked, value_set=_values(standing["pseudonym"]))
    held = _held(valid_on(evidence.relationships, request.day), request)
    if evidence.register_is_old:
        held = held.filter(pc.not_equal(held["kind"], REGISTRATION))
    opening = _matching(held, find_role(request.role).opens)
    tied = held.filter(pc.equal(held["kind"], REGISTRATION))
    protected = pc.fill_null(standing["protected"].take(place), False)
    related = pc.and_(place.is_valid(), _among(asked, opening))
    related = pc.and_(related, pc.or_(pc.invert(protected), _among(asked, tied)))
    refusal = request_refusal(request, evidence)
    unrelated = REGISTER if evidence.register_is_old else RELATIONSHIP
    refusals = pc.if_else(related, None, unrelated) if refusal is None else _same(refusal, len(asked))
    own = pc.and_(refusals.is_null(), _among(asked, opening.filter(pc.is_in(opening["kind"], value_set=pa.array(ACTIVE)))))
    return pa.table([asked, standing["subject"].take(place), refusals, own], names=DECISION.names).cast(DECISION)


def request_refusal(request: Request, evidence: Evidence) -> str | None:
    """The code for which every row of the request is refused; None where it depends on the row."""
    role = find_role(request.role)
    if not can(request.role, "identity") or request.purpose not in role.purposes:
        return ROLE
    if not evidence.agreed:
        return AGREEMENT
    if evidence.reviews_overdue:
        return REVIEW
    declared = [each for each in evidence.purposes if each.id == request.purpose]
    if not any(each.signed_off_on <= request.day <= each.review_by for each in declared):
        return PURPOSE
    return BASIS if ground_of(request, evidence.grounds) is None else None


def ground_of(request: Request, grounds: Sequence[Ground]) -> Ground | None:
    """The basis that holds for the request's purpose on its day: the one that ends last; None where none does."""
    holding = [each for each in grounds if each.purpose == request.purpose and each.valid_from <= request.day <= each.valid_to]
    return max(holding, key=lambda each: (each.valid_to, each.reference), default=None)


def _held(relationships: pa.Table, request: Request) -> pa.Table:
    """Rows whose holder is the user, her team or her practice; an empty name holds nothing."""
    names = {USER: request.actor, TEAM: request.team, PRACTICE: request.practice}
    holders = {(kind, name) for kind, name in names.items() if name}
    return _matching(relationships, holders, ("holder_kind", "holder"))


def _matching(rows: pa.Table, pairs: Any, columns: tuple[str, str] = ("kind", "holder_kind")) -> pa.Table:
    """Rows whose two columns are one of the pairs."""
    first, second = columns
    mask = _same(False, rows.num_rows)
    for one, other in sorted(pairs):
        mask = pc.or_(mask, pc.and_(pc.equal(rows[first], one), pc.equal(rows[second], other)))
    return rows.filter(mask)


def _among(asked: Any, rows: pa.Table) -> Any:
    return pc.is_in(asked, value_set=_values(rows["pseudonym"]))


def _values(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _same(value: Any, count: int) -> Any:
    return pa.chunked_array([pa.repeat(pa.scalar(value), count)])
