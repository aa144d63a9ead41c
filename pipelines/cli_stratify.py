"""`caselink stratify`: scores and reasons beside the night; each family of commands is a module."""

from __future__ import annotations

import typer

from pipelines.cli_options import PLAIN
from pipelines.cli_stratify_explain import add_explain_command

stratify_app = typer.Typer(name="stratify", help="Stratification: why a person is on a list.", **PLAIN)
add_explain_command(stratify_app)
