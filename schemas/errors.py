"""Errors that may leave the identifiable zone: a code, a place, a rule and a cure, never a value.

Every refusal that a user sees is a `CaselinkError`. Its text is built only from file names, line and column
positions, rule names and counts. Because an exception chained to another still carries that other's text in
`__context__`, raise these outside the `except` block that caught the cause (see `coded`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class CaselinkError(Exception):
    """A refusal in one line: what is wrong, where, and the cure.

    `code` is stable (`E-LAND-MISSING`), `message` and `cure` are sentences without values from any extract.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, *, cure: str = "") -> None:
        super().__init__(code, message, cure)
        self.code = code
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" Cure: {self.cure}" if self.cure else "")

    def __reduce__(self) -> tuple[Callable[..., CaselinkError], tuple[type[CaselinkError], str, str, str]]:
        return _rebuild, (type(self), self.code, self.message, self.cure)


def _rebuild(kind: type[CaselinkError], code: str, message: str, cure: str) -> CaselinkError:
    return kind(code, message, cure=cure)


class ConfigurationError(CaselinkError):
    """The project's configuration or a command's arguments are wrong (exit 2)."""

    exit_code = 2


class GateError(CaselinkError):
    """The night finished, but a quality gate failed and nothing was published (exit 3)."""

    exit_code = 3


class GovernanceError(CaselinkError):
    """Governance refused: a key, an opt-out list, a purpose, a zone (exit 4)."""

    exit_code = 4


class AlreadyRunningError(CaselinkError):
    """Another run holds the project's lock (exit 6)."""

    exit_code = 6


class ZoneError(GovernanceError):
    """An identifier was declared in, or found on its way into, a zone that must not hold it."""


def coded(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `work` and let only coded errors out.

    Any other exception is replaced by `E-INTERNAL` naming its type and the line of our code that raised it. The replacement is
    raised outside the `except` block, so it keeps neither `__cause__` nor `__context__`: the original's text may
    hold a value from an extract.
    """
    try:
        return work(*args, **kwargs)
    except CaselinkError as known:
        failure: CaselinkError = type(known)(known.code, known.message, cure=known.cure)
    except OSError as trouble:
        failure = CaselinkError(
            "E-IO",
            f"{trouble.strerror or 'input or output failed'} ({type(trouble).__name__}) at {_place(trouble)}.",
            cure="check the rights, the free space and the state of the project's folders",
        )
    except Exception as unknown:
        failure = CaselinkError(
            "E-INTERNAL",
            f"{type(unknown).__name__} at {_place(unknown)}.",
            cure="this is a defect in Caselink: report the code and the place; no data is in this message",
        )
    raise failure


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    place = "an unknown line"
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "?")
        if str(module).split(".")[0] in ROOMS and module != __name__:
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


ROOMS = ("schemas", "linkage", "stratify", "measures", "caseload", "governance", "pipelines", "synthetic_data")
