"""Numba, once: how the functions of the kernel are compiled, and where what was compiled is kept.

Compiled code runs without the interpreter's lock, so ranges of pairs run in threads, and without counting references to arrays: a
count is an atomic write, two for each array of each call, which costs more than scoring a pair. What is compiled here therefore
allocates nothing; `_nrt` is numba's own switch for it, and the tests that compare compiled with interpreted code watch over it.

Numba looks only at a function's own file to see whether its kept code is stale, not at those it weaves in. So the folder is named
after all of them: changed code never meets what was compiled before it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

HERE = Path(__file__).parents[1]
# Files whose code or constants are woven into compiled code.
SOURCES = (
    "arrays.py",
    "engine/compiled.py",
    "engine/kernel.py",
    "engine/kernel_pairs.py",
    "engine/text_measures.py",
    "engine/program.py",
    "engine/joins.py",
    "engine/key_order.py",
    "training/draws.py",
)


def cache_folder() -> Path:
    """Where compiled code is kept: beside the source, or among the user's own caches where that cannot be written."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:16]
    beside = HERE / "__pycache__"
    writable = os.access(beside if beside.is_dir() else HERE, os.W_OK)
    base = beside if writable else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "caselink"
    return base / f"compiled-{digest}"


numba.config.CACHE_DIR = str(cache_folder())


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, compiled when it is first called with new types; it may be called from Python and allocates nothing."""
    return numba.njit(nogil=True, cache=True, error_model="numpy", _nrt=False)(function)  # type: ignore[no-any-return]


def woven(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, for compiled ones to use: its code is woven into theirs, as a call costs more than its few lines."""
    return numba.njit(inline="always", error_model="numpy", _nrt=False)(function)  # type: ignore[no-any-return]
