"""Who compares names in step 5: a list to choose from by `LinkSettings.engine`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.arrays import Bits
from linkage.name_list import Engine
from schemas.errors import ConfigurationError


def _jaro_winkler(left: Sequence[str], right: Sequence[str]) -> Bits:
    return _compared("jarowinkler", left, right)


def _slips(left: Sequence[str], right: Sequence[str]) -> Bits:
    """The toolkit gives 1 - slips / length of the longer name."""
    longer = np.maximum([len(name) for name in left], [len(name) for name in right])
    slips: Bits = np.rint((1 - _compared("damerau_levenshtein", left, right)) * longer)
    return slips


def _compared(method: str, left: Sequence[str], right: Sequence[str]) -> Bits:
    """One of the recordlinkage toolkit's string comparisons, over pairs of names."""
    import pandas
    from recordlinkage import Compare  # takes seconds to import: scikit-learn comes with it

    compare = Compare()
    compare.string("name", "name", method=method, label="likeness")
    positions = pandas.RangeIndex(len(left))
    pairs = pandas.MultiIndex.from_arrays([positions, positions])
    likeness = compare.compute(pairs, pandas.DataFrame({"name": left}), pandas.DataFrame({"name": right}))
    return np.asarray(likeness["likeness"], dtype=np.float64)


ENGINES: dict[str, Engine] = {"recordlinkage": Engine(_jaro_winkler, _slips)}


def engine_named(name: str) -> Engine:
    """The engine of this name. Raises `ConfigurationError` `E-LINK-ENGINE` for another name."""
    if name not in ENGINES:
        raise ConfigurationError(
            "E-LINK-ENGINE", "linkage: there is no engine of this name.", cure=f"one of: {', '.join(sorted(ENGINES))}"
        )
    return ENGINES[name]
