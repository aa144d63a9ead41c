"""A model as a file: skops, never pickle, so that opening one cannot run code. Beside it lies its card as JSON.

The file is made the same from the same model: skops writes memory addresses and the time of day, which are replaced by
running numbers and a fixed date.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import skops.io
from sklearn.linear_model import LogisticRegression

from schemas.errors import CaselinkError
from stratify.models.design import Term
from stratify.models.emergency_admission import Model

FORMAT = 1
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
CURE = "fit the model again with this version of Caselink"


def save_model(model: Model, path: Path, card: dict[str, Any]) -> None:
    """Write `path` (by custom `*.skops`), and its card beside it under the same name with `.json`."""
    state = {
        "format": FORMAT,
        "kind": model.kind,
        "columns": dict(model.columns),
        "rows": model.rows,
        "events": model.events,
        "dropped": model.dropped,
        "why": model.why,
        "terms": [asdict(term) for term in model.terms],
        "estimator": model.estimator,
        "rates": list(model.rates),
    }
    path.write_bytes(_reproducible(skops.io.dumps(state)))
    path.with_suffix(".json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load_model(path: Path) -> Model:
    """Read a model. Raises `E-MODEL-FILE` where the file is none of ours, or holds a type that skops does not trust."""
    state = _state(path)
    known = isinstance(state, dict) and state.get("format") == FORMAT
    if not known or not isinstance(state["estimator"], LogisticRegression | None):
        raise CaselinkError("E-MODEL-FILE", f"{path.name} is not a model of this version.", cure=CURE)
    return Model(
        kind=state["kind"],
        columns=state["columns"],
        rows=state["rows"],
        events=state["events"],
        dropped=state["dropped"],
        why=state["why"],
        terms=tuple(Term(**term) for term in state["terms"]),
        estimator=state["estimator"],
        rates=tuple(state["rates"]),
    )


def _state(path: Path) -> Any:
    problem = ""
    try:
        content = path.read_bytes()
        untrusted = skops.io.get_untrusted_types(data=content)
        if not untrusted:
            return skops.io.loads(content, trusted=[])
        problem = f"holds types that are not trusted ({len(untrusted)})"
    except OSError:
        problem = "cannot be read"
    except Exception:
        problem = "is not a skops file"
    raise CaselinkError("E-MODEL-FILE", f"{path.name} {problem}.", cure=CURE)


def _reproducible(content: bytes) -> bytes:
    """The same archive with objects numbered as they appear and a fixed date."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        schema = json.loads(old.read("schema.json"))
        files: dict[str, str] = {}
        _renumber(schema, {}, files)
        for name, as_written in sorted(files.items()):
            new.writestr(zipfile.ZipInfo(name, FIXED_DATE), old.read(as_written))
        new.writestr(zipfile.ZipInfo("schema.json", FIXED_DATE), json.dumps(schema, indent=1))
    return out.getvalue()


def _renumber(node: Any, numbers: dict[int, int], files: dict[str, str]) -> None:
    """Replace every memory address in a skops schema by the number of its first appearance; note renamed files."""
    if isinstance(node, dict) and "__id__" in node:
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
        if "file" in node:
            name = f"{node['__id__']:06d}.npy"
            files.setdefault(name, node["file"])
            node["file"] = name
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        _renumber(child, numbers, files)
