"""The door from a pseudonym to a name: one professional, her own people, a purpose, a basis, and an audit row first.

Only `caseload` may import this module (lock 3). The order is the promise: decide; write down every row asked for, the refused
ones too, and commit; only then read. Where nothing can be written down nothing is read, and nothing is kept for a next time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.agreement import Agreements
from governance.access.break_glass import BreakGlass
from governance.access.bulk import Bulk
from governance.access.decision import DECISION, Evidence, Ground, Request, decide, ground_of
from governance.access.guardian import LIMIT_ALERT, GuardianQueue
from governance.access.identity import IDENTITY, SHOWN, IdentitySource
from governance.access.limits import LIMIT, WEEK, Breach, Limits, breaches
from governance.access.past import Past, Pasts, Seen
from governance.access.relationships import RelationshipSource, registrations
from governance.audit import DENIED, Act, Audit
from governance.legal_basis import PurposeEntry
from governance.person_ids import look_up
from schemas.errors import CaselinkError, GovernanceError

ACTION = "reidentify"
UNWRITABLE = "E-AUDIT-STORE"
ANSWER = pa.schema([DECISION.field("pseudonym"), DECISION.field("refusal"), *(IDENTITY.field(name) for name in SHOWN)])
T = TypeVar("T")

__all__ = ["ANSWER", "Door", "Request", "decisions", "reidentify"]


@dataclass(frozen=True)
class Door:
    """Everything the door asks: for one team's domain of pseudonyms and the night served.

    `served`: pairs (team, practice) of today. `grounds`: legal bases on which identities may be shown. `pasts`: of the users, as
    far as the audit log was read; doors of one log may share them.
    """

    audit: Audit
    identities: IdentitySource
    relationships: RelationshipSource
    agreements: Agreements
    purposes: Sequence[PurposeEntry]
    grounds: Sequence[Ground]
    limits: Limits
    queue: GuardianQueue
    break_glass: BreakGlass
    bulk: Bulk
    served: Iterable[tuple[str, str]] = ()
    pasts: Pasts = field(default_factory=Pasts)


def reidentify(request: Request, pseudonyms: Sequence[str], door: Door, *, approval: int | None = None) -> pa.Table:
    """ANSWER rows in the order asked: who each person is, or, with no identity, the code for which she is not shown.

    `approval`: the number of an approved bulk request for these very people; it is used up.

    Raises `GovernanceError`: `E-ACCESS-ROWS` for more people than one request may name, `E-BULK-*`; `E-ACCESS-STORE` where what
    access rests on cannot be read, `E-ACCESS-AUDIT` where the request cannot be written down, `E-ACCESS-VAULT` where the vault
    cannot be read. Each shows nobody.
    """
    decided = _or("E-ACCESS-STORE", "what access rests on cannot be read", lambda: _decide(request, pseudonyms, door))
    decided = _or(
        "E-ACCESS-AUDIT",
        "the request cannot be written down, so nothing is shown",
        lambda: _write_down(request, decided, door, approval=approval),
    )
    allowed = decided["pseudonym"].filter(decided["refusal"].is_null())
    if not len(allowed):
        return _masked(decided, IDENTITY.empty_table())
    return _or("E-ACCESS-VAULT", "the vault cannot be read", lambda: _masked(decided, door.identities.identities(allowed)))


def decisions(request: Request, pseudonyms: Sequence[str], door: Door) -> pa.Table:
    """DECISION rows in the order asked: whether the request may have to do with each person, without showing anybody.

    For an act about a person that shows no name; limits do not count it, and who acts writes it down. Raises `GovernanceError`
    `E-ACCESS-STORE` where what access rests on cannot be read.
    """
    return _or("E-ACCESS-STORE", "what access rests on cannot be read", lambda: _decide(request, pseudonyms, door))


def _decide(request: Request, pseudonyms: Sequence[str], door: Door) -> pa.Table:
    standing = door.identities.standing(list(pseudonyms))
    ties = [
        registrations(standing, door.served),
        door.relationships.of(pseudonyms),
        door.break_glass.relationships(request.actor, request.at, request.day),
    ]
    evidence = Evidence(
        standing=standing,
        relationships=pa.concat_tables(ties),
        purposes=door.purposes,
        grounds=door.grounds,
        agreed=door.agreements.has_accepted(request.actor),
        reviews_overdue=door.break_glass.overdue(request.actor, request.at),
        register_is_old=request.day > door.identities.as_at + dt.timedelta(days=door.limits.register_days),
    )
    return decide(request, pseudonyms, evidence)


def _write_down(request: Request, decided: pa.Table, door: Door, *, approval: int | None) -> pa.Table:
    """The rows as they stand once limits are applied, every one of them in the audit log.

    Limits are asked again of the log that has these rows: another request of the same user may have come in between, and then
    neither counted the other.
    """
    _check_rows(request, decided, door, approval)
    in_hand = [
        Seen(request.at, subject or "", refusal is None)
        for subject, refusal in zip(decided["subject"].to_pylist(), decided["refusal"].to_pylist(), strict=True)
    ]
    before = _history(request, door)
    decided = _within_limits(request, decided, door, before.with_rows(in_hand), approval=approval)
    _append(request, decided, door)
    after = _within_limits(request, decided, door, _history(request, door), approval=approval)
    newly = pc.and_(decided["refusal"].is_null(), after["refusal"].is_valid())
    _append(request, after.filter(newly), door)
    return after


def _check_rows(request: Request, decided: pa.Table, door: Door, approval: int | None) -> None:
    """Use up the approval; without one refuse more people than a request may name, and leave one audit row of it."""
    if approval is not None:
        door.bulk.use(approval, request, decided["pseudonym"].to_pylist())
        return
    people = pc.count_distinct(decided["pseudonym"]).as_py()
    if people > door.limits.most_rows:
        act = Act(request.at, request.actor, ACTION, f"{request.purpose}: {people} people", request.run_id, request.role)
        door.audit.append(dataclasses.replace(act, decision=DENIED))
        raise GovernanceError(
            "E-ACCESS-ROWS",
            f"{people} people in one request; {door.limits.most_rows} are allowed.",
            cure="ask for fewer, or make a bulk request",
        )


def _history(request: Request, door: Door) -> Past:
    """What the user did here, as the audit log has it now."""
    return door.pasts.of(door.audit, request.actor, ACTION, request.at)


def _within_limits(request: Request, decided: pa.Table, door: Door, past: Past, *, approval: int | None) -> pa.Table:
    """The rows with those refused that a limit stops: outside the user's own caseload, and not under an approval."""
    lately = past.people(request.at - WEEK, request.at)
    practices = door.identities.practices(sorted(lately.union(filter(None, decided["subject"].to_pylist()))))
    found = breaches(
        past,
        request.at,
        limits=door.limits,
        practice_of=dict(zip(practices["subject"].to_pylist(), practices["gp_practice_code"].to_pylist(), strict=True)),
        list_sizes=door.identities.list_sizes(),
    )
    for each in found:
        door.queue.add(LIMIT_ALERT, at=request.at, actor=request.actor, role=request.role, about=f"{each.trigger}: {each.bound}")
    if approval is not None:
        return decided
    refusals = decided["refusal"]
    for each in found:
        stopped = pc.and_(pc.and_(refusals.is_null(), pc.invert(decided["own"])), _about(each, decided))
        refusals = pc.if_else(stopped, LIMIT, refusals)
    return decided.set_column(decided.column_names.index("refusal"), "refusal", refusals)


def _about(breach: Breach, decided: pa.Table) -> pa.ChunkedArray:
    if breach.subjects is None:
        return pa.chunked_array([pa.repeat(pa.scalar(True), decided.num_rows)])
    return pc.is_in(decided["subject"], value_set=pa.array(sorted(breach.subjects), pa.string()))


def _append(request: Request, decided: pa.Table, door: Door) -> None:
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
        unwritable = known.code == UNWRITABLE  # the audit's own word for it: to callers there is one code
        failure: CaselinkError = type(known)(code if unwritable else known.code, known.message, cure=known.cure)
    except Exception as trouble:
        failure = GovernanceError(code, f"{message} ({type(trouble).__name__}).", cure="try again; then tell operations")
    raise failure
