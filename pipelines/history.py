"""`caselink runs`: published nights, what one of them did, and what changed between two. Aggregates only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.policies import Policy
from pipelines.config import load_configuration
from pipelines.night import Receipt
from pipelines.project import Project
from pipelines.publish import publications, read_manifest
from pipelines.shelf import Shelf
from schemas.errors import ConfigurationError


def list_runs(project: Project) -> list[dict[str, Any]]:
    """Every publication row, oldest first."""
    store = publications(project, load_configuration(project).stores.application)
    current = store.current()
    rows = store.history()
    return [
        {
            "run_id": row.run_id,
            "as_at": row.as_at.isoformat(),
            "published_at": row.published_at.isoformat(timespec="seconds"),
            "kind": row.kind,
            "current": bool(current and row is rows[-1]),
        }
        for row in rows
    ]


def show_run(project: Project, run_id: str) -> dict[str, Any]:
    """One night: steps with seconds, memory and rows; waterfall; feeds."""
    run_id = resolve(project, run_id)
    manifest = read_manifest(project.night(run_id))
    return {
        "run_id": run_id,
        "as_at": manifest["as_at"],
        "parent": manifest["parent"],
        "tables": {"Steps": _steps(project, run_id), **artifact_tables(project, run_id)},
    }


def resolve(project: Project, run_id: str) -> str:
    """A run id that is there; `current` is the night that is served now."""
    store = publications(project, load_configuration(project).stores.application)
    current = store.current()
    if run_id == "current":
        if current is None:
            raise ConfigurationError("E-RUN-NONE", "no night has been published yet.", cure="`caselink run`")
        return current.run_id
    if run_id not in {row.run_id for row in store.history()}:
        raise ConfigurationError("E-RUN-UNKNOWN", "there is no published night with that run id.", cure="`caselink runs list`")
    return run_id


def served_vault(project: Project) -> Shelf:
    """The identifiable tables of the night that is served now; `ConfigurationError` where there is none."""
    run_id = resolve(project, "current")
    return Shelf(project.vault_night(run_id), run_id, identifiable=True)


def _steps(project: Project, run_id: str) -> list[dict[str, Any]]:
    from pipelines.overnight import STORY

    policy = load_configuration(project).disclosure.chosen()
    found = (Receipt.read(project, run_id, step.name) for step in STORY)
    return [
        {"step": each.step, "seconds": each.seconds, "peak MB": each.peak_memory_mb, "rows": small(each.rows, policy)}
        for each in found
        if each
    ]


def artifact_tables(project: Project, run_id: str) -> dict[str, list[dict[str, Any]]]:
    """What may be seen of a night outside it: feeds and suppressed measures, as rows."""
    folder = project.night(run_id) / "aggregate"
    feeds = [_texts(row) for row in _read(folder / "feed_age.parquet").to_pylist()]
    measures = _read(folder / "measure.parquet")
    waterfall = measures.filter(pc.equal(measures["measure"], "linkage"))
    rows = [
        {"source": row["organisation"], "step": row["category"], "records": "*" if row["numerator"] is None else row["numerator"]}
        for row in waterfall.to_pylist()
    ]
    return {"feeds": feeds, "linkage-waterfall": rows}


def diff_runs(project: Project, first: str, second: str) -> list[dict[str, Any]]:
    """What changed between two nights, as suppressed counts: people, tiers, proposals."""
    before, after = (project.night(resolve(project, each)) / "pseudonymised" for each in (first, second))
    policy = load_configuration(project).disclosure.chosen()
    rows: list[dict[str, Any]] = []
    for title, table, column in (
        ("people", "person", None),
        ("tier", "selection", "tier"),
        ("team", "proposal", "team"),
        ("professional", "proposal", "accountable_professional_id"),
    ):
        counts = _changes(_keyed(before, table, column), _keyed(after, table, column))
        rows.append({"what": title, **_shown_changes(counts, policy)})
    return rows


def _keyed(folder: Path, table: str, column: str | None) -> dict[str, Any]:
    rows = pq.read_table(folder / f"{table}.parquet", columns=["pseudonym", *([column] if column else [])], partitioning=None)
    values = rows[column].to_pylist() if column else [True] * rows.num_rows
    return dict(zip(rows["pseudonym"].to_pylist(), values, strict=True))


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    same = before.keys() & after.keys()
    return {
        "before": len(before),
        "after": len(after),
        "new": len(after.keys() - before.keys()),
        "gone": len(before.keys() - after.keys()),
        "changed": sum(before[each] != after[each] for each in same),
    }


def _shown_changes(counts: dict[str, int], policy: Policy) -> dict[str, int | str]:
    """Under the policy, and checked: what was there, less who left and with who came, is what is there."""
    from governance.disclosure_check import Relation
    from governance.secondary import Figures, disclose

    stayed = {"stayed": counts["before"] - counts["gone"]}
    adds_up = [Relation("before", ("stayed", "gone")), Relation("after", ("stayed", "new"))]
    figures = Figures(counts | stayed, [*adds_up, Relation("stayed", ("changed",), at_least=True)], unshown={"stayed"})
    shown = disclose(figures, policy).shown
    return {name: "*" if shown[name] is None else shown[name] for name in counts}  # type: ignore[misc]


def small(count: int, policy: Policy) -> int | str:
    """A count fit for a terminal: as the policy shows it, `*` where it is withheld."""
    found = policy.shown(count)
    return "*" if found is None else found


def _read(path: Path) -> Any:
    return pq.read_table(path, partitioning=None)


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    nothing = {"rows": "*", "rejected": "*"}
    return {name: nothing.get(name, "") if value is None else str(value) for name, value in row.items()}
