"""The door from a pseudonym to a name: one professional, her own people, a purpose, a basis, and an audit row first.

Only `caseload` may import this module (lock 3). The order is the promise: decide; write down every row asked for, the refused
ones too, and commit; only then read. Where nothing can be written down nothing is read, and nothing is kept for a next time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.exc import SQLAlchemyError

from governance.access.agreement import Agreements
from governance.access.decision import DECISION, Evidence, Ground, Request, decide, ground_of
from governance.access.identity import IDENTITY, SHOWN, IdentitySource
from governance.access.relationship_store import Relationships
from governance.access.relationships import registrations
from governance.audit import DENIED, Act, Audit
from governance.legal_basis import PurposeEntry
from governance.person_ids import look_up
from schemas.errors import CaselinkError, GovernanceError

ACTION = "reidentify"
ANSWER = pa.schema([DECISION.field("pseudonym"), DECISION.field("refusal"), *(IDENTITY.field(name) for name in SHOWN)])
T = TypeVar("T")


@dataclass(frozen=True)
class Door:
    """Everything the door asks: for one team's domain of pseudonyms and the night served.

    `served`: pairs (team, practice) of today. `grounds`: legal bases on which identities may be shown.
    """

    audit: Audit
    identities: IdentitySource
    relationships: Relationships
    agreements: Agreements
    purposes: Sequence[PurposeEntry]
    grounds: Sequence[Ground]
    served: Iterable[tuple[str, str]] = ()


def reidentify(request: Request, pseudonyms: Sequence[str], door: Door) -> pa.Table:
    """ANSWER rows in the order asked: who each person is, or, with no identity, the code for which she is not shown.

    Raises `GovernanceError` `E-ACCESS-AUDIT` where the request cannot be written down, `E-ACCESS-VAULT` where the vault cannot
    be read; both show nothing.
    """
    decided = _or("E-ACCESS-STORE", "what access rests on cannot be read", lambda: _decide(request, pseudonyms, door))
    _or("E-ACCESS-AUDIT", "the request cannot be written down, so nothing is shown", lambda: _write_down(request, decided, door))
    allowed = decided["pseudonym"].filter(decided["refusal"].is_null())
    if not len(allowed):
        return _masked(decided, IDENTITY.empty_table())
    shown = _or("E-ACCESS-VAULT", "the vault cannot be read", lambda: door.identities.identities(allowed))
    return _masked(decided, shown)


def _decide(request: Request, pseudonyms: Sequence[str], door: Door) -> pa.Table:
    standing = door.identities.standing(list(pseudonyms))
    ties = [registrations(standing, door.served), door.relationships.of(pseudonyms)]
    evidence = Evidence(
        standing=standing,
        relationships=pa.concat_tables(ties),
        purposes=door.purposes,
        grounds=door.grounds,
        agreed=door.agreements.has_accepted(request.actor),
    )
    return decide(request, pseudonyms, evidence)


def _write_down(request: Request, decided: pa.Table, door: Door) -> None:
    """A row for each person asked for, refused ones first; one without a subject for each pseudonym that is nobody's."""
    ground = ground_of(request, door.grounds)
    act = Act(
        at=request.at, actor=request.actor, role=request.role, action=ACTION, purpose=request.purpose, run_id=request.run_id,
        basis=ground.reference if ground else "",
    )  # fmt: skip
    for code in sorted(pc.unique(decided["refusal"]).to_pylist(), key=lambda each: each is None):
        mask = decided["refusal"].is_null() if code is None else pc.fill_null(pc.equal(decided["refusal"], code), False)
        subjects = pc.fill_null(decided["subject"].filter(mask), "").to_pylist()
        refused = dataclasses.replace(act, decision=DENIED, purpose=f"{request.purpose}: refused {code}")
        door.audit.append(refused if code else act, subjects)


def _masked(decided: pa.Table, identities: pa.Table) -> pa.Table:
    """The rows as asked, with identities beside those that may be shown and nothing beside the others."""
    columns = [look_up(decided["pseudonym"], identities["pseudonym"], identities[name]) for name in SHOWN]
    return pa.table([decided["pseudonym"], decided["refusal"], *columns], schema=ANSWER)


def _or(code: str, message: str, work: Callable[[], T]) -> T:
    """What `work` gives, or a coded refusal; raised outside the `except` block, as what went wrong may hold a value."""
    try:
        return work()
    except CaselinkError as known:
        failure: CaselinkError = type(known)(known.code, known.message, cure=known.cure)
    except (SQLAlchemyError, OSError, pa.ArrowException) as trouble:
        failure = GovernanceError(code, f"{message} ({type(trouble).__name__}).", cure="try again; then tell operations")
    raise failure


__all__ = ["ANSWER", "Door", "Request", "reidentify"]
