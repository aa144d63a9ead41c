"""A database that fails while it is used, told from a defect of ours: for whoever answers users."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from schemas.errors import GovernanceError

P = ParamSpec("P")
R = TypeVar("R")

OUT_OF_REACH = "E-STORE-REACH"
OURS = (IntegrityError, DataError, NotSupportedError)  # what was asked of the database is wrong, wherever it lies
# PostgreSQL's own codes for rights taken away and for tables or a schema that are gone (its manual, appendix A).
TAKEN_AWAY = ("42501", "42P01", "3F000")


def in_reach(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `work`; raises `GovernanceError` `E-STORE-REACH` where a database could not be read or written meanwhile.

    A file that is away, cut, locked or no database, a full disk, a server that is down, refuses or takes rights away. The
    message holds no value: the driver's text, which may, goes no further. What else `work` raises is raised.
    """
    failure = ""
    try:
        return work(*args, **kwargs)
    except (DBAPIError, NoConnectionLeft, sqlite3.Error) as error:
        if _is_ours(error):
            raise
        failure = type(error).__name__
    raise GovernanceError(
        OUT_OF_REACH,
        "one of Caselink's databases cannot be used now: nothing is shown or done. Try again later.",
        cure=f"`caselink doctor` ({failure})",
    )


def _is_ours(error: Exception) -> bool:
    if isinstance(error, ProgrammingError):
        return getattr(error.orig, "sqlstate", None) not in TAKEN_AWAY
    return isinstance(error, OURS)
