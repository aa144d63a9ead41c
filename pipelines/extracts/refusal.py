"""What a whole file is refused for: one line with file, place, rule and cure, never a value."""

from __future__ import annotations

from schemas.errors import CaselinkError


def refusal(code: str, file: str, where: str, rule: str, *, cure: str) -> CaselinkError:
    """`file, where: rule` as a coded error. `where` is a line or a column; empty where it is the whole file."""
    place = f"{file}, {where}" if where else file
    return CaselinkError(code, f"{place}: {rule}.", cure=cure)
