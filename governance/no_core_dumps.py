"""A process that holds a key or identifiers leaves no memory image behind: no core file, and no other process may read it."""

from __future__ import annotations

import ctypes
import resource
import sys

PR_SET_DUMPABLE = 4  # Linux, prctl(2): also keeps handlers of core_pattern and debuggers of the same user out


def forbid_core_dumps() -> None:
    """Set the limit of core files to zero for this process and its children, and on Linux make this process undumpable."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
