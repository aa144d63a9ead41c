"""What ties a person to a professional, a team or a practice, and on which days (governance.md G04).

A relationship holds from its first day up to, but not on, its last: one that ends on the day it began never held. Death ends
none of them: confidentiality continues (G19), and so does what is still open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

REGISTRATION, CASELOAD, EPISODE, REFERRAL, MEETING = "registration", "caseload", "episode", "referral", "meeting"
BREAK_GLASS = "break-glass"
KINDS = {
    REGISTRATION: "the person is registered with the practice, or with one that the team serves",
    CASELOAD: "the person is on the list",
    EPISODE: "a named human accepted the person for case management",
    REFERRAL: "the person was referred",
    MEETING: "the person is on the agenda of a multidisciplinary meeting, for its window",
    BREAK_GLASS: "somebody who has none of these opened the record with a reason, for a short while",
}
STORED = (CASELOAD, EPISODE, REFERRAL, MEETING)  # the register says the first, `break_glass` the last
ACTIVE = (CASELOAD, EPISODE)  # one's own active caseload, where limits alarm and do not refuse

USER, TEAM, PRACTICE = "user", "team", "practice"
HOLDERS = (USER, TEAM, PRACTICE)

RELATIONSHIP = pa.schema(
    [
        ("pseudonym", pa.string()), ("kind", pa.string()), ("holder_kind", pa.string()), ("holder", pa.string()),
        ("valid_from", pa.date32()), ("valid_to", pa.date32()),
    ]
)  # fmt: skip


class RelationshipSource(Protocol):
    """Where the door finds what ties people to a professional, a team or a practice, beside the register."""

    def of(self, pseudonyms: Sequence[str]) -> pa.Table:
        """RELATIONSHIP rows of these people, whatever the day."""
        ...


def valid_on(relationships: pa.Table, day: dt.date) -> pa.Table:
    """The RELATIONSHIP rows that hold on a day: begun by it, and not ended by it. Null as last day: still open."""
    today = pa.scalar(day, pa.date32())
    begun = pc.fill_null(pc.less_equal(relationships["valid_from"], today), False)
    open_still = pc.fill_null(pc.greater(relationships["valid_to"], today), True)
    return relationships.filter(pc.and_(begun, open_still))


def registrations(standing: pa.Table, served: Iterable[tuple[str, str]]) -> pa.Table:
    """RELATIONSHIP rows that the register gives: with the practice itself, and with each team that serves it.

    `standing` has pseudonym, gp_practice_code, registered_from, registered_to (the day on which she left, which does not
    count); `served` are pairs (team, practice). A person without a practice, or who left it, is nobody's by registration. An
    unknown beginning counts as long ago.
    """
    here = standing.filter(pc.is_valid(standing["gp_practice_code"]))
    teams = pa.table({"gp_practice_code": pa.array([], pa.string()), "holder": pa.array([], pa.string())})
    pairs = sorted(set(served))
    if pairs:
        teams = pa.table({"gp_practice_code": [practice for _, practice in pairs], "holder": [team for team, _ in pairs]})
    with_team = here.join(teams, "gp_practice_code", join_type="inner", use_threads=False)
    with_practice = here.append_column("holder", here["gp_practice_code"])
    return pa.concat_tables([_as_registration(with_practice, PRACTICE), _as_registration(with_team, TEAM)])


def _as_registration(rows: pa.Table, holder_kind: str) -> pa.Table:
    def same(text: str) -> Any:
        return pa.repeat(pa.scalar(text), rows.num_rows)

    begun = pc.fill_null(rows["registered_from"], dt.date.min)
    columns = [rows["pseudonym"], same(REGISTRATION), same(holder_kind), rows["holder"], begun, rows["registered_to"]]
    return pa.table(columns, schema=RELATIONSHIP)
