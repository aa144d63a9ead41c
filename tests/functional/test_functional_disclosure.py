"""Every number that leaves a night: listed, under the policy, and not to be solved."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from governance.disclosure_check import Cell, System, leaks
from governance.policies import NHSE_HES
from governance.secondary import State, figures_fit, holds
from pipelines.attack_command import differencing, what_is_seen
from pipelines.disclosing import exact_figures, known_before, published_counts, shown_before
from pipelines.figure_keys import Figure
from pipelines.model_totals import is_left_over, is_of_models
from pipelines.project import Project
from pipelines.published_totals import declared_totals
from pipelines.raw_checks import Nested, read_raw_checks
from pipelines.released import RELEASED, Route, released_as
from pipelines.shelf import Shelf
from pipelines.small_counts import COUNT, COUNTED
from tests.conftest import caselink


@pytest.fixture(name="night", scope="module")
def _night(first_night: Path) -> Path:
    return first_night / "runs" / str(json.loads((first_night / "CURRENT").read_text())["run_id"])


def vault_of(night: Path) -> Shelf:
    return Shelf(night.parents[1] / "vault" / "nights" / night.name, night.name, identifiable=True)


def unlisted(night: Path) -> list[str]:
    names = [str(path.relative_to(night)) for path in sorted(night.rglob("*")) if path.is_file()]
    return [name for name in names if released_as(name) is None]


def unlisted_numbers(night: Path) -> list[str]:
    """Numeric columns of the aggregate tables that nobody has said of whether they count people."""
    found = []
    for path in sorted((night / "aggregate").glob("*.parquet")):
        released = released_as(f"aggregate/{path.name}")
        known = {*released.counts, *released.other_numbers} if released else set()
        numeric = [
            each.name for each in pq.read_schema(path) if pa.types.is_integer(each.type) or pa.types.is_floating(each.type)
        ]
        found += [f"{path.name}: {name}" for name in numeric if name not in known]
    return found


def test_every_file_and_every_number_of_a_night_is_listed(night: Path) -> None:
    assert unlisted(night) == []
    assert unlisted_numbers(night) == []


def test_a_new_file_or_a_new_number_that_nobody_listed_is_found(tmp_path: Path) -> None:
    (tmp_path / "aggregate").mkdir()
    pq.write_table(pa.table({"people": [3], "word": ["x"]}), tmp_path / "aggregate" / "fresh.parquet")
    pq.write_table(pa.table({"rows": [8], "people": [3.0]}), tmp_path / "aggregate" / "feed_age.parquet")
    assert unlisted(tmp_path) == ["aggregate/fresh.parquet"]
    assert unlisted_numbers(tmp_path) == ["feed_age.parquet: people", "fresh.parquet: people"]


def test_the_list_says_why() -> None:
    assert all(each.because for each in RELEASED if each.other_numbers or each.route is Route.INSIDE)


def small_or_exact(night: Path) -> list[tuple[str, str, Any]]:
    found = []
    for each in RELEASED:
        for path in night.glob(each.pattern) if each.counts else ():
            table = pq.read_table(path, partitioning=None)
            values = [(name, value) for name in each.counts for value in table[name].to_pylist()]
            found += [(path.name, name, n) for name, n in values if n is not None and (0 < n < 8 or n % NHSE_HES.rounded_to)]
    return found


def test_no_published_count_is_small_or_exact(night: Path, tmp_path: Path) -> None:
    assert small_or_exact(night) == []
    (tmp_path / "aggregate").mkdir()
    pq.write_table(pa.table({"rows": [3, 12, 15, 0, None], "rejected": [None] * 5}), tmp_path / "aggregate" / "feed_age.parquet")
    assert small_or_exact(tmp_path) == [("feed_age.parquet", "rows", 3), ("feed_age.parquet", "rows", 12)]


def counts_of_the_vault(night: Path) -> list[tuple[str, str]]:
    """Where the night's folder says how many rows a table of the vault has, or has a file for every step."""
    manifest = json.loads((night / "manifest.json").read_text())
    tables = [table for step in manifest["steps"] for table in step["tables"]]
    found = [
        (table["name"], name)
        for table in tables
        if table["zone"] == "identifiable"
        for name in ("rows", "sha256")
        if name in table
    ]
    return found + [("receipts", path.name) for path in night.glob("receipts/*")]


