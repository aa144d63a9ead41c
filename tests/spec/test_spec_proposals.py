"""The rules of the proposals as pictures: people and staff in, who is whose out.

`rank` 1 is the highest need; `last` is the professional of the last list; `given` is tonight's, with the reason's first
words. All are in case management in locality North, unless a table says otherwise. `state` and `hers` are what humans have
decided; `skills` of a person those she needs, `weight` how many she counts as; `away`: on leave for a month, who covers or `*`;
`usual`: whose she was on the last list while `last` covered.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from caseload.allocate import Beside, propose
from caseload.needs import Need
from caseload.professionals import ACCOUNTABLE, Absence, Professional
from schemas.pseudonymised import OpenEntry, Proposal, PseudonymisedPerson, Selection
from schemas.table import Table

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
    "an open episode stays, before any rank, beyond the list's length, and whatever the tier": (
        """
        staff | practices | capacity
        ann   | A         | 1
        bob   | A         | 1
        """,
        """
        who | rank | practice | tier            | state      | hers | last | given  | why
        p1  | 9    | A        | case management | active     | ann  |      | ann    | an open episode stays
        p2  | 8    | B        | none            | accepted   | ann  | bob  | ann    | an open episode stays
        p3  | 1    | A        | case management |            |      |      | bob    | works with
        p4  | 2    | A        | case management |            |      |      |        | no place: every accountable
        """,
    ),
    "who was declined, deferred or closed is not proposed": (
        """
        staff | practices | capacity
        ann   | A         | 9
        """,
        """
        who | rank | practice | state    | hers | last | given  | why
        p1  | 1    | A        | declined |      | ann  | nobody |
        p2  | 2    | A        | deferred |      | ann  | nobody |
        p3  | 3    | A        | closed   | ann  |      | nobody |
        p4  | 4    | A        | proposed |      | ann  | ann    | has this person already
        """,
    ),
    "skills are hard: who needs one waits for somebody who has it, and keeps no professional without": (
        """
        staff | practices | capacity | skills
        ann   | A         | 2        |
        bob   | B         | 1        | dementia
        """,
        """
        who | rank | practice | skills   | last | given | why
        p1  | 1    | A        |          |      | ann   | works with
        p2  | 2    | A        | dementia | ann  | bob   | the last professional cannot do what this person needs now; works in
        p3  | 3    | A        | dementia |      |       | no place: every accountable professional of this locality with
        p4  | 4    | A        | stroke   |      |       | no place: no accountable professional of this locality has the skills
        """,
    ),
    "the skilled are kept for those who need them, so that most people are placed": (
        """
        staff | practices | capacity | skills
        ann   | A         | 1        | dementia
        bob   | B         | 1        |
        """,
        """
        who | rank | practice | skills   | last | given | why
        p1  | 1    | A        |          |      | bob   | works in this person's locality; nobody who works with the practice
        p2  | 2    | B        | dementia |      | ann   | works in this person's locality; nobody who works with the practice
        """,
    ),
    "a person of weight two takes two places": (
        """
        staff | practices | capacity
        ann   | A         | 3
        bob   | B         | 2
        """,
        """
        who | rank | practice | weight | last | given | why
        p1  | 1    | A        | 2      |      | ann   | works with
        p2  | 2    | A        |        |      | ann   | works with
        p3  | 3    | B        |        |      | bob   | works with
        p4  | 4    | B        | 2      |      |       | no place: nobody has enough room left
        """,
    ),
    "who weighs less may still fit after somebody who did not": (
        """
        staff | practices | capacity
        ann   | A         | 2
        """,
        """
        who | rank | practice | weight | last | given | why
        p1  | 1    | A        |        |      | ann   | works with
        p2  | 2    | A        | 2      |      |       | no place: every accountable professional
        p3  | 3    | A        |        |      | ann   | works with
        """,
    ),
    "while somebody is away a colleague of the team covers, open episodes too; nobody new comes to her": (
        """
        staff | practices | capacity | away | team
        ann   | A         | 9        | bob  | team
        bob   | B         | 2        |      | team
        cat   | A         | 9        |      | other
        """,
        """
        who | rank | practice | state  | hers | last | given | why
        p1  | 1    | A        |        |      | ann  | bob   | covers while this person's own professional is away
        p2  | 2    | A        | active | ann  |      | bob   | covers while this person's own professional is away
        p3  | 3    | A        |        |      | ann  | ann   | has this person already; is away, and nobody of the team
        p4  | 4    | A        |        |      |      | cat   | works with
        """,
    ),
    "and they come back": (
        """
        staff | practices | capacity
        ann   | A         | 2
        bob   | A         | 9
        """,
        """
        who | rank | practice | last | usual | given | why
        p1  | 1    | A        |      |       | bob   | works with
        p2  | 2    | A        | bob  | ann   | ann   | this person's own professional is back
        p3  | 3    | A        | bob  | ann   | ann   | this person's own professional is back
        """,
    ),
    "an open episode ends where its professional has left, or the person has moved away from her": (
        """
        staff | practices | capacity | locality
        ann   | A         | 4        | North
        sue   | B         | 4        | South
        """,
        """
        who | rank | practice | state  | hers | last | given | why
        p1  | 1    | A        | active | zoe  | zoe  | ann   | the last professional no longer works here; works with
        p2  | 2    | A        | active | sue  | sue  | ann   | this person has moved to another locality; works with
        p3  | 3    | B        | active | sue  | sue  | sue   | an open episode stays
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
            "team": row.get("team", "team"),
            "locality": row.get("locality", "North"),
            "practices": row["practices"].split(),
            "skills": row.get("skills", "").split(),
            "capacity": int(row["capacity"]),
        }
        for row in rows_of(picture)
    ]
    return table(Professional, rows)


