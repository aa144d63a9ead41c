"""Judgements as they would be said aloud: `judged("gp p1 r1 link ann")`."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from schemas.identifiable import Judgement
from schemas.table import Rows

FIRST = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)


def judged(*said: str) -> Rows[Judgement]:
    """One judgement for each text of source, local id, register id, decision, reviewer: an hour after the one before."""
    rows = []
    for hour, text in enumerate(said):
        source, local_id, register_id, decision, reviewer = text.split()
        rows.append(
            {
                "source": source, "local_patient_id": local_id, "register_id": register_id, "decision": decision,
                "reviewer": reviewer, "decided_at": FIRST + dt.timedelta(hours=hour), "model_version": "fixed-1",
            }
        )  # fmt: skip
    return Judgement.validate(pa.Table.from_pylist(rows, schema=Judgement.arrow_schema()))
