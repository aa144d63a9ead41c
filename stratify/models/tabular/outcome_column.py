"""The outcome of a table: 0 and 1, or true and false, also written as text; a row without one is dropped and counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import ConfigurationError
from stratify.models.tabular.columns import EMPTY, FLAG, NUMBER, TEXT, kind_of, plain_type, texts_of

# With fewer than this a model of many terms says more of chance than of people.
FEWEST_EVENTS = 200
# Without some people who did not have the event there is nothing to tell them from.
FEWEST_OTHERS = 20

YES, NO = ("1", "1.0", "true"), ("0", "0.0", "false")


def read_outcome(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    """1, 0, or -1 where there is none.

    Raises `ConfigurationError` `E-FIT-OUTCOME` where a value is neither, or the column has one class only;
    `E-FIT-EVENTS` where there are fewer than 200 events, or fewer than 20 rows without one.
    """
    found = _read(name, column)
    events, others = int((found == 1).sum()), int((found == 0).sum())
    if not events or not others:
        raise ConfigurationError(
            "E-FIT-OUTCOME", f"outcome {name} has one class only.", cure="give rows with the event and rows without"
        )
    if events < FEWEST_EVENTS or others < FEWEST_OTHERS:
        count, what, fewest = (
            (events, "events", FEWEST_EVENTS) if events < FEWEST_EVENTS else (others, "rows without it", FEWEST_OTHERS)
        )
        raise ConfigurationError(
            "E-FIT-EVENTS", f"outcome {name} has {count} {what}, fewer than {fewest}.", cure="give more rows"
        )
    return found


def _read(name: str, column: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    kind = kind_of(name, column)
    if kind == EMPTY:
        return np.full(len(column), -1, dtype=np.int8)
    plain = pc.cast(column, plain_type(column.type)) if pa.types.is_dictionary(column.type) else column
    if kind == TEXT:
        lower = pc.utf8_lower(texts_of(plain))
        yes, no = (pc.is_in(lower, value_set=pa.array(words)) for words in (YES, NO))
        known = lower.is_valid()
    else:
        number = pc.cast(pc.cast(plain, pa.int8()) if kind == FLAG else plain, pa.float64())
        known = pc.and_(number.is_valid(), pc.invert(pc.fill_null(pc.is_nan(number), False)))
        yes, no = (pc.fill_null(pc.equal(number, value), False) for value in (1.0, 0.0))
    if kind in {TEXT, NUMBER} and pc.any(pc.and_(known, pc.invert(pc.or_(yes, no)))).as_py():
        raise ConfigurationError(
            "E-FIT-OUTCOME",
            f"outcome {name} has other values than 0 and 1, true and false.",
            cure="write it so, or leave it empty",
        )
    answer = np.full(len(column), -1, dtype=np.int8)
    answer[np.asarray(yes)] = 1
    answer[np.asarray(no)] = 0
    return answer
