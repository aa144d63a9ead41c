"""A model trained with Splink, read from the JSON file that it saves (version 4 or 5, DuckDB), and scored as Splink scores it.

    model = read_splink_settings(Path("model.json"))
    weigher = Weigher(model.sides(left, right), model.comparisons, model.rules, model.weights)
    weigher.keep(floor)                  # match weights equal to Splink's on every pair, to 1e-9

`left` and `right` are Arrow tables (or `left` alone) with the columns that the settings name (`model.required_columns`), of
the kinds that Splink had. Rows must be in the order of their ids, as a pair's left record is the one with the smaller id; that
matters only where the settings compare different columns. What is not read here is refused, never approximated.

Known to differ: texts over 256 letters are compared by their first 256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.engine.conditions import Comparison, Level, Question
from linkage.engine.rules import Rule
from linkage.engine.weigher import Sides
from linkage.engine.weights import Weights
from linkage.model import Model
from linkage.splink.columns import ColumnError, columns_in
from linkage.splink.conditions import Made, terms_of
from linkage.splink.sides import encode_sides
from linkage.splink.sql import Compared, Every, Expression, SqlNotReadError, read_condition, read_rule
from linkage.splink.weights import level_evidence
from schemas.errors import ConfigurationError

DEFAULT_PRIOR = 0.0001  # Splink's, where its file gives none
LEVEL_KEYS = {
    "sql_condition", "label_for_charts", "m_probability", "u_probability", "fix_m_probability", "fix_u_probability",
    "is_null_level", "tf_adjustment_column", "tf_adjustment_weight", "tf_minimum_u_value", "disable_tf_exact_match_detection",
}  # fmt: skip
# Keys of a blocking rule that do not change which pairs it finds.
RULE_KEYS = {"blocking_rule", "sql_dialect", "salting_partitions"}


@dataclass(frozen=True)
class SplinkModel:
    """Comparisons, model and rules as the kernel takes them, and the formulas of the columns that they read."""

    comparisons: tuple[Comparison, ...]
    model: Model
    rules: tuple[Rule, ...]
    columns: Mapping[str, Expression]
    link_type: str
    record_id: str

    @property
    def weights(self) -> Weights:
        """What scoring adds up."""
        return self.model.weights()

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that a file must have, in lower case."""
        return tuple(sorted(set().union(*map(columns_in, self.columns.values()))))

    def sides(self, left: pa.Table, right: pa.Table | None = None) -> Sides:
        """The records as sheets. Raises `ConfigurationError` `E-LINK-SPLINK` where a file lacks a column or has another kind."""
        tables = [left] if right is None else [left, right]
        asked: list[Question] = [question for each in self.comparisons for question in each.questions()]
        asked += [question for rule in self.rules for question in rule.questions()]
        weights = [weight for by_level in self.weights.levels.values() for weight in by_level.values()]
        fault = ""
        try:
            return encode_sides(
                tables, self.columns, asked, sorted({each.frequency.column for each in weights if each.frequency})
            )
        except (ColumnError, SqlNotReadError) as error:
            fault = str(error)
        raise refused(f"a file {fault}", cure="give the columns, of the kinds, that Splink was given")


