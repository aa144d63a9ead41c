"""The rules of the proposals as pictures: people and staff in, who is whose out.

`rank` 1 is the highest need; `last` is the professional of the last list; `given` is tonight's, with the reason's first
words. All are in case management in locality North, unless a table says otherwise.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from caseload.allocate import propose
from caseload.professionals import ACCOUNTABLE, Professional
from schemas.pseudonymised import Proposal, PseudonymisedPerson, Selection

TONIGHT = dt.date(2026, 1, 31)

RULES = {
    "who has a professional keeps her; the rest go by priority; who finds no place is told why": (
        """
        staff | practices | capacity
        ann   | A         | 2
        """,
        """
        who | rank | practice | last | given | why
        p1  | 3    | A        | ann  | ann   | has this person already; works with this person's practice
        p2  | 2    | A        |      |       | no place: every accountable professional
        p3  | 1    | B        |      | ann   | works in this person's locality; nobody there
        """,
    ),
    "the practice comes before an even share": (
        """
        staff | practices | capacity
        ann   | A         | 4
        bob   | B         | 4
        """,
        """
        who | rank | practice | last | given | why
        p1  | 1    | A        |      | ann   | works with
        p2  | 2    | A        |      | ann   | works with
        p3  | 3    | A        |      | ann   | works with
        p4  | 4    | B        |      | bob   | works with
        """,
    ),
    "among lists alike for the practice, the emptier for its length fills first": (
        """
        staff | practices | capacity
        ann   | A         | 4
        bob   | A         | 2
        """,
        """
        who | rank | practice | last | given | why
        p1  | 1    | A        |      | ann   | works with
        p2  | 2    | A        |      | bob   | works with
        p3  | 3    | A        |      | ann   | works with
        """,
    ),
    "a professional who left, or works elsewhere, is replaced": (
        """
        staff | practices | capacity | locality
        ann   | A         | 4        | North
        bob   | A         | 4        | South
        """,
        """
        who | rank | practice | last | given | why
        p1  | 1    | A        | zoe  | ann   | the last professional no longer works here; works with
        p2  | 2    | A        | bob  | ann   | this person has moved to another locality; works with
        """,
    ),
    "without a practice in common she still keeps her professional": (
        """
        staff | practices | capacity
        ann   | A         | 1
        bob   | B         | 1
        """,
        """
        who | rank | practice | last | given | why
        p1  | 1    | A        | bob  | bob   | has this person already; works in this person's locality
        p2  | 2    | B        | ann  | ann   | has this person already; works in this person's locality
        """,
    ),
    "only case management is proposed, and only the living": (
        """
        staff | practices | capacity
        ann   | A         | 9
        """,
        """
        who | rank | practice | tier            | died       | last | given  | why
        p1  | 1    | A        | case management |            |      | ann    | works with
        p2  | 2    | A        | care navigation |            | ann  | nobody |
        p3  | 3    | A        | case management | 2026-01-01 | ann  | nobody |
        """,
    ),
}


def rows_of(picture: str) -> list[dict[str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in picture.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def staff_of(picture: str) -> pa.Table:
    rows = [
        {
            "professional_id": row["staff"],
            "role": ACCOUNTABLE,
            "team": "team",
            "locality": row.get("locality", "North"),
            "practices": row["practices"].split(),
            "capacity": int(row["capacity"]),
        }
        for row in rows_of(picture)
    ]
    return pa.Table.from_pylist(rows, schema=Professional.arrow_schema())


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_proposals(rule: str) -> None:
    staff, drawn = RULES[rule]
    rows = rows_of(drawn)
    people = [
        {
            "pseudonym": row["who"],
            "locality": "North",
            "gp_practice_code": row["practice"],
            "month_of_death": dt.date.fromisoformat(row["died"]) if row.get("died") else None,
        }
        for row in rows
    ]
    chosen = [
        {
            "pseudonym": row["who"],
            "locality": "North",
            "rank": int(row["rank"]),
            "tier": row.get("tier", "case management"),
            "why": "need",
        }
        for row in rows
    ]
    last = [
        {"pseudonym": row["who"], "accountable_professional_id": row["last"], "why": "", "since": TONIGHT}
        for row in rows
        if row["last"]
    ]
    proposed = propose(
        pa.Table.from_pylist(chosen, schema=Selection.arrow_schema()),
        pa.Table.from_pylist(people, schema=PseudonymisedPerson.arrow_schema()),
        staff_of(staff),
        pa.Table.from_pylist(last, schema=Proposal.arrow_schema()),
        TONIGHT,
    ).to_pylist()
    found = {row["pseudonym"]: row for row in proposed}
    given = {
        row["who"]: (found[row["who"]]["accountable_professional_id"] or "") if row["who"] in found else "nobody" for row in rows
    }
    assert given == {row["who"]: row["given"] for row in rows}
    assert all(found[row["who"]]["why"].startswith(row["why"]) for row in rows if row["who"] in found)
