"""All of the intruder test on a published night: brute force and differencing besides what every night does."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from governance.attack.brute_force import Search, sample_of_space, search, size_of_space
from governance.attack.tokens import published_tokens
from governance.disclosure_check import Cell, Key, Range, System, ranges_of
from governance.keys import DomainKey
from governance.policies import Policy
from governance.secondary import State, figures_fit, holds, still_true
from pipelines.attack_desk import attack_desks
from pipelines.attacking import attack_release, check_limits, recipients_of, untold_recipients
from pipelines.auditing import audit_log, operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.disclosing import Exact, exact_figures, known_before, least_values_of, policy_of, published_counts
from pipelines.figure_keys import Figure
from pipelines.history import resolve
from pipelines.keys import root_key
from pipelines.night import PLAN
from pipelines.project import Project
from pipelines.published_totals import declared_totals
from pipelines.recipients import working_domain
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.zones import Zone

SEED = 909_090_910
SAMPLE = 20_000  # numbers of the space that are hashed to know the speed


def attack_night(project: Project, run_id: str, *, sample: int = SAMPLE) -> dict[str, Any]:
    """Attack a published night in every way, and say what was found: figures only.

    Raises `GovernanceError` `E-ATTACK-*` where a search finds a number, a withheld count can be solved, or a limit is passed.
    """
    configuration = load_configuration(project)
    run_id = resolve(project, run_id)
    folder, vault = project.night(run_id), Shelf(project.vault_night(run_id), run_id, identifiable=True)
    searches = brute_force(project, configuration, vault, sample=sample, run_id=run_id)
    release = attack_release(project, configuration, folder, vault)
    counts = differencing(project, run_id)
    answer = {
        "run_id": run_id,
        "number_space": size_of_space(),
        "searches": [{**asdict(each), "whole_space_seconds": each.whole_space_seconds} for each in searches],
        **release.as_dict(policy_of(folder), untold_recipients(vault)),
        **attack_desks(configuration, folder, policy_of(folder), untold_recipients(vault)),
        "differencing": counts,
    }
    _refuse(searches, counts)
    check_limits(release, configuration)
    return answer


def _refuse(searches: list[Search], counts: dict[str, Any]) -> None:
    found = sum(each.found for each in searches)
    if found:
        raise GovernanceError(
            "E-ATTACK-BRUTE", f"{found} NHS numbers were found in the published files by hashing.", cure="withdraw the night"
        )
    if counts["solved"]:
        raise GovernanceError(
            "E-ATTACK-SOLVED", f"{counts['solved']} withheld counts can be worked out from what was published.",
            cure="withdraw the night",
        )  # fmt: skip


def brute_force(project: Project, configuration: Configuration, vault: Shelf, *, sample: int, run_id: str) -> list[Search]:
    """Search the published bytes for NHS numbers, without a key and with the key of each recipient and of the night itself."""
    act = operator_act(dt.datetime.now(dt.UTC), "governance attack", "intruder test of a published night", run_id=run_id)
    audit_log(project, configuration).append(act, [""])
    folder = project.night(run_id)
    root = root_key(project, configuration)
    domains = [each.domain for each in recipients_of(configuration, folder)] + [working_domain(configuration)]
    keys = [DomainKey(root, domain) for domain in domains]
    return search(published_tokens(folder), own_numbers(vault), sample_of_space(SEED, sample), keys)


def own_numbers(vault: Shelf) -> list[str]:
    """Every number of ten digits that stands in a record of the night."""
    table = vault.get(Zone.IDENTIFIABLE, "person_record")
    numbers: list[str] = pa.concat_arrays(table["nhs_number"].chunks).unique().drop_null().to_pylist()
    return sorted(number for number in numbers if len(number) == 10 and number.isdigit())


def differencing(project: Project, run_id: str) -> dict[str, Any]:
    """Solve what a published night withholds, from what it shows and from what nights before it showed.

    `solved`: withheld counts that could have fewer values than the policy wants; `fewest_values`: of any of them.
    """
    folder, parent = project.night(run_id), _compared_with(project, run_id)
    exact = exact_figures(Shelf(project.vault_night(run_id), run_id, identifiable=True))
    before = known_before(project, parent)
    policy, least = policy_of(folder), least_values_of(folder)
    ranges = ranges_of(what_is_seen(exact, published_counts(folder), policy, before))
    fewest = min((found.values for found in ranges.values()), default=None)
    return {
        "policy": policy.name,
        "withheld": len(ranges),
        "solved": sum(found.values < least for found in ranges.values()),
        "fewest_values": fewest,
        "compared_with": parent,
    }


def what_is_seen(exact: Mapping[Figure, Exact], shown: Mapping[Key, int], policy: Policy, before: Mapping[Key, Range]) -> System:
    """The cells and totals that a reader has: counts from the published files, bounds of what they withhold.

    The exact counts serve to tell which declared totals hold, and why a count is withheld: the reader is taken to know that.
    """
    cells: dict[Key, Cell] = {}
    for key, figure in exact.items():
        cell = _cell(figure, shown.get(key, figure.shown), policy)
        last = still_true(before.get(key), figure.exact, policy, is_whole=figure.state is State.WITHHELD_WHOLE)
        if last is not None and not cell.is_protected:
            cell = Cell(max(cell.low, last.low), min(cell.high, last.high))
        cells[key] = cell
    counts: dict[Key, int] = {key: figure.exact for key, figure in exact.items()}
    return System(cells, [each for each in declared_totals(exact) if holds(each, counts) and figures_fit(each, counts)])


def _cell(figure: Exact, shown: int | None, policy: Policy) -> Cell:
    if shown is not None:
        if policy.is_small(figure.exact):  # it should not be there: nothing is left to be solved
            return Cell(figure.exact, figure.exact, is_protected=True)
        low, high = policy.behind(shown)
        return Cell(low, high) if low <= figure.exact <= high else Cell(0, math.inf)  # a total made of rounded parts
    if figure.state is State.WITHHELD_WHOLE:
        return Cell(0, math.inf, is_protected=policy.is_small(figure.exact))
    if figure.state is State.SMALL:
        return Cell(1, policy.withheld_to, is_protected=True)
    return Cell(1, math.inf, is_protected=True) if figure.state is State.HIDDEN else Cell(policy.withheld_to + 1, math.inf)


def _compared_with(project: Project, run_id: str) -> str | None:
    """The night before, as the published night's own plan names it; or the one of the same date whose place it took."""
    plan = json.loads((project.night(run_id) / PLAN).read_text())
    last: str | None = plan.get("earlier") or plan["parent"]
    return last if last and project.night(last).is_dir() else None
