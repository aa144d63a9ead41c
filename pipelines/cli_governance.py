"""`caselink governance`: what the Caldicott Guardian asks for, one group of commands for each duty."""

from __future__ import annotations

import typer

from pipelines.cli_attack import attack
from pipelines.cli_audit import audit_app
from pipelines.cli_bases import add_bases_commands
from pipelines.cli_keys import add_key_commands
from pipelines.cli_options import PLAIN
from pipelines.cli_papers import add_paper_commands
from pipelines.cli_vault import vault_app

governance_app = typer.Typer(help="Keys, legal bases, opt-outs, audit, and proof that the wall holds.", **PLAIN)
governance_app.add_typer(audit_app, name="audit")
add_bases_commands(governance_app)
add_key_commands(governance_app)
governance_app.add_typer(vault_app, name="vault")
governance_app.command("attack")(attack)
add_paper_commands(governance_app)
