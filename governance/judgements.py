"""The judgement log: what clerks decided of pairs, and which pairs they were shown. Rows are added and never changed.

It lies in the vault's database, as a pair names two people. A night reads the log up to a position that is part of the night's
name, so that a decision made while it runs changes nothing before the next one.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint, func, insert, select

from governance import crosswalk
from governance.append_only import append_only
from governance.stores import VAULT, Store
from schemas.errors import GovernanceError
from schemas.identifiable import Judgement
from schemas.table import Rows

PAIR = ("source", "local_patient_id", "register_id")
SHOWN = pa.schema([(name, pa.string()) for name in ("reference", *PAIR, "model_version")])

# Both came after the vault's first version. They only add to it, so a vault without them is given them when it is opened.
JUDGEMENT = Table(
    "judgement",
    crosswalk.METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("source", String(20), nullable=False),
    Column("local_patient_id", String(200), nullable=False),
    Column("register_id", String(200), nullable=False),
    Column("decision", String(8), nullable=False),
    Column("reviewer", String(80), nullable=False),
    Column("decided_at", String(40), nullable=False),  # ISO 8601, UTC: the same text in every database
    Column("model_version", String(80), nullable=False),
    UniqueConstraint(*PAIR, "reviewer", "decided_at"),
)
# A pair that was shown to a clerk: only such a pair can be judged. Its reference is what her file calls it.
SHOWN_PAIR = Table(
    "shown_pair",
    crosswalk.METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("reference", String(40), nullable=False),
    Column("source", String(20), nullable=False),
    Column("local_patient_id", String(200), nullable=False),
    Column("register_id", String(200), nullable=False),
    Column("model_version", String(80), nullable=False),
    UniqueConstraint("reference", "model_version"),
)
# Why a reviewer at the desk decided so: a code, and the number of her text among the vault's reasons, if she wrote one.
JUDGEMENT_REASON = Table(
    "judgement_reason",
    crosswalk.METADATA,
    Column("judgement", Integer, ForeignKey("judgement.number"), primary_key=True),
    Column("code", String(40), nullable=False),
    Column("reason", Integer),
)
append_only(JUDGEMENT)
append_only(SHOWN_PAIR)
append_only(JUDGEMENT_REASON)


# What becomes of a judgement that is to be recorded.
ADDED, KNOWN, CONTRARY = "added", "known", "contrary"


class Judgements:
    """The log in the vault's database: a path or a URL."""

    def __init__(self, where: str | Path) -> None:
        self._store = Store(where, crosswalk.METADATA, name=VAULT, version=crosswalk.STORE_VERSION)

    def position(self) -> int:
        """The number of the last judgement; 0 where there is none."""
        with self._store.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(JUDGEMENT.c.number), 0))).scalar_one())

    def up_to(self, position: int) -> Rows[Judgement]:
        """The judgements up to this position, in the table's order."""
        query = select(JUDGEMENT).where(JUDGEMENT.c.number <= position)
        with self._store.read() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        for row in rows:
            row["decided_at"] = dt.datetime.fromisoformat(row["decided_at"])
        return Judgement.sort(Judgement.validate(pa.Table.from_pylist(rows, schema=Judgement.arrow_schema())))

    def record(self, judgements: Rows[Judgement]) -> list[str]:
        """Add judgements, all or none, in the order given, and say of each what became of it.

        `added`; `known` where the same pair, reviewer and moment is in the log with this decision, `contrary` where with another:
        neither is added.
        """
        rows = [{**row, "decided_at": _written(row["decided_at"])} for row in judgements.to_pylist()]
        outcomes = []
        with self._store.write() as connection:
            reviewers = sorted({row["reviewer"] for row in rows})
            found = connection.execute(select(JUDGEMENT).where(JUDGEMENT.c.reviewer.in_(reviewers))).mappings()
            said = {_key(row): row["decision"] for row in found}
            for row in rows:
                before = said.get(_key(row))
                if before is None:
                    connection.execute(insert(JUDGEMENT).values(**row))
                    said[_key(row)] = row["decision"]
                outcomes.append(ADDED if before is None else KNOWN if before == row["decision"] else CONTRARY)
        return outcomes

    def decide(self, judgement: Rows[Judgement], code: str, reason: int | None) -> None:
        """Add one judgement with why: a code, and the number of a text in the vault.

        Raises `GovernanceError` `E-REVIEW-JUDGED` where its reviewer has judged the pair before: nobody looks a second time at
        what she has judged.
        """
        (row,) = judgement.to_pylist()
        hers = (JUDGEMENT.c[name] == row[name] for name in (*PAIR, "reviewer"))
        with self._store.write() as connection:
            if connection.execute(select(JUDGEMENT.c.number).where(*hers)).first():
                raise GovernanceError("E-REVIEW-JUDGED", "you have judged this pair.", cure="go on to the next one")
            added = connection.execute(insert(JUDGEMENT).values(**{**row, "decided_at": _written(row["decided_at"])}))
            number = int(added.inserted_primary_key[0])  # type: ignore[index]
            connection.execute(insert(JUDGEMENT_REASON).values(judgement=number, code=code, reason=reason))

    def reasons(self) -> list[dict[str, Any]]:
        """Judgement, code and number of the text of every judgement with a reason, in order."""
        with self._store.read() as connection:
            rows = connection.execute(select(JUDGEMENT_REASON).order_by(JUDGEMENT_REASON.c.judgement)).mappings()
            return [dict(row) for row in rows]

    def show(self, pairs: pa.Table) -> None:
        """Note that these pairs (columns of SHOWN) are shown to a clerk; a pair shown before is not noted again."""
        with self._store.write() as connection:
            known = {(row.reference, row.model_version) for row in connection.execute(select(SHOWN_PAIR))}
            rows = pairs.select(SHOWN.names).to_pylist()
            new = [row for row in rows if (row["reference"], row["model_version"]) not in known]
            if new:
                connection.execute(insert(SHOWN_PAIR), new)

    def shown(self) -> pa.Table:
        """Every pair that a clerk was shown (SHOWN), by reference, with the model that proposed it last."""
        with self._store.read() as connection:
            found = connection.execute(select(SHOWN_PAIR).order_by(SHOWN_PAIR.c.number)).mappings()
            latest = {row["reference"]: {name: row[name] for name in SHOWN.names} for row in found}
        return pa.Table.from_pylist([latest[reference] for reference in sorted(latest)], schema=SHOWN)


def _key(row: Any) -> tuple[str, ...]:
    return tuple(row[name] for name in (*PAIR, "reviewer", "decided_at"))


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
