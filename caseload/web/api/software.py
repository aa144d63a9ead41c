"""What answers: the name and version of this software."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

NAME = "Caselink"


def _version() -> str:
    try:
        return version("caselink")
    except PackageNotFoundError:  # run from a work tree that is not installed
        return "0"


VERSION = _version()
SOFTWARE = f"{NAME} {VERSION}"
