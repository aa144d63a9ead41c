"""How many pseudonyms are made a second, in bulk and one by one: `python -m benchmarks.pseudonyms --ids 1000000 --json`.

Made-up person ids, one domain, one process, one core. The scalar way, one id at a time, is measured in the same run on the first
of them, and both must agree there: what counts is the ratio.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import pyarrow as pa

from governance.keys import Domain, DomainKey
from governance.pseudonyms import pseudonym, pseudonyms

SEED = 20261128
SCALAR_IDS = 20_000
REPEATS = 3  # the best of these counts: a shared machine only ever makes it slower


def made_up_ids(count: int) -> pa.Array:
    """Person ids: 128 random bits in hexadecimal."""
    noise = np.random.default_rng(SEED).bytes(16 * count)
    return pa.array(noise[place : place + 16].hex() for place in range(0, len(noise), 16))


def measure(count: int) -> dict[str, Any]:
    """The figures of one run."""
    ids, key = made_up_ids(count), DomainKey(bytes(32), Domain("csu", "analysis"))
    few = ids[:SCALAR_IDS]
    texts = few.to_pylist()
    seconds = min(_seconds(lambda: pseudonyms(ids, key)) for _ in range(REPEATS))
    scalar_seconds = min(_seconds(lambda: [pseudonym(text, key) for text in texts]) for _ in range(REPEATS))
    assert pseudonyms(few, key).to_pylist() == [pseudonym(text, key) for text in texts]  # noqa: S101
    per_second, scalar_per_second = count / seconds, len(texts) / scalar_seconds
    return {
        "ids": count,
        "seconds": round(seconds, 4),
        "per_second": round(per_second),
        "scalar_per_second": round(scalar_per_second),
        "ratio_to_scalar": round(per_second / scalar_per_second, 1),
    }


def _seconds(work: Any) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.pseudonyms", description=__doc__)
    options.add_argument("--ids", type=int, default=1_000_000, help="how many pseudonyms to make")
    options.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = options.parse_args()
    figures = measure(chosen.ids)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name:18}{value:>14,}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
