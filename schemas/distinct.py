"""Work done once per distinct value: a column has millions of rows and far fewer values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def map_distinct(values: Any, work: Callable[[str], Any], kind: pa.DataType | None = None) -> Any:
    """`work` applied to every text in `values`, called once per distinct text; null stays null.

    `values` is an Arrow array or chunked array of text, and the answer has the same shape, of type `kind` (text unless given).
    `work` may answer None for "no value".
    """
    texts = values.unique().drop_null()
    answers = pa.array([work(text) for text in texts.to_pylist()], kind or pa.string())
    return answers.take(pc.index_in(values, value_set=texts, skip_nulls=True))