def test_nothing_beside_the_night_says_how_large_the_vaults_tables_are(night: Path) -> None:
    assert counts_of_the_vault(night) == []
    manifest = json.loads((night / "manifest.json").read_text())
    tables = {table["name"]: table for step in manifest["steps"] for table in step["tables"]}
    assert {"review_pair", "reject", "person"} <= tables.keys()
    assert tables["person"]["rows"] > 1000
    receipts = vault_of(night).folder / "receipts"
    assert "rows" in json.loads((receipts / "link.json").read_text())["outcome"]["tables"][0]
    assert receipts.stat().st_mode & 0o077 == 0


def long_or_small(said: Any, name: str = "") -> list[tuple[str, Any]]:
    """Counts that are small or exact, and figures of more than three digits, in a model's JSON but its weights."""
    if isinstance(said, dict):
        return [found for key, value in said.items() if key not in ("method", "weights") for found in long_or_small(value, key)]
    if isinstance(said, list):
        return [found for value in said for found in long_or_small(value, name)]
    if isinstance(said, float):
        return [] if said == round(said, 3) else [(name, said)]
    is_count = isinstance(said, int) and not isinstance(said, bool)
    return [(name, said)] if is_count and (0 < said < 8 or said % NHSE_HES.rounded_to) else []


def test_no_count_of_the_model_is_small_or_exact_and_no_figure_long(night: Path) -> None:
    said = {path.name: json.loads(path.read_text()) for path in (night / "model").glob("*.json")}
    assert any((found["events"] or 0) > 0 for found in said["assessment.json"].values())
    assert long_or_small(said) == []
    gates = pq.read_table(night / "aggregate" / "gate.parquet", partitioning=None)["figure"].to_pylist()
    assert long_or_small(gates) == []
    bad = {"events": 3, "rows": 1897, "auroc": 0.7978738, "people": [{"ppv": 0.736842}]}
    assert [name for name, _ in long_or_small(bad)] == ["events", "rows", "auroc", "ppv"]


def test_no_count_in_the_handover_is_small_or_exact(night: Path) -> None:
    text = (night / "handover.md").read_text()
    counts = [int(each.group().replace(",", "")) for line in text.splitlines() for each in COUNT.finditer(line)]
    assert len(counts) > 5
    assert [count for count in counts if count % 5 and count != 200] == []  # 200: the fewest events a model may learn from
    assert re.search(rf"\* (?:{COUNTED})\b", text)


def test_the_declared_totals_hold_on_the_night_they_are_declared_of(night: Path) -> None:
    """A declaration that is wrong protects nobody."""
    exact = exact_figures(vault_of(night))
    counts = {key: figure.exact for key, figure in exact.items()}
    declared = declared_totals(exact)
    system = what_is_seen(exact, published_counts(night), NHSE_HES, {})
    assert len(declared) > 4000
    assert [each for each in declared if not holds(each, dict(counts))] == []
    assert len(declared) - len(system.relations) < 20  # sums of pence too large for the solver
    assert all(sum(counts[part] for part in each.parts) <= counts[each.total] for each in system.relations)


# Measures whose figures add up to nothing else that is published.
ALONE = {"estimated_from_judgements", "estimated_precision", "estimated_recall", "nhs_number_verified", "proposed_people"}
BESIDE = {"review pairs", "rejects", "feed rejected", "weight bin", "proposals by team"}


def test_every_measure_is_in_a_total_or_stands_alone_on_purpose(night: Path) -> None:
    exact = exact_figures(vault_of(night))
    in_totals = {key.measure for each in declared_totals(exact) for key in (each.total, *each.parts) if isinstance(key, Figure)}
    assert {key.measure for key in exact} - in_totals - ALONE - BESIDE == set()


