"""`caselink link pairs` and `link evaluate`: any two files, or one, with no project; and how right the links are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli_options import AsJson, Quiet
from schemas.errors import ConfigurationError

Left = Annotated[Path, typer.Option("--left", help="Parquet or CSV with record_id and columns to compare.")]
Right = Annotated[Path | None, typer.Option("--right", help="The other file; without it the left one is deduplicated.")]
Out = Annotated[Path, typer.Option("--out", help="CSV to write: left_id,right_id,p,weight,linked.")]
Fields = Annotated[
    str | None,
    typer.Option(
        "--fields",
        help="Columns to compare, a,b,...; not of the canonical names: name:exact or name:text. Default: all canonical.",
    ),
]
Blocks = Annotated[
    list[str] | None,
    typer.Option(
        "--block",
        help="Blocking rules: a+b is one (both equal), a,b are two (either). May be repeated. Default: proposed from key sizes.",
    ),
]
ModelFile = Annotated[
    Path | None,
    typer.Option(
        "--model", help="Model to use, ours or one that Splink saved; where there is no such file, one is trained and written."
    ),
]
OneToOne = Annotated[
    bool, typer.Option("--one-to-one", help="At most one partner each; near ties are left to review, not linked.")
]
PairsFile = Annotated[Path | None, typer.Option("--pairs", help="What `link pairs` wrote.")]
TruthFile = Annotated[Path | None, typer.Option("--truth", help="Two columns of ids, every matching pair a row.")]
Dataset = Annotated[str | None, typer.Option("--dataset", help="febrl1, febrl2, febrl3 or febrl4, instead of files.")]


def add_pair_commands(link_app: typer.Typer) -> None:
    """Mount `pairs` and `evaluate` on `caselink link`."""
    link_app.command("pairs")(pairs)
    link_app.command("evaluate")(evaluate)


def pairs(
    left: Left,
    out: Out,
    right: Right = None,
    fields: Fields = None,
    block: Blocks = None,
    model: ModelFile = None,
    one_to_one: OneToOne = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Link any two files, or find who is in one file more than once. No project and no truth is needed."""
    from pipelines.console import Console
    from pipelines.pair_files import check_outputs, run_pairs, write_run

    console = Console(as_json, quiet)
    check_outputs(out, model, [left, right] if right else [left])
    blocks = [rule for text in block or () for rule in text.split(",")]
    summary = write_run(run_pairs(left, right, fields=fields, blocks=blocks, model_file=model, one_to_one=one_to_one), out)
    for note in summary["notes"]:
        console.say(f"Note: {note}.")
    console.say(f"{summary['pairs_scored']} pairs looked at, {summary['pairs_written']} written, {summary['linked']} linked.")
    console.result(summary)


def evaluate(
    pairs: PairsFile = None,
    truth: TruthFile = None,
    dataset: Dataset = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Set links against the truth: of your own files, or of a data set that is linked first."""
    from pipelines.console import Console
    from pipelines.pair_files import evaluate_dataset, evaluate_files

    console = Console(as_json, quiet)
    if bool(dataset) == bool(pairs and truth) or (dataset and (pairs or truth)):
        raise ConfigurationError(
            "E-ARGUMENT", "give --pairs and --truth, or --dataset.", cure="see caselink link evaluate --help"
        )
    answer = evaluate_dataset(dataset) if dataset else evaluate_files(pairs, truth)  # type: ignore[arg-type]
    for note in answer["notes"]:
        console.say(f"Note: {note}.")
    for title, figures in (("Accuracy", answer), ("Without soc_sec_id", answer.get("without_soc_sec_id"))):
        if figures:
            console.table(["figure", "value"], _rows(figures), title=title)
    console.result(answer)


def _rows(figures: dict[str, Any]) -> list[list[str]]:
    """The plain figures, and those of `best` and `one_to_one`, for people; what cannot be said has no row."""
    plain = {name: value for name, value in figures.items() if not isinstance(value, dict | list)}
    plain |= {f"{cut} f1": figures[cut]["f1"] for cut in ("best", "one_to_one")}
    return [
        [name, f"{value:,.4f}" if isinstance(value, float) else f"{value:,}"]
        for name, value in plain.items()
        if value is not None
    ]
