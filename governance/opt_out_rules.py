"""Which opt-out stops which use: the decision table of `reference/opt_out_rules.csv` (governance.md section 1.3, G06, G20).

A row names an opt-out, a purpose and a flow, `*` for any; of the rows that fit the most exact one decides, purpose before flow.
Where no row fits the opt-out applies: in doubt nobody's objection is passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NATIONAL, TYPE_1, RISK_STRATIFICATION, LOCAL = "national", "type 1", "risk stratification", "local"
OPT_OUTS = (NATIONAL, TYPE_1, RISK_STRATIFICATION, LOCAL)
ANY = "*"

RULES = Path(__file__).parent / "reference" / "opt_out_rules.csv"


@dataclass(frozen=True)
class Rule:
    """One row of the table. `source` says where it is written."""

    opt_out: str
    purpose: str
    flow: str
    applies: bool
    source: str


@cache
def rules() -> tuple[Rule, ...]:
    """The table as shipped."""
    with RULES.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Rule(row["opt_out"], row["purpose"], row["flow"], row["applies"] == "yes", row["source"])
            for row in csv.DictReader(lines)
        )


def deciding_rule(opt_out: str, purpose: str, flow: str) -> Rule | None:
    """The row that decides; None where none fits."""
    fitting = [
        rule for rule in rules() if rule.opt_out == opt_out and rule.purpose in (ANY, purpose) and rule.flow in (ANY, flow)
    ]
    return max(fitting, key=lambda rule: (rule.purpose != ANY, rule.flow != ANY), default=None)


def applies(opt_out: str, purpose: str, flow: str) -> bool:
    """Whether a person with this opt-out is left out of this use."""
    rule = deciding_rule(opt_out, purpose, flow)
    return rule is None or rule.applies


def opt_outs_that_apply(purpose: str, flow: str, set_aside: Iterable[str] = ()) -> frozenset[str]:
    """The opt-outs that stop this use; `set_aside` names those an approval has lifted for it."""
    return frozenset(each for each in OPT_OUTS if applies(each, purpose, flow)) - frozenset(set_aside)


def lifted_by(purpose: str, flow: str) -> tuple[str, ...]:
    """The opt-outs that do not stop this use because of its flow; others may be about another purpose whatever the flow."""
    deciding = {opt_out: deciding_rule(opt_out, purpose, flow) for opt_out in OPT_OUTS}
    return tuple(opt_out for opt_out, rule in deciding.items() if rule and not rule.applies and rule.flow != ANY)


def left_out(people: Mapping[str, frozenset[str]], purpose: str, flow: str, set_aside: Iterable[str] = ()) -> frozenset[str]:
    """The people among `people` (opt-out to person ids) whom an opt-out that applies keeps out of this use."""
    stopping = opt_outs_that_apply(purpose, flow, set_aside)
    return frozenset().union(*(ids for opt_out, ids in people.items() if opt_out in stopping))
