"""How many NHS numbers are read a second: `python -m benchmarks.nhs_numbers --numbers 5000000 --json`.

Made-up numbers of the test range, ten plain digits each, about one in eleven with a wrong check digit; one process, one core.
The scalar reading, one value at a time, is measured in the same run on the first of them, and both must agree there.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import pyarrow as pa

from schemas.nhs_number import read_nhs_number, read_nhs_numbers

SEED = 20261122
SCALAR_NUMBERS = 100_000
REPEATS = 3  # the best of these counts: a shared machine only ever makes it slower


def made_up_numbers(count: int) -> pa.Array:
    """Ten-digit texts of the test range; where a body has no check digit, a wrong one stands."""
    bodies = np.random.default_rng(SEED).integers(900_000_000, 1_000_000_000, count)
    weighted = sum((bodies // 10**place % 10) * (place + 2) for place in range(9))
    return pa.array(bodies * 10 + (11 - weighted % 11) % 11 % 10).cast(pa.string())


def measure(count: int) -> dict[str, Any]:
    """The figures of one run."""
    numbers = made_up_numbers(count)
    seconds = min(_seconds(lambda: read_nhs_numbers(numbers)) for _ in range(REPEATS))
    few = numbers[:SCALAR_NUMBERS]
    texts = few.to_pylist()
    scalar_seconds = min(_seconds(lambda: [read_nhs_number(text) for text in texts]) for _ in range(REPEATS))
    assert read_nhs_numbers(few)["kind"].to_pylist() == [read_nhs_number(text).kind for text in texts]  # noqa: S101
    per_second, scalar_per_second = count / seconds, len(texts) / scalar_seconds
    return {
        "numbers": count,
        "seconds": round(seconds, 4),
        "per_second": round(per_second),
        "scalar_per_second": round(scalar_per_second),
        "ratio_to_scalar": round(per_second / scalar_per_second, 1),
    }


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.nhs_numbers", description=__doc__)
    options.add_argument("--numbers", type=int, default=5_000_000, help="how many numbers to read")
    options.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = options.parse_args()
    figures = measure(chosen.numbers)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name:18}{value:>14,}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
