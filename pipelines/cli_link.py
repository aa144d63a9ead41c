"""`caselink link`: what an analyst or a council does with linkage beside the night; each family of commands is a module."""

from __future__ import annotations

import typer

from pipelines.cli_link_explain import add_explain_command
from pipelines.cli_link_numbers import add_number_commands
from pipelines.cli_link_pairs import add_pair_commands
from pipelines.cli_link_quality import add_quality_command
from pipelines.cli_link_review import add_review_commands
from pipelines.cli_link_train import add_train_command

link_app = typer.Typer(
    name="link",
    help="Linkage beside the night: any two files linked, NHS numbers traced and returned to their sources, pairs reviewed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
add_explain_command(link_app)
add_number_commands(link_app)
add_pair_commands(link_app)
add_quality_command(link_app)
add_review_commands(link_app)
add_train_command(link_app)
