"""Numba, once: how the functions of the kernel are compiled.

Compiled code is kept on disk beside the source (or in the user's cache where that is not writable), so a cold process loads it.
It runs without the interpreter's lock, so ranges of pairs run in threads, and without counting references to arrays: a count is
an atomic write, two for each array of each call, which costs more than scoring a pair. What is compiled here therefore allocates
nothing; `_nrt` is numba's own switch for it, and the tests that compare compiled with interpreted code watch over it.
"""

from __future__ import annotations

from collections.abc import Callable

import numba


def compiled(function: Callable[..., object]) -> Callable[..., object]:
    """The function, compiled when it is first called with new types; it may be called from Python and allocates nothing."""
    return numba.njit(function, nogil=True, cache=True, error_model="numpy", _nrt=False)  # type: ignore[no-any-return]


def woven(function: Callable[..., object]) -> Callable[..., object]:
    """The function, for compiled ones to use: its code is woven into theirs, as a call costs more than its few lines."""
    return numba.njit(function, inline="always", error_model="numpy", _nrt=False)  # type: ignore[no-any-return]
