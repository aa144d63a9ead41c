"""Which opt-out stops which use: the whole decision table, written out by hand beside the one that is shipped."""

from __future__ import annotations

import itertools

import pytest

from governance.opt_out_rules import ANY, OPT_OUTS, applies, deciding_rule, left_out, opt_outs_that_apply, rules
from pipelines.settings.purposes import FLOWS, NIGHT_PURPOSES

RISK, CASE, ANALYSIS = NIGHT_PURPOSES

# x: the person is left out of the use. One column a flow, in the order of FLOWS:
#   section 251, direct care, explicit consent, legal duty, public interest, anonymised, gp case finding
TABLE = {
    ("national", RISK):                "x . . . . . x",
    ("national", CASE):                "x . . . . . x",
    ("national", ANALYSIS):            "x . . . . . x",
    ("type 1", RISK):                  "x . . x x x x",
    ("type 1", CASE):                  "x . . x x x x",
    ("type 1", ANALYSIS):              "x . . x x x x",
    ("risk stratification", RISK):     "x x x x x x x",
    ("risk stratification", CASE):     ". . . . . . .",
    ("risk stratification", ANALYSIS): ". . . . . . .",
    ("local", RISK):                   "x . x x x x x",
    ("local", CASE):                   "x . x x x x x",
    ("local", ANALYSIS):               "x . x x x x x",
}  # fmt: skip


@pytest.mark.parametrize(("opt_out", "purpose", "flow"), list(itertools.product(OPT_OUTS, NIGHT_PURPOSES, FLOWS)))
def test_the_table(opt_out: str, purpose: str, flow: str) -> None:
    assert applies(opt_out, purpose, flow) == (TABLE[opt_out, purpose].split()[FLOWS.index(flow)] == "x")
    assert deciding_rule(opt_out, purpose, flow) is not None


def test_every_row_has_its_source_decides_something_and_no_two_are_alike() -> None:
    keys = [(rule.opt_out, rule.purpose, rule.flow) for rule in rules()]
    assert len(set(keys)) == len(keys)
    assert all(rule.source for rule in rules())
    assert {rule.flow for rule in rules()} <= {*FLOWS, ANY}
    cases = itertools.product(OPT_OUTS, NIGHT_PURPOSES, FLOWS)
    assert {deciding_rule(*case) for case in cases} == set(rules())


def test_what_no_row_speaks_of_is_protected() -> None:
    assert applies("a new kind of opt-out", RISK, "direct care")
    assert applies("national", RISK, "a flow of next year")


def test_an_approval_sets_the_national_opt_out_aside_and_no_other() -> None:
    assert opt_outs_that_apply(RISK, "section 251") == {"national", "type 1", "risk stratification", "local"}
    assert opt_outs_that_apply(RISK, "section 251", ["national"]) == {"type 1", "risk stratification", "local"}


def test_an_objection_to_one_use_is_none_to_another() -> None:
    """G20: whoever objects to risk stratification stays in population analysis, and nobody leaves direct care."""
    people = {"risk stratification": frozenset({"a"}), "national": frozenset({"b"}), "local": frozenset({"c"})}
    assert left_out(people, RISK, "section 251") == {"a", "b", "c"}
    assert left_out(people, ANALYSIS, "section 251") == {"b", "c"}
    assert left_out(people, CASE, "direct care") == frozenset()
