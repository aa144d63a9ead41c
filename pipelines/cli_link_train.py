"""`caselink link train`: a model of the project's own, learnt from the night served now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import HERE, AsJson, ProjectFolder, Quiet

ModelFile = Annotated[
    Path | None, typer.Option("--model", help="File to write; linkage-model.json in the project where not given.", dir_okay=False)
]


def add_train_command(link_app: typer.Typer) -> None:
    """Mount `train` on `caselink link`."""
    link_app.command("train")(train)


def train(model: ModelFile = None, project: ProjectFolder = HERE, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Learn match weights from the records of the night served now, calibrate them on judgements, and write them down.

    The file holds probabilities and no value of any record. The night uses it once `linkage.model` in caselink.toml names it.
    """
    from pipelines.console import Console
    from pipelines.project import Project
    from pipelines.train_model import MODEL_FILE, train_model

    console, where = Console(as_json, quiet), Project.at(project)
    answer = train_model(where, model or where.root / MODEL_FILE)
    console.say(f"Model {answer['version']} written to {answer['model']}.")
    for block in answer["blocks"]:
        console.say(
            f"- learnt from {block['pairs']:,} pairs with the same {block['rule']}, {block['match_share']:.1%} of them matches"
        )
    for note in answer["notes"]:
        console.say(f"- {note}")
    said = f"calibrated on {answer['judgements']} judgements" if answer["calibrated"] else "not calibrated: too few judgements"
    console.say(f"Its probabilities are {said}.")
    console.result(answer)
