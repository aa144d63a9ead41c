"""Who counts as registered: drawn once, kept alike by the two rooms that ask."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from measures.use import population
from pipelines.engine import Engine
from schemas.pseudonymised import PseudonymisedPerson
from stratify.features import registered

AS_AT = dt.date(2026, 9, 30)

#            from          to            died          link           counts
DRAWN = [
    ("a", "2020-01-01", None,         None,         "number",      True),
    ("b", None,         None,         None,         "demographic", True),
    ("c", None,         None,         None,         "unlinked",    False),
    ("d", "2020-01-01", "2026-09-01", None,         "number",      False),
    ("e", "2020-01-01", None,         "2026-09-01", "number",      False),
    ("f", "2026-10-01", None,         None,         "number",      False),
    ("g", "2020-01-01", "2026-10-01", None,         "probabilistic", True),
    ("h", "2020-01-01", None,         None,         None,          True),
]  # fmt: skip


def people() -> pa.Table:
    def day(text: str | None) -> dt.date | None:
        return dt.date.fromisoformat(text) if text else None

    rows = [
        {"pseudonym": p, "registered_from": day(a), "registered_to": day(b), "month_of_death": day(d), "link_quality": q}
        for p, a, b, d, q, _ in DRAWN
    ]
    return PseudonymisedPerson.conform(pa.Table.from_pylist(rows, schema=None))


@pytest.mark.parametrize("who_counts", [registered, population])
def test_registered_alive_and_known_to_the_register(who_counts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with Engine(tmp_path / "spill") as engine:
        found = engine.to_arrow(who_counts(engine.from_arrow(people()), AS_AT).select("pseudonym"))
    assert sorted(found["pseudonym"].to_pylist()) == [row[0] for row in DRAWN if row[-1]]
