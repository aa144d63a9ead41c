"""A project that may do everything: purposes, bases and the field list of an example, for tests about something else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pipelines.example_bases import example_bases
from pipelines.fields import FIELDS_FILE, widest_list


def permitted(**sections: Any) -> dict[str, Any]:
    """Sections of a configuration with every purpose and basis added."""
    return {**tomllib.loads(example_bases()), **sections}


def permit(folder: Path) -> None:
    """Write the field list, and every purpose and basis behind what caselink.toml says."""
    (folder / FIELDS_FILE).write_text(widest_list(), encoding="utf-8")
    with (folder / "caselink.toml").open("a", encoding="utf-8") as stream:
        stream.write(example_bases())
