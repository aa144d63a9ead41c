"""Which tests there are, by name: so that a paper which rests on a test that is not there is found."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def tests_of(path: str) -> frozenset[str]:
    """Names of the tests of a file, by its path from the top; none where there is no such file."""
    whole = ROOT / path
    if not whole.is_file():
        return frozenset()
    tree = ast.parse(whole.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def is_test(test_id: str) -> bool:
    """Whether `tests/a/test_b.py::test_c` is a test; a file alone counts where it has any."""
    path, _, name = test_id.partition("::")
    if path.endswith("/"):
        return (ROOT / path).is_dir()
    return name in tests_of(path) if name else bool(tests_of(path))
