"""Every generated page of docs/reference, from the lists and classes it describes. A stale page fails a test.

`make docs` runs this module.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipelines.config import MAX_AGE_DAYS, Configuration
from schemas import aggregate, identifiable, pseudonymised
from schemas.table import Table

TOP = Path(__file__).resolve().parent.parent / "docs" / "reference"


def configuration_page() -> str:
    """`caselink.toml`, section by section."""
    parts = [
        "# caselink.toml",
        "Generated from `pipelines/config.py`. An unknown key is an error that names the nearest right key.",
    ]
    for name, field in Configuration.model_fields.items():
        inner, many = _section(field.annotation)
        parts += _section_parts(f"[[{name}]]" if many else f"[{name}]", inner)
        within = {key: each.annotation for key, each in inner.model_fields.items() if _is_section(each.annotation)}
        for key, section in within.items():
            parts += _section_parts(f"[{name}.{key}]", section)
    limits = ", ".join(f"{source} {days}" for source, days in MAX_AGE_DAYS.items())
    parts.append(f"Days after which a source counts as stale, unless `[feeds.max_age_days]` says otherwise: {limits}.")
    return "\n\n".join(parts) + "\n"


def _section_parts(heading: str, section: Any) -> list[str]:
    """Heading, what it is, and its keys but those that are sections of their own."""
    rows = "".join(_row(key, each) for key, each in section.model_fields.items() if not _is_section(each.annotation))
    return [f"## `{heading}`", section.__doc__ or "", "| key | default | meaning |\n|---|---|---|" + rows]


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _section(annotation: Any) -> tuple[type[BaseModel], bool]:
    inner = getattr(annotation, "__args__", None)
    return (inner[0], True) if inner else (annotation, False)


def _row(key: str, field: Any) -> str:
    default = "required" if field.is_required() else json.dumps(field.get_default(call_default_factory=True), default=str)
    return f"\n| `{key}` | `{default}` | {field.description or ''} |"


def tables_page() -> str:
    """Every typed table, by zone."""
    parts = ["# Tables", "Generated from `schemas/`. Every written table lies sorted by its key or order."]
    for module in (identifiable, pseudonymised, aggregate):
        tables = [
            each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Table) and each is not Table
        ]
        parts.append(f"## Zone: {tables[0].zone}")
        for table in tables:
            rows = "".join(
                f"\n| `{name}` | {column.type if column.type.num_fields < 3 else 'struct'} | "
                f"{'yes' if column.required else ''} | {column.description} |"
                for name, column in table.columns().items()
            )
            key = ", ".join(f"`{name}`" for name in table.key) or "none"
            head = f"### {table.__name__}\n\n{table.__doc__} Key: {key}."
            parts.append(f"{head}\n\n| column | type | required | meaning |\n|---|---|---|---|{rows}")
    return "\n\n".join(parts) + "\n"


def commands_page() -> str:
    """Every command with its own help."""
    import typer

    from pipelines.cli import app

    parts = ["# Commands", "Generated from `pipelines/cli.py`. " + EXIT_CODES]
    for path, command in _commands(typer.main.get_command(app), "caselink"):
        options = "".join(
            f"\n| `{'`, `'.join(option.opts)}` | {getattr(option, 'help', None) or ''} |"
            for option in command.params
            if option.name != "help"
        )
        parts.append(
            f"## `{path}`\n\n{command.help}" + (f"\n\n| argument or option | meaning |\n|---|---|{options}" if options else "")
        )
    return "\n\n".join(parts) + "\n"


EXIT_CODES = (
    "Exit codes: 0 done (a no-op too); 1 the run failed; 2 usage or configuration; 3 finished, but a quality gate failed and "
    "nothing was published; 4 refused by governance; 5 published with warnings; 6 already running."
)


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{path} {name}")
        else:
            yield f"{path} {name}", inner


def extracts_page() -> str:
    """Every extract's layout."""
    from pipelines.extracts.reference_page import reference_page

    return reference_page()


def features_page() -> str:
    """Every feature and score."""
    from stratify.reference_page import reference_page

    return reference_page()


def reasons_page() -> str:
    """Every kind of fact, with its words."""
    from stratify.reasons.reference_page import reference_page

    return reference_page()


def model_card_page() -> str:
    """What a model's card holds."""
    from stratify.assurance.reference_page import reference_page

    return reference_page()


def indices_page() -> str:
    """Every published index: window, ages, traps, what shows what."""
    from stratify.indices_page import reference_page

    return reference_page()


def access_page() -> str:
    """Roles, relationships, limits, categories."""
    from governance.access.reference_page import reference_page

    return reference_page()


def entries_page() -> str:
    """The caseload's states, steps and reasons."""
    from caseload.entries.reference_page import reference_page

    return reference_page()


def pages_page() -> str:
    """Every page of the caseload and who may open it."""
    from caseload.web.reference_page import reference_page

    return reference_page()


def api_page() -> str:
    """Every address of the API and who may call it."""
    from caseload.web.api.reference_page import reference_page

    return reference_page()


def safety_page() -> str:
    """The hazard log."""
    from governance.hazards import hazards
    from governance.papers.safety import safety_case

    return safety_case(hazards())


PAGES: dict[str, Callable[[], str]] = {
    "configuration.md": configuration_page,
    "tables.md": tables_page,
    "commands.md": commands_page,
    "extracts.md": extracts_page,
    "features.md": features_page,
    "reasons.md": reasons_page,
    "model-card.md": model_card_page,
    "indices.md": indices_page,
    "safety-case.md": safety_page,
    "access.md": access_page,
    "entries.md": entries_page,
    "pages.md": pages_page,
    "api.md": api_page,
}


def main() -> int:
    """Write every page."""
    for name, page in PAGES.items():
        (TOP / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
