"""How much of each generated test is run: all of it, or in `make test` (`-m "not deep"`) as many examples as find most faults.

No example is timed: machines are busy, and the first loads compiled code.
"""

from __future__ import annotations

import os

from hypothesis import settings

# Set by `pytest_configure` (tests/conftest.py) before any test is read, and inherited by the processes that tests start.
LIGHT = "CASELINK_TESTS_LIGHT"

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def examples(full: int, light: int) -> int:
    """How many examples: `full` where the deep tests run too or one file is run by hand, `light` in `make test`."""
    return light if os.environ.get(LIGHT) else full
