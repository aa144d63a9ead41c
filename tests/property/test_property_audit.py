"""Generated spoilings of a log: the fast verification and the slow, obvious one always name the same line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit import Act, Audit
from governance.audit_rows import COLUMNS
from governance.audit_verify import BROKEN, Fault, first_broken
from tests.audit_cases import AT, reference_first_broken

TEXT = st.text(max_size=8)
LINES = 6


def log_of(texts: list[str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        audit = Audit(Path(folder) / "state" / "audit.db")
        for text in texts:
            audit.append(Act(AT, text, "look", "why", role=text, payload="said"))
        return audit.rows()


@st.composite
def spoiled(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A log's rows after some changes: a column of a row, a row gone, twice or elsewhere, the end cut off."""
    rows = [dict(row) for row in WRITTEN[draw(st.integers(0, len(WRITTEN) - 1))]]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(rows) - 1))
        match draw(st.sampled_from(("change", "remove", "double", "move", "nothing"))):
            case "change":
                column = draw(st.sampled_from(COLUMNS))
                old = rows[place][column]
                rows[place][column] = draw(st.integers(-1, 9)) if isinstance(old, int) else draw(TEXT | st.just(old.swapcase()))
            case "remove" if len(rows) > 1:
                del rows[place]
            case "double":
                rows.insert(place, dict(rows[place]))
            case "move":
                rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(place))
    return rows


WRITTEN = [log_of(["clerk.a"] * LINES), log_of(["é", '"', "\\", "\x00", "\ud7ff\U0001f600", ""])]


@settings(deadline=None)
@given(spoiled())
def test_both_verifications_name_the_same_line(rows: list[dict[str, Any]]) -> None:
    slow = reference_first_broken(rows)
    fast = first_broken([tuple(row[name] for name in COLUMNS) for row in rows])
    assert fast == (None if slow is None else Fault(BROKEN, slow))


@settings(deadline=None)
@given(st.sampled_from(WRITTEN), st.integers(0, LINES - 1), st.sampled_from(COLUMNS), st.data())
def test_one_bit_of_any_column_breaks_the_log(rows: list[dict[str, Any]], place: int, column: str, data: st.DataObject) -> None:
    value = rows[place][column]
    if isinstance(value, int):
        flipped: Any = value ^ (1 << data.draw(st.integers(0, 30)))
    elif value:
        at = data.draw(st.integers(0, len(value) - 1))
        flipped = value[:at] + chr(ord(value[at]) ^ (1 << data.draw(st.integers(0, 3)))) + value[at + 1 :]
    else:
        flipped = "\x01"
    changed = [dict(row) for row in rows]
    changed[place][column] = flipped
    assert first_broken([tuple(row[name] for name in COLUMNS) for row in changed]) == Fault(BROKEN, place + 1)
