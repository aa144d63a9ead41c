"""Small drawn nights: people, their tier and rank, and the professionals of a locality."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from caseload.professionals import ACCOUNTABLE, Professional
from schemas.pseudonymised import Proposal, PseudonymisedPerson, Selection

TONIGHT = dt.date(2026, 1, 31)


class Area:
    """Tables written as short rows."""

    tonight = TONIGHT

    @staticmethod
    def people(*rows: dict[str, Any]) -> pa.Table:
        return pa.Table.from_pylist(list(rows), schema=PseudonymisedPerson.arrow_schema())

    @staticmethod
    def selection(*rows: dict[str, Any]) -> pa.Table:
        told = [{"tier": "case management", "why": "high need", **row} for row in rows]
        return pa.Table.from_pylist(told, schema=Selection.arrow_schema())

    @staticmethod
    def staff(*rows: dict[str, Any]) -> pa.Table:
        told = [{"role": ACCOUNTABLE, "team": "north-team", "locality": "North", "capacity": 2, **row} for row in rows]
        return pa.Table.from_pylist(told, schema=Professional.arrow_schema())

    @staticmethod
    def proposals(*rows: dict[str, Any]) -> pa.Table:
        told = [{"why": "works with this person's practice", "since": TONIGHT, "team": "north-team", **row} for row in rows]
        return pa.Table.from_pylist(told, schema=Proposal.arrow_schema())

    def drawn(self, **people: tuple[int, str]) -> tuple[pa.Table, pa.Table]:
        """Selection and people of locality North from `name=(rank, practice)`."""
        told = [{"pseudonym": who, "locality": "North", "gp_practice_code": code} for who, (_, code) in people.items()]
        ranks = [{"pseudonym": who, "locality": "North", "rank": rank} for who, (rank, _) in people.items()]
        return self.selection(*ranks), self.people(*told)


@pytest.fixture
def area() -> Area:
    return Area()
