"""The same night under Prefect: a task for each step, and nothing in Prefect's database but names, counts and run ids.

Found by trying Prefect 3.8.8: flow parameters, log lines and exception texts are stored in clear, and a task that
Prefect retries pickles its exception. So the flow takes a project path and a run id; tasks take and return names
and `TableRef`s; results are never persisted; retries on input and output are the runner's own; and every error that
crosses a task boundary is a coded one. Import this module only after `pipelines.prefect_settings.apply`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from pipelines.analytic import one_child_a_night
from pipelines.console import Console, showing_on, shown_console
from pipelines.night import Night, Receipt, Step, load_night
from pipelines.overnight import STORY
from pipelines.project import Project
from pipelines.runner import perform
from pipelines.running import Result, run
from schemas.table import TableRef

TONIGHT = "tonight"


@flow(name="caselink-night", persist_result=False, log_prints=False, validate_parameters=True)
def caselink_night(project: str, run_id: str = TONIGHT) -> int:
    """Perform the night `run_id`, or plan and perform tonight's; the exit code.

    `run_id` names a night that `caselink run` has planned (it holds the lock already); `tonight` plans one here, as
    the schedule does.
    """
    place = Project.at(Path(project))
    if run_id == TONIGHT:
        result: Result = run(place, None, Console(quiet=True), conduct_in_flow)
        return result.exit_code
    conduct_in_flow(load_night(place, run_id), shown_console())
    return 0


def conduct_in_flow(night: Night, console: Console) -> list[Receipt]:
    """Perform every step as a task of the flow that is running."""
    receipts: list[Receipt] = []
    with one_child_a_night():
        for step in STORY:
            with console.progress(step.title) as progress:
                as_task = task(name=step.name, persist_result=False, cache_policy=NO_CACHE)
                as_task(_performer(night, step, receipts))()
                progress(1, 1)
    _artifacts(night)
    return receipts


def _performer(night: Night, step: Step, receipts: list[Receipt]) -> Callable[[], tuple[TableRef, ...]]:
    def perform_step() -> tuple[TableRef, ...]:
        receipt = perform(night, step)
        receipts.append(receipt)
        return receipt.outcome.tables

    return perform_step


def _artifacts(night: Night) -> None:
    """Aggregates only, with small numbers already suppressed: the published measures."""
    from pipelines.history import artifact_tables

    for key, rows in artifact_tables(night.project, night.run_id).items():
        create_table_artifact(key=key, table=rows)


def conduct_with_prefect(night: Night, console: Console) -> list[Receipt]:
    """Run the flow for a planned night in this process and return the receipts it left."""
    with showing_on(console):
        caselink_night(str(night.project.root), night.run_id)
    return [receipt for step in STORY if (receipt := Receipt.read(night.project, night.run_id, step.name))]