def table(kind: type[Table], rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=kind.arrow_schema())


def beside(staff: str, rows: list[dict[str, str]]) -> Beside:
    """What humans have decided, who is away, and what people need."""
    month = {"from_date": dt.date(2026, 1, 20), "to_date": dt.date(2026, 2, 20)}
    away = [(row["staff"], row["away"]) for row in rows_of(staff) if row.get("away")]
    return Beside(
        entries=table(
            OpenEntry,
            [
                {
                    "pseudonym": row["who"],
                    "state": row["state"],
                    "accountable_professional_id": row["hers"] or None,
                    "since": dt.date(2026, 1, 1),
                }
                for row in rows
                if row.get("state")
            ],
        ),
        needs=table(
            Need,
            [
                {
                    "pseudonym": row["who"],
                    "weight_tenths": int(row.get("weight") or 1) * 10,
                    "skills": row.get("skills", "").split(),
                }
                for row in rows
            ],
        ),
        absences=table(
            Absence, [{"professional_id": who, "cover": None if cover == "*" else cover, **month} for who, cover in away]
        ),
    )


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
        {
            "pseudonym": row["who"],
            "accountable_professional_id": row["last"],
            "usual_professional_id": row.get("usual") or None,
            "why": "",
            "since": TONIGHT,
        }
        for row in rows
        if row["last"]
    ]
    proposed = propose(
        table(Selection, chosen),
        table(PseudonymisedPerson, people),
        staff_of(staff),
        table(Proposal, last),
        TONIGHT,
        beside=beside(staff, rows),
    ).to_pylist()
    found = {row["pseudonym"]: row for row in proposed}
    given = {
        row["who"]: (found[row["who"]]["accountable_professional_id"] or "") if row["who"] in found else "nobody" for row in rows
    }
    assert given == {row["who"]: row["given"] for row in rows}
    said = {row["who"]: found[row["who"]]["why"] for row in rows if row["who"] in found}
    assert [who for who, words in said.items() if not words.startswith(next(r["why"] for r in rows if r["who"] == who))] == []
