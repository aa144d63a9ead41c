"""On which grounds data may flow for which purpose, drawn; and what an opt-out needs to be lifted."""

from __future__ import annotations

import csv
import datetime as dt
import itertools

import pytest

from governance.opt_out_rules import lifted_by
from governance.purpose_flows import FLOWS_TABLE, check_flows, contradictions, flows_of
from pipelines.bases import bases_report
from pipelines.config import Configuration
from pipelines.settings.purposes import FLOWS, NIGHT_PURPOSES
from schemas.errors import GovernanceError
from tests.permitted import permitted
from tests.spec.test_spec_legal_basis import basis, purpose

RISK, CASE, ANALYSIS = "risk-stratification", "case-management", "population-analysis"
DAY = dt.date(2026, 6, 1)

# One column a flow, in the order of FLOWS: section 251, direct care, explicit consent, legal duty, public interest, anonymised,
# gp case finding. x: it may flow so. e: it may, with evidence. -: never.
TABLE = {
    RISK: "x - e e e - x",
    CASE: "x e e e e - -",
    ANALYSIS: "x - e e e e -",
}


@pytest.mark.parametrize(("name", "flow"), list(itertools.product(NIGHT_PURPOSES, FLOWS)))
def test_which_purpose_may_have_which_flow_and_what_it_needs(name: str, flow: str) -> None:
    drawn = TABLE[name].split()[FLOWS.index(flow)]
    bare, shown = ([purpose(id=name, flow=flow, evidence=evidence)] for evidence in (None, "papers/1.pdf"))
    if drawn == "-":
        for declared in (bare, shown):
            with pytest.raises(GovernanceError, match=r"^E-PURPOSE-FLOW: ") as refusal:
                check_flows(declared)
            assert name in str(refusal.value)
            assert f'"{flow}"' in str(refusal.value)
        return
    check_flows(shown)
    if drawn == "x":
        check_flows(bare)
        return
    with pytest.raises(GovernanceError, match=r"^E-PURPOSE-EVIDENCE: ") as refusal:
        check_flows(bare)
    assert (refusal.value.exit_code, name in str(refusal.value), f'"{flow}"' in str(refusal.value)) == (4, True, True)


def test_every_line_of_the_table_is_about_something_and_has_a_source() -> None:
    with FLOWS_TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["purpose"] for row in rows} == set(NIGHT_PURPOSES)
    assert {row["flow"] for row in rows} == set(FLOWS)
    assert all(row["source"] for row in rows)
    assert (
        len(rows) == sum(len(flows_of(name)) for name in NIGHT_PURPOSES) == len({(row["purpose"], row["flow"]) for row in rows})
    )


def test_what_a_flow_lifts() -> None:
    assert lifted_by(CASE, "direct care") == ("national", "type 1", "local")
    assert lifted_by(ANALYSIS, "anonymised") == ("national",)
    assert lifted_by(ANALYSIS, "section 251") == ()  # the objection to risk stratification is none to it, whatever the flow
    assert lifted_by(RISK, "gp case finding") == ()


@pytest.mark.parametrize(
    ("flow", "reference", "told"),
    [
        ("direct care", "23/CAG/0101 (section 251)", True),
        ("direct care", "NHS Act 2006 s.251, reg 5", True),
        ("public interest", "support under s251", True),
        ("direct care", "HSCA 2012 s251A (consistent identifier) and s251B (duty to share)", False),
        ("direct care", "agreement IG/251/2", False),
        ("section 251", "23/CAG/0101 (section 251)", False),
    ],
)
def test_a_flow_that_its_bases_contradict_is_told(flow: str, reference: str, told: bool) -> None:
    declared = [purpose(id=CASE, flow=flow, evidence="papers/1.pdf")]
    lines = contradictions(declared, [basis(purpose=RISK), basis(purpose=CASE, reference=reference)], DAY)
    assert len(lines) == told
    assert all(CASE in line and flow in line and reference in line for line in lines)
    ended = basis(purpose=CASE, reference=reference, valid_to=dt.date(2026, 5, 31))
    assert contradictions(declared, [ended], DAY) == []


def test_the_report_of_bases_names_a_flow_that_cannot_be() -> None:
    said = permitted(area={"name": "x"})
    said["purpose"][2]["flow"] = "direct care"
    states = {row["purpose"]: row["state"] for row in bases_report(Configuration.model_validate(said), DAY)["purposes"]}
    assert states == {RISK: "holds", CASE: "holds", ANALYSIS: "E-PURPOSE-FLOW"}