def is_splink_file(path: Path) -> bool:
    """Whether a file is of settings that Splink saved; not where it is another or cannot be read."""
    try:
        return is_splink_settings(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


def is_splink_settings(content: Any) -> bool:
    """Whether JSON content is Splink's, not a model of ours: its comparisons are a list."""
    return isinstance(content, dict) and isinstance(content.get("comparisons"), list)


def read_splink_settings(path: Path, *, rules: Sequence[str] | None = None) -> SplinkModel:
    """The model in a file; with `rules`, columns that must be equal as `a+b`, those and not its own blocking rules.

    Raises `ConfigurationError` `E-LINK-SPLINK` naming the comparison and number of the level, or of the rule, that is not read.
    """
    content: Any = None
    fault = ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        fault = "the file is not there"
    except (OSError, ValueError):
        fault = "the file cannot be read as JSON"
    if fault or not is_splink_settings(content):
        raise refused(fault or "the file has no list of comparisons", cure="give a file that Splink's save_model_to_json wrote")
    return to_splink_model(content, rules=rules)


def to_splink_model(content: Mapping[str, Any], *, rules: Sequence[str] | None = None) -> SplinkModel:
    """The model of settings as they stand in the file; `rules` as of `read_splink_settings`. Raises `E-LINK-SPLINK`."""
    if content.get("sql_dialect", "duckdb") != "duckdb":
        raise refused("its SQL is not DuckDB's", cure="save the model from a Splink that runs on DuckDB")
    made = Made()
    parts = content["comparisons"]
    comparisons = tuple(_comparison(each, number, made) for number, each in enumerate(parts, start=1))
    evidence = {
        each.name: level_evidence(each.names, part["comparison_levels"], made)
        for each, part in zip(comparisons, parts, strict=True)
    }
    asked = content.get("blocking_rules_to_generate_predictions", ()) if rules is None else map(_in_sql, rules)
    prior = content.get("probability_two_random_records_match", DEFAULT_PRIOR)
    return SplinkModel(
        comparisons=comparisons,
        model=Model(_version(content), evidence, match_share=prior, name="splink"),
        rules=tuple(_rule(each, number, made) for number, each in enumerate(asked, start=1)),
        columns=made.columns,
        link_type=content.get("link_type", ""),
        record_id=content.get("unique_id_column_name", "unique_id"),
    )


def _version(content: Mapping[str, Any]) -> str:
    """Named after all that the settings say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _in_sql(rule: str) -> str:
    """`a+b` as a blocking rule in SQL."""
    return " AND ".join(f'l."{column}" = r."{column}"' for column in rule.split("+"))


def _comparison(raw: Mapping[str, Any], number: int, made: Made) -> Comparison:
    name = raw.get("output_column_name") or str(number)
    parts: Sequence[Mapping[str, Any]] = raw["comparison_levels"]
    if not parts or parts[-1]["sql_condition"].strip().upper() != "ELSE":
        raise refused(f"comparison {name} does not end with ELSE")
    names = level_names(parts)
    levels = [
        Level(names[place], _terms(part, f"comparison {name}, level {place + 1}", made)) for place, part in enumerate(parts[:-1])
    ]
    return Comparison(name, tuple(levels), otherwise=names[-1])


def level_names(parts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Names of levels: their labels, with their numbers where two have one label."""
    labels = [str(part.get("label_for_charts") or part["sql_condition"]) for part in parts]
    return tuple(label if labels.count(label) == 1 else f"{label} ({place + 1})" for place, label in enumerate(labels))


def _terms(part: Mapping[str, Any], place: str, made: Made) -> Any:
    unknown = sorted(set(part) - LEVEL_KEYS)
    if unknown:
        raise refused(f"{place} has {unknown[0]}, which is not known here")
    fault = ""
    try:
        return terms_of(read_condition(part["sql_condition"]), made)
    except SqlNotReadError as error:
        fault = str(error)
    raise refused(f"{place} asks what is not read here: {fault}")


def _rule(raw: Mapping[str, Any] | str, number: int, made: Made) -> Rule:
    rule = {"blocking_rule": raw} if isinstance(raw, str) else raw
    unknown = sorted(set(rule) - RULE_KEYS)
    if unknown:
        raise refused(f"blocking rule {number} has {unknown[0]}, which is not known here")
    fault = ""
    try:
        return _columns_of_rule(read_rule(rule["blocking_rule"]), made)
    except SqlNotReadError as error:
        fault = str(error)
    raise refused(f"blocking rule {number} asks what is not read here: {fault}", cure="leave the rules out, and give your own")


def _columns_of_rule(condition: Expression, made: Made) -> Rule:
    parts = _parts(condition)
    pairs = []
    for part in parts:
        if not isinstance(part, Compared) or part.sign != "=":
            raise SqlNotReadError("other than equal columns")
        pairs.append(made.pair(part.left, part.right))
    return Rule(tuple(one for one, _ in pairs), tuple(other or one for one, other in pairs))


def _parts(condition: Expression) -> tuple[Expression, ...]:
    if not isinstance(condition, Every):
        return (condition,)
    return tuple(part for each in condition.of for part in _parts(each))


def refused(
    fault: str,
    cure: str = "take the level or rule out of the settings, or say it with what docs/how-to/use-a-splink-model.md lists",
) -> ConfigurationError:
    """The error of settings that are not read."""
    return ConfigurationError("E-LINK-SPLINK", f"Splink settings: {fault}.", cure=cure)
