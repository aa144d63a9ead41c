"""`caselink stratify`: a score fitted on any person-level table and its chances, with no project; why a person is on a list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli_options import PLAIN, AsJson, Quiet
from pipelines.cli_stratify_explain import add_explain_command
from pipelines.cli_stratify_features import features as features_command

stratify_app = typer.Typer(name="stratify", help="Scores: fit one on any table of people, use it, see why.", **PLAIN)
stratify_app.command("features")(features_command)
add_explain_command(stratify_app)


@stratify_app.command("fit")
def fit(
    features: Annotated[Path, typer.Option("--features", help="Parquet or CSV: a row per person, or per person and date.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column of 0 and 1, or true and false; empty is not known.")],
    out: Annotated[Path, typer.Option("--out", help="Model file to write.")],
    group: Annotated[str | None, typer.Option("--group", help="Column whose rows belong together: a person, a practice.")] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Column of dates, years or numbers; the last slice validates.")
    ] = None,
    additive: Annotated[
        bool, typer.Option("--additive", help="Only models whose log-odds are a sum over columns, so that reasons are exact.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fit a model on any person-level table, and measure it on people that had no part in it.

    Ends with 3, and writes no model, where it fails its gate.
    """
    from pipelines.console import Console
    from pipelines.person_tables import fit_file

    console = Console(as_json, quiet)
    answer = fit_file(features, outcome, out, group=group, time_column=time, additive=additive)
    for note in answer["notes"]:
        console.say(f"Note: {note}.")
    shown = ("rows", "dropped", "chosen", "auroc", "brier", "calibration_slope", "expected_observed", "seconds")
    rows = [[name, _written(answer[name])] for name in shown]
    rows.append([f"auroc of {answer['baseline']['column']} alone", _written(answer["baseline"]["auroc"])])
    console.table(["figure", "value"], rows)
    console.result(answer)


@stratify_app.command("predict")
def predict(
    model: Annotated[Path, typer.Option("--model", help="What `stratify fit` wrote.")],
    features: Annotated[Path, typer.Option("--features", help="Parquet or CSV with the columns it was fitted on.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write: row_id,p in the order of the file.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Give every row of a file its chance. A file without a column that the model was fitted on is refused."""
    from pipelines.console import Console
    from pipelines.person_tables import predict_file

    console = Console(as_json, quiet)
    answer = predict_file(model, features, out)
    console.say(f"{answer['rows']:,} rows written.")
    console.result(answer)


def _written(value: float | int | str | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
