"""`caselink link explain` on the example's first night: numbers add up, the act is audited, no identifier is shown unasked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from pipelines.cli_link_explain import decision_line, order_line, waterfall_lines

Run = Callable[..., Any]


def rows_of(folder: Path, step: str) -> list[dict[str, Any]]:
    matches = pq.read_table(next((folder / "vault").rglob("match.parquet")))
    return matches.filter(pc.equal(matches["step"], step)).to_pylist()  # type: ignore[no-any-return]


def explained(run: Run, folder: Path, one: str, other: str, *options: str) -> dict[str, Any]:
    done = run("link", "explain", "--json", *options, "--project", str(folder), stdin=f"{one}\n{other}\n")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_waterfall_adds_up_to_the_match_weight(published: Path, run_caselink: Run) -> None:
    row = rows_of(published, "probabilistic")[0]
    answer = explained(run_caselink, published, f"{row['source']}|{row['local_patient_id']}", f"register|{row['register_id']}")
    assert answer["weight"] == pytest.approx(row["match_weight"], abs=1e-9)
    assert answer["decision"]["step"] == "probabilistic"
    assert answer["decision"]["linked"]
    assert answer["probability"] > 0.99
    assert float(waterfall_lines(answer)[-1][-1]) == pytest.approx(answer["weight"], abs=0.01)
    assert "one person" in decision_line(answer["decision"])
    assert "values" not in answer
    assert answer["rules"]


def test_the_act_is_audited_and_values_are_shown_on_request(published: Path, run_caselink: Run) -> None:
    row = rows_of(published, "cross_check")[0]
    pair = f"{row['source']}|{row['local_patient_id']}", f"register|{row['register_id']}"
    answer = explained(run_caselink, published, *pair, "--show-values")
    number, other = answer["values"]["nhs_number"]
    assert len(number) == len(other) == 10
    turned = explained(run_caselink, published, *reversed(pair), "--show-values")
    assert (answer["first_given"], turned["first_given"]) == (1, 2)
    assert turned == {**answer, "first_given": 2}
    assert order_line(turned) == f"Decided, and on the left, is the second record given ({row['source']})."
    plain = json.dumps(explained(run_caselink, published, *pair))
    assert number not in plain
    log = Audit(next((published / "state").rglob("audit*")))
    assert len(log.rows("link explain")) == 3
    assert log.verify() is None


@pytest.mark.parametrize(("one", "other"), [("gp|nobody", "register|nobody"), ("gp", "register|1"), ("gp|", "register|1")])
def test_no_such_record(published: Path, run_caselink: Run, one: str, other: str) -> None:
    done = run_caselink("link", "explain", "--project", str(published), stdin=f"{one}\n{other}\n")
    assert done.returncode != 0
    assert "E-EXPLAIN-RECORD" in done.stderr + done.stdout
    assert "nobody" not in done.stderr + done.stdout


def test_protected_identities_are_not_explained(published: Path, run_caselink: Run) -> None:
    records = pq.read_table(next((published / "vault").rglob("person_record.parquet")))
    protected = records.filter(pc.fill_null(records["protected"], False)).to_pylist()[0]
    key = f"{protected['source']}|{protected['local_patient_id']}"
    done = run_caselink("link", "explain", "--project", str(published), stdin=f"{key}\n{key}\n")
    assert done.returncode != 0
    assert "E-EXPLAIN-PROTECTED" in done.stderr + done.stdout


def test_records_may_stand_on_the_command_line_too_and_are_always_two(published: Path, run_caselink: Run) -> None:
    row = rows_of(published, "cross_check")[0]
    pair = f"{row['source']}|{row['local_patient_id']}", f"register|{row['register_id']}"
    done = run_caselink("link", "explain", *pair, "--json", "--project", str(published))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == explained(run_caselink, published, *pair)
    for arguments, said in (((), ""), ((), "gp|1\n"), ((), "gp|1\ngp|2\ngp|3\n"), (("gp|1",), "gp|2\n")):
        done = run_caselink("link", "explain", *arguments, "--project", str(published), stdin=said)
        assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-ARGUMENT")
