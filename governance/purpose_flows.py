"""On which grounds data may flow for a purpose, and what has to show it: `reference/purpose_flows.csv` (governance.md G06, G20).

A flow decides which opt-outs apply, so one word can lift them all. A purpose has the flows that the table gives it and no others;
one that lifts an opt-out needs evidence; and one that lifts the national opt-out while a basis of the purpose speaks of section
251, under which it applies, is told every night.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from governance.legal_basis import ENDS_SOON, HOLDS, BasisEntry, state_of
from governance.opt_out_rules import NATIONAL, lifted_by
from schemas.errors import GovernanceError

FLOWS_TABLE = Path(__file__).parent / "reference" / "purpose_flows.csv"

# How a reference speaks of support under section 251 of the NHS Act 2006, which the Confidentiality Advisory Group advises on;
# sections 251A and 251B of the Health and Social Care Act 2012 are duties, and something else.
SECTION_251 = re.compile(r"\b(?:section|s\.?)\s?251\b|\bCAG\b", re.IGNORECASE)


class FlowEntry(Protocol):
    """A purpose, as the project's configuration declares it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def flow(self) -> str: ...  # noqa: D102
    @property
    def evidence(self) -> str | None: ...  # noqa: D102


@cache
def flows_of(purpose: str) -> tuple[str, ...]:
    """The flows that a purpose may have, in the table's order."""
    with FLOWS_TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(row["flow"] for row in csv.DictReader(lines) if row["purpose"] == purpose)


def check_flows(purposes: Iterable[FlowEntry]) -> None:
    """Refuse a purpose with a flow that it cannot have, or with one that lifts an opt-out and no evidence.

    Raises `GovernanceError` `E-PURPOSE-FLOW`, `E-PURPOSE-EVIDENCE`, each naming purpose and flow.
    """
    for trouble in flow_troubles(purposes).values():
        raise trouble


def flow_troubles(purposes: Iterable[FlowEntry]) -> dict[str, GovernanceError]:
    """Purpose to what is wrong with its flow, for those with which something is; see `check_flows`."""
    found = {purpose.id: _trouble(purpose) for purpose in purposes}
    return {name: trouble for name, trouble in found.items() if trouble is not None}


def _trouble(purpose: FlowEntry) -> GovernanceError | None:
    possible, lifted = flows_of(purpose.id), lifted_by(purpose.id, purpose.flow)
    if purpose.flow not in possible:
        return GovernanceError(
            "E-PURPOSE-FLOW",
            f'data cannot flow for {purpose.id} as "{purpose.flow}".',
            cure=f"its flow is one of: {', '.join(possible)}",
        )
    if lifted and not purpose.evidence:
        return GovernanceError(
            "E-PURPOSE-EVIDENCE",
            f'the flow "{purpose.flow}" of {purpose.id} lifts opt-outs ({", ".join(lifted)}), and names no evidence.',
            cure='write where the signed paper lies as evidence of the [[purpose]], or use "section 251"',
        )
    return None


def contradictions(purposes: Iterable[FlowEntry], bases: Sequence[BasisEntry], as_at: dt.date) -> list[str]:
    """A line for each purpose whose flow lifts the national opt-out while a basis that holds for it speaks of section 251."""
    found = []
    for purpose in purposes:
        holding = [each for each in bases if each.purpose == purpose.id and state_of(each, as_at) in (HOLDS, ENDS_SOON)]
        other = [each for each in holding if SECTION_251.search(each.reference)]
        if other and NATIONAL in lifted_by(purpose.id, purpose.flow):
            found.append(
                f'the flow of {purpose.id} is "{purpose.flow}", which lifts the national opt-out; {other[0].reference}, its '
                f"basis for {other[0].source}, speaks of section 251, under which it applies."
            )
    return found