def test_the_counts_of_the_models_are_decided_with_the_others_and_known_to_the_next_night(first_night: Path, night: Path) -> None:
    exact = {key: figure for key, figure in exact_figures(vault_of(night)).items() if is_of_models(key)}
    shown = {key: count for key, count in published_counts(night).items() if isinstance(key, Figure) and is_of_models(key)}
    assert len(exact) > 600
    assert len(shown) > 150
    assert shown == {key: exact[key].shown for key in shown}, "tables, cards and gates show what was decided"
    unseen = {
        key.side for key, figure in exact.items() if figure.shown is not None and key not in shown and not is_left_over(key)
    }
    assert unseen <= {"found"}  # of the list: its PPV says it, and no count does
    before = known_before(Project.at(first_night), night.name)
    assert all(before[key].low <= exact[key].exact <= before[key].high for key in shown)


def test_the_long_term_care_check_is_on_some_of_the_people_of_the_other(night: Path) -> None:
    """Adults in no care home are among everybody; of one day, by the same rule of who could be followed."""
    raw = read_raw_checks(Shelf(night, night.name, identifiable=False))
    assert raw.nested == (Nested("emergency_admission_12_months", "long_term_care_12_months"),)


def test_an_intruder_solves_a_count_of_a_model_that_a_file_gives_away(night: Path) -> None:
    """The attack reads the published files: what they show beside what was decided counts against the night."""
    exact = {key: figure for key, figure in exact_figures(vault_of(night)).items() if is_of_models(key)}
    small = next(key for key, figure in exact.items() if figure.state is State.SMALL and key.side == "events")
    shown = published_counts(night)
    assert leaks(what_is_seen(exact, shown, NHSE_HES, {}), 3) == {}
    assert leaks(what_is_seen(exact, shown | {small: 5}, NHSE_HES, {}), 3)[small].values == 1


def test_nothing_that_the_night_withholds_can_be_solved(first_night: Path, night: Path) -> None:
    found = differencing(Project.at(first_night), night.name)
    assert found["withheld"] > 500
    assert (found["solved"], found["fewest_values"] >= 3) == (0, True)


def test_without_the_checker_the_same_night_would_leak(night: Path) -> None:
    """Suppression and rounding alone, as the first release had them: some of its withheld counts could be solved."""
    exact = exact_figures(vault_of(night))
    cells: dict[Any, Cell] = {}
    for key, figure in exact.items():
        bounds = NHSE_HES.behind(NHSE_HES.shown(figure.exact) or 0)
        cells[key] = Cell(1, 7, is_protected=True) if NHSE_HES.is_small(figure.exact) else Cell(*bounds)
    counts: dict[Any, int] = {key: figure.exact for key, figure in exact.items()}
    relations = [each for each in declared_totals(exact) if holds(each, counts) and figures_fit(each, counts)]
    assert len(leaks(System(cells, relations), 3)) > 5


@pytest.mark.deep  # nights of its own
def test_the_second_night_takes_the_first_into_account(published: Path) -> None:
    served = json.loads((published / "CURRENT").read_text())["run_id"]
    done = caselink("run", "--direct", "--quiet", "--as-at", "2026-10-01", "--project", str(published))
    assert done.returncode == 5, done.stderr
    run_id = json.loads((published / "CURRENT").read_text())["run_id"]
    found = differencing(Project.at(published), run_id)
    assert (found["compared_with"], found["solved"]) == (served, 0)
    assert len(shown_before(published / "runs" / served)) > 1000
    models = [key for key in known_before(Project.at(published), served) if isinstance(key, Figure) and is_of_models(key)]
    assert len(models) > 150
    shown = caselink("runs", "diff", served, run_id, "--json", "--project", str(published))
    assert {type(each["new"]) for each in json.loads(shown.stdout)["changes"]} <= {int, str}


def test_a_night_published_before_policies_were_kept_is_read_as_nhse_hes(tmp_path: Path) -> None:
    from pipelines.disclosing import least_values_of, policy_of

    assert (policy_of(tmp_path).name, least_values_of(tmp_path)) == ("nhse-hes", 3)
    assert shown_before(tmp_path) == shown_before(None) == {}
    (tmp_path / "disclosure.json").write_text('{"policy": "opensafely", "least_values": 4}')
    assert (policy_of(tmp_path).name, least_values_of(tmp_path)) == ("opensafely", 4)
    assert exact_figures(Shelf(tmp_path, "x", identifiable=True)) == {}
