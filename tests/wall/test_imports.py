"""Lock 3: who may import whom, and where each third-party package is confined; read from the source, nothing is run.

The tables below are the rooms of the design: a sibling never imports a sibling, only `pipelines` reaches the pseudonymiser, only
`caseload` the re-identifier. A rule that nothing can break proves nothing, so every rule is broken by a made-up module too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROOMS = {
    # room:        rooms it may import
    "schemas":    set(),
    "linkage":    {"schemas"},
    "stratify":   {"schemas"},
    "measures":   {"schemas"},
    "governance": {"schemas"},
    "caseload":   {"schemas", "governance"},
    "pipelines":  {"schemas", "linkage", "stratify", "measures", "governance", "caseload"},
}  # fmt: skip
OUTERMOST = {"synthetic_data", "tests", "benchmarks"}  # may import anything; nobody imports them

# A door of governance and the one room that may open it. Not even governance itself: that would be a way round.
DOORS = {"governance.pseudonymise": "pipelines", "governance.reidentify": "caseload"}

CONFINED = {
    # package:       rooms, or modules, that may import it
    "recordlinkage": {"linkage"},
    "numba":         {"linkage"},
    "rapidfuzz":     {"linkage"},
    "sklearn":       {"stratify"},
    "skops":         {"stratify"},
    "scipy":         {"linkage", "stratify", "caseload", "governance.disclosure_check"},  # HiGHS: can a cell be solved?
    "altair":        {"measures"},
    "vl_convert":    {"measures"},
    "fastapi":       {"caseload"},
    "starlette":     {"caseload"},
    "jinja2":        {"caseload"},
    "joserfc":       {"caseload"},
    "httpx":         {"caseload.web.oidc"},  # the sign-in service: the only address that a page ever calls
    "uvicorn":       {"pipelines"},
    "cryptography":  {"governance"},
    "prefect":       {"pipelines"},
    "typer":         {"pipelines"},
    "sqlalchemy":    {"governance", "caseload"},
    "xlsxwriter":    {"caseload", "pipelines"},
    "duckdb":        {"pipelines.engine"},
    "markdown_it":   {"pipelines.paper_pages"},
}  # fmt: skip

# The command line may make an example (`init`, `synth`), so it alone may reach the made-up data, and only once a command runs.
LAZY_DOORS = ("pipelines.cli", "pipelines.example")

UNNAMED = "imports a module that is named only at run time"


class Import(NamedTuple):
    """One name that a module imports, in full; `lazily` inside a function."""

    name: str
    line: int
    lazily: bool


def imports(source: str, module: str) -> Iterator[Import]:
    """Every import of a module, whatever its form: `import a.b`, `from a import b`, `from . import b`, `import_module("a")`."""
    tree = ast.parse(source)
    inside = {id(child) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
              for child in ast.walk(node) if child is not node}  # fmt: skip
    for node in ast.walk(tree):
        for name in named(node, module):
            yield Import(name, node.lineno, id(node) in inside)  # type: ignore[attr-defined]


def named(node: ast.AST, module: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = module.split(".")[: -node.level] if node.level else []
        base = ".".join([*package, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
    if isinstance(node, ast.Call) and node.args and called(node.func) in {"import_module", "__import__"}:
        first = node.args[0]
        return [first.value if isinstance(first, ast.Constant) else "?"]
    return []


def called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_within(name: str, place: str) -> bool:
    return name == place or name.startswith(place + ".")


def broken_rule(module: str, found: Import) -> str | None:
    """The rule this import breaks, or None."""
    room, target = module.split(".")[0], found.name.split(".")[0]
    if room in OUTERMOST:
        return None
    if found.name == "?":
        return UNNAMED
    if target in OUTERMOST and not (target == "synthetic_data" and found.lazily and module.startswith(LAZY_DOORS)):
        return f"nobody imports {target}"
    if target in ROOMS and target != room and target not in ROOMS[room]:
        return f"{room} may not import {target}"
    for door, keeper in DOORS.items():
        if is_within(found.name, door) and room != keeper and module != door:
            return f"only {keeper} imports {door}"
    if target in CONFINED and not any(is_within(module, place) for place in CONFINED[target]):
        return f"{target} is confined to {', '.join(sorted(CONFINED[target]))}"
    return None


def broken_rules(module: str, source: str) -> list[str]:
    problems = ((found, broken_rule(module, found)) for found in imports(source, module))
    return [f"{module}:{found.line}: {rule}" for found, rule in problems if rule]


def modules(room: str) -> list[tuple[str, Path]]:
    """Modules of a room by dotted name; a package's `__init__` by `package.__init__`, so that relative imports resolve."""
    return [(".".join(path.relative_to(ROOT).with_suffix("").parts), path) for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("room", ROOMS)
def test_the_layers_hold(room: str) -> None:
    found = modules(room)
    assert found
    assert [problem for module, path in found for problem in broken_rules(module, path.read_text(encoding="utf-8"))] == []


# What the engine of linkage may import of its own room (ADR 11).
ENGINE_KNOWS = ("linkage.engine", "linkage.arrays")


@pytest.mark.parametrize("module", [name for name, _ in modules("linkage") if name.startswith("linkage.engine.")])
def test_the_engine_knows_nothing_of_people(module: str) -> None:
    source = dict(modules("linkage"))[module].read_text(encoding="utf-8")
    ours = [found.name for found in imports(source, module) if is_within(found.name, "linkage")]
    assert [name for name in ours if not any(is_within(name, floor) for floor in ENGINE_KNOWS)] == []


def test_every_package_of_the_repository_is_a_room_or_outermost() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == set(ROOMS) | OUTERMOST


ONLY_PIPELINES = "only pipelines imports governance.pseudonymise"
ONLY_CASELOAD = "only caseload imports governance.reidentify"
ONLY_ENGINE = "duckdb is confined to pipelines.engine"
ONLY_STORES = "sqlalchemy is confined to caseload, governance"

BAD = [
    # module                source                                                          rule
    ("linkage.cascade",     "import stratify.features",                                     "linkage may not import stratify"),
    ("linkage.cascade",     "from governance import vault",                                 "linkage may not import governance"),
    ("stratify.select",     "def lazily():\n    from linkage.cascade import link",          "stratify may not import linkage"),
    ("measures.coverage",   "from stratify import scores as s",                             "measures may not import stratify"),
    ("measures.coverage",   "import importlib\nimportlib.import_module('caseload')",        "measures may not import caseload"),
    ("caseload.allocate",   "import pipelines.config",                                      "caseload may not import pipelines"),
    ("governance.vault",    "__import__('caseload')",                                       "governance may not import caseload"),
    ("governance.vault",    "from .. import caseload",                                      "governance may not import caseload"),
    ("schemas.table",       "import typing\nif typing.TYPE_CHECKING:\n    import linkage",  "schemas may not import linkage"),
    ("pipelines.steps",     "import synthetic_data",                                        "nobody imports synthetic_data"),
    ("pipelines.steps",     "def lazily():\n    import synthetic_data",                     "nobody imports synthetic_data"),
    ("pipelines.cli",       "import synthetic_data",                                        "nobody imports synthetic_data"),
    ("pipelines.cli",       "def lazily():\n    import tests.wall",                         "nobody imports tests"),
    ("schemas.table",       "from benchmarks import night",                                 "nobody imports benchmarks"),
    ("caseload.web",        "from governance import pseudonymise",                          ONLY_PIPELINES),
    ("caseload.web",        "from governance.pseudonymise import pseudonymise_people",      ONLY_PIPELINES),
    ("governance.keys",     "from . import pseudonymise",                                   ONLY_PIPELINES),
    ("governance.__init__", "from .reidentify import reidentify",                           ONLY_CASELOAD),
    ("pipelines.steps",     "import governance.reidentify as r",                            ONLY_CASELOAD),
    ("pipelines.steps",     "import duckdb",                                                ONLY_ENGINE),
    ("linkage.cascade",     "import duckdb",                                                ONLY_ENGINE),
    ("linkage.engine.kernel", "from sklearn.linear_model import LogisticRegression",          "sklearn is confined to stratify"),
    ("measures.coverage",   "async def lazily():\n    import prefect",                      "prefect is confined to pipelines"),
    ("pipelines.state",     "import sqlalchemy.orm",                                        ONLY_STORES),
    ("stratify.select",     "name = 'linkage'\n__import__(name)",                           UNNAMED),
    *((f"schemas.{package}", f"import {package}", f"{package} is confined to {', '.join(sorted(rooms))}")
      for package, rooms in CONFINED.items()),
]  # fmt: skip


@pytest.mark.parametrize(("module", "source", "rule"), BAD)
def test_each_rule_can_be_broken(module: str, source: str, rule: str) -> None:
    problems = broken_rules(module, source)
    assert [problem.split(": ", 1)[1] for problem in problems] == [rule]
    assert problems[0].startswith(f"{module}:")


GOOD = [
    (
        "linkage.cascade",
        "import rapidfuzz, numba\nfrom schemas.table import Table\nfrom . import kernel\nfrom .kernel import score",
    ),
    ("stratify.features.use", "from stratify.features import FEATURES\nfrom .. import select"),
    ("caseload.web", "import fastapi\nfrom governance.reidentify import reidentify\nfrom governance import audit"),
    ("pipelines.steps", "from governance import pseudonymise\nimport linkage, stratify, measures, caseload, xlsxwriter"),
    ("pipelines.engine", "import duckdb"),
    ("pipelines.cli", "def lazily():\n    from synthetic_data import area"),
    ("pipelines.example", "def lazily():\n    import synthetic_data.area"),
    ("governance.reidentify", "import cryptography, sqlalchemy\nfrom governance.reidentify import again"),
    ("synthetic_data.area", "import linkage, stratify, duckdb, tests"),
    ("schemas.prefecture", "import numpy, pyarrow, prefecture"),
]


@pytest.mark.parametrize(("module", "source"), GOOD)
def test_what_the_design_allows_is_allowed(module: str, source: str) -> None:
    assert broken_rules(module, source) == []


def test_a_bad_module_in_a_room_is_found_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "linkage"
    room.mkdir()
    (room / "steal.py").write_text("import governance.vault\n", encoding="utf-8")
    monkeypatch.setattr("test_imports.ROOT", tmp_path)
    with pytest.raises(AssertionError, match="linkage may not import governance"):
        test_the_layers_hold("linkage")
