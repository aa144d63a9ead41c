"""A CSV file's columns as flags, numbers and text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from pipelines.typed_csv import typed


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", " 2.5", "-3e2", ""], None, [1.0, 2.5, -300.0, None]),
        (["+1", "inf", "NA", ".5"], None, [1.0, float("inf"), None, 0.5]),
        (["true", "FALSE", ""], None, [True, False, None]),
        (["007", "12"], None, ["007", "12"]),  # a code: not one leading zero is lost
        (["1", "x"], None, ["1", "x"]),
        (["", "NA"], None, [None, None]),
        (["7", "12"], "text", ["7", "12"]),  # what was text where the model was fitted stays text
        (["7", "x"], "number", ["7", "x"]),  # for the model to refuse
        (["-", "1"], None, ["-", "1"]),
        (["0", "0.5"], None, [0.0, 0.5]),
    ],
)
def test_cells(cells: list[str], kind: str | None, values: list[Any]) -> None:
    given = pa.table({"c": cells, "row_id": cells, "y": cells})
    found = typed(given, frozenset({"y"}), {"c": kind} if kind else None)
    assert found["c"].to_pylist() == values
    assert found["y"].to_pylist() == [None if cell in {"", "NA"} else cell.strip() for cell in cells]
    assert found["row_id"].to_pylist() == cells
