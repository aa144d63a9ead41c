"""An act of the audit log as it is read: when, what, about how many, by whom, why."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.audit_words import act_lines, row_lines

SAID: dict[str, Any] = {
    "at": "2026-11-28T13:02:15.123456+00:00", "run_id": "0123456789abcdef", "actor": "user id 0", "role": "operator",
    "action": "opt-outs request", "purpose": "honouring the national data opt-out", "basis": "", "decision": "allowed",
}  # fmt: skip


@pytest.mark.parametrize(("first", "last", "people", "numbers"), [
    (2, 2405, 2404, "(lines 2 to 2,405, about 2,404 people)"),
    (7, 7, 1, "(line 7, about 1 person)"),
    (7, 7, 0, "(line 7)"),
])  # fmt: skip
def test_an_act(first: int, last: int, people: int, numbers: str) -> None:
    lines = [text for _, text in act_lines({**SAID, "first": first, "last": last, "people": people})]
    assert lines == [
        f"2026-11-28 13:02:15 UTC  opt-outs request: allowed {numbers}",
        "by user id 0, operator; run 0123456789abcdef",
        "for honouring the national data opt-out",
    ]


def test_what_is_not_known_is_not_said() -> None:
    row = {**SAID, "seq": 3, "subject": "", "run_id": "", "role": "", "purpose": "", "basis": "", "decision": "denied"}
    assert [text for _, text in row_lines(row)] == ["2026-11-28 13:02:15 UTC  opt-outs request: denied (line 3)", "by user id 0"]
    about = [text for _, text in row_lines({**row, "subject": "audit1-X", "basis": "REF/1"})]
    assert about[0].endswith("(line 3, about audit1-X)")
    assert about[2] == "for a purpose that is not written down; on REF/1"
