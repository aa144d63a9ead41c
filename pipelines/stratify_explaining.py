"""`caselink stratify explain`: why one person of the served night is on a list, from the night's own pseudonymised tables.

No identity is read and no key is needed: who asks has the pseudonym of the working domain already.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.history import resolve
from pipelines.project import Project
from pipelines.publish import read_manifest
from pipelines.reason_steps import AGGREGATE, PSEUDONYMISED, look_of
from schemas.errors import ConfigurationError
from stratify.reasons import plain_sheet

NO_REASONS = "the night served now was made before reasons were kept."


def explain_person(project: Project, pseudonym: str) -> dict[str, Any]:
    """Tier, scores with the shares that add up to them, facts with feed and date, what is new, and the plain sheet.

    Somebody on no list has her tier and scores, and no reasons or facts. Raises `ConfigurationError` `E-EXPLAIN-PERSON` where
    the night knows nobody by that pseudonym, `E-EXPLAIN-NIGHT` where it kept no reasons.
    """
    run_id = resolve(project, "current")
    night = project.night(run_id)
    as_at = dt.date.fromisoformat(read_manifest(night)["as_at"])
    chosen = _rows_of(night, "selection", pseudonym)
    if not chosen:
        raise ConfigurationError(
            "E-EXPLAIN-PERSON",
            "the night served now knows nobody by that pseudonym.",
            cure="give a pseudonym of the night's own tables (runs/<run>/pseudonymised), not of a recipient's",
        )
    facts = _rows_of(night, "fact", pseudonym)
    gaps = look_of(night, as_at).gaps(_late(night))
    return {
        "run_id": run_id,
        "as_at": as_at.isoformat(),
        "tier": chosen[0]["tier"],
        "why": chosen[0]["why"],
        "scores": _scores(night, pseudonym),
        "facts": [{name: value for name, value in row.items() if name != "pseudonym"} for row in facts],
        "gaps": gaps,
        "sheet": plain_sheet(facts, gaps=gaps) if facts else None,
    }


def _scores(night: Path, pseudonym: str) -> list[dict[str, Any]]:
    """The person's scores that have reasons or that stand for a chance: each with what adds up to it."""
    reasons = _rows_of(night, "reason", pseudonym)
    found = []
    for row in _rows_of(night, "score", pseudonym):
        shares = [each for each in reasons if each["score"] == row["score"]]
        if shares:
            found.append(
                {name: row[name] for name in ("score", "value", "band", "version")}
                | {"log_odds": sum(each["share"] for each in shares)}
                | {"reasons": [{name: each[name] for name in ("group", "share", "size", "category")} for each in shares]}
            )
    return found


def _rows_of(night: Path, name: str, pseudonym: str) -> list[dict[str, Any]]:
    path = night / PSEUDONYMISED / f"{name}.parquet"
    if not path.is_file():
        raise ConfigurationError("E-EXPLAIN-NIGHT", NO_REASONS, cure="`caselink run`")
    rows: pa.Table = pq.read_table(path, filters=pc.field("pseudonym") == pseudonym, partitioning=None)
    return list(rows.to_pylist())


def _late(night: Path) -> dict[str, bool]:
    feeds = pq.read_table(night / AGGREGATE / "feed_age.parquet", partitioning=None).to_pylist()
    return {feed["source"]: feed["state"] != "current" for feed in feeds}
