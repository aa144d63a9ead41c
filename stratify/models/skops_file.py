"""What a model learned as a skops file, never pickle, so that opening one cannot run code.

The same content gives the same file: skops writes memory addresses and the time of day, which are replaced by running
numbers and a fixed date.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import skops.io

from schemas.errors import ConfigurationError

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
CURE = "fit the model again with this version of Caselink"


def to_bytes(state: dict[str, Any]) -> bytes:
    """A dictionary of plain values, arrays and estimators as the content of a skops file."""
    content = skops.io.dumps(state)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        schema = json.loads(old.read("schema.json"))
        files: dict[str, str] = {}
        _renumber(schema, {}, files)
        for name, as_written in sorted(files.items()):
            new.writestr(zipfile.ZipInfo(name, FIXED_DATE), old.read(as_written), zipfile.ZIP_DEFLATED)
        new.writestr(zipfile.ZipInfo("schema.json", FIXED_DATE), json.dumps(schema, indent=1), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def from_file(path: Path) -> Any:
    """What `to_bytes` was given. Raises `ConfigurationError` `E-MODEL-FILE`: no skops file, or a type it does not trust."""
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
    raise ConfigurationError("E-MODEL-FILE", f"{path.name} {problem}.", cure=CURE)


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
