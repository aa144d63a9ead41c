"""A model of ours as the settings of Splink 5 (DuckDB), which then scores as we do; and a list of what SQL cannot say.

    exported = to_splink_settings(model, comparisons, rules)
    exported.settings       what Splink loads: Linker(tables, exported.settings)
    exported.left_out       one sentence for each part that Splink has no words for; where it is empty both score alike

Columns keep their names, so Splink is given a table with them. Not said: short forms of names, optimal string alignment, digits,
dependences between comparisons, the rarer of two values. A level keeps the terms that can be said; one of which nothing is left
is left out, and its pairs fall to later levels. Two empty texts are alike for us and not for DuckDB; our values are never empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkage.engine.conditions import Alike, Both, Comparison, Differ, Equal, OneDigit, Question, Term, Within, columns_of
from linkage.engine.rules import Rule
from linkage.engine.weights import COMMONER, Frequency
from linkage.model import Evidence, Model
from linkage.splink.conditions import CHANGES, LIKENESS

FUNCTIONS = {measure: name for name, measure in (LIKENESS | CHANGES).items()}
DIALECT = "duckdb"


@dataclass(frozen=True)
class SplinkExport:
    """Settings as Splink's file has them, and what they lack."""

    settings: Mapping[str, Any]
    left_out: tuple[str, ...]


class _UnsayableError(Exception):
    """Splink has no words for it."""


def to_splink_settings(
    model: Model,
    comparisons: Sequence[Comparison],
    rules: Sequence[Rule],
    *,
    residents: int | None = None,
    link_type: str = "link_only",
    record_id: str = "record_id",
) -> SplinkExport:
    """Settings that score as `model` does, as far as SQL goes; `residents` where its prior is by the size of a register."""
    left_out: list[str] = [f"the dependence: {each.why}" for each in model.dependences]
    odds = 2 ** model.prior(residents)
    settings = {
        "link_type": link_type,
        "unique_id_column_name": record_id,
        "sql_dialect": DIALECT,
        "probability_two_random_records_match": odds / (1 + odds),
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": _rule(each), "sql_dialect": DIALECT} for each in rules],
        "comparisons": [_comparison(each, model.comparisons.get(each.name, {}), left_out) for each in comparisons],
    }
    return SplinkExport(settings, tuple(left_out))


def _rule(rule: Rule) -> str:
    return " AND ".join(f'l."{one}" = r."{other}"' for one, other in zip(rule.ours, rule.theirs, strict=True))


def _comparison(comparison: Comparison, evidence: Mapping[str, Evidence], left_out: list[str]) -> dict[str, Any]:
    levels = []
    exact = {column: evidence[name].u for name, column in _exact_levels(comparison) if name in evidence}
    for level in comparison.levels:
        terms = []
        for term in level.any_of:
            try:
                terms.append(_term(term))
            except _UnsayableError as what:
                left_out.append(f"{comparison.name}, {level.name}: {what}")
        if terms:
            levels.append({"sql_condition": " OR ".join(terms)} | _weighed(comparison, level.name, evidence, exact, left_out))
    levels.append({"sql_condition": "ELSE"} | _weighed(comparison, comparison.otherwise, evidence, exact, left_out))
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _exact_levels(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Levels that ask one column to be equal and nothing else, with the column."""
    for level in comparison.levels:
        match level.any_of:
            case (Term(yes=(Equal(column=column, other=""),), no=()),):
                yield level.name, column


def _weighed(
    comparison: Comparison, name: str, evidence: Mapping[str, Evidence], exact: Mapping[str, float], left_out: list[str]
) -> dict[str, Any]:
    """Label, m and u, and term frequency. A level without evidence weighs nothing: Splink's null level."""
    if name not in evidence:
        return (
            {"label_for_charts": name, "is_null_level": True} if name != comparison.otherwise else _probabilities(name, 1.0, 1.0)
        )
    found = evidence[name]
    if found.frequency is None:
        return _probabilities(name, found.m, found.u)
    try:
        return _frequent(name, found, found.frequency, exact, is_else=name == comparison.otherwise)
    except _UnsayableError as what:
        left_out.append(f"{comparison.name}, {name}: {what}")
    return _probabilities(name, found.m, found.u)


def _probabilities(name: str, m: float, u: float) -> dict[str, Any]:
    return {"label_for_charts": name, "m_probability": m, "u_probability": u}


def _frequent(
    name: str, evidence: Evidence, frequency: Frequency, exact: Mapping[str, float], *, is_else: bool
) -> dict[str, Any]:
    """Splink's base is the u of the exact level, or the level's own u: then m is such that the weight stays as it is."""
    if frequency.of != COMMONER or is_else:
        raise _UnsayableError("commonness by the rarer of two values" if not is_else else "commonness where nothing else holds")
    own = exact.get(frequency.column) != frequency.base
    m, u = (evidence.m / evidence.u * frequency.base, frequency.base) if own else (evidence.m, evidence.u)
    if m > 1:
        raise _UnsayableError("commonness against a base of its own")
    adjusted = {
        "tf_adjustment_column": frequency.column,
        "tf_adjustment_weight": frequency.share,
        "tf_minimum_u_value": frequency.floor,
    }
    return _probabilities(name, m, u) | adjusted | ({"disable_tf_exact_match_detection": True} if own else {})


def _term(term: Term) -> str:
    parts = [*map(_so, term.yes), *map(_not_so, term.no)]
    if not parts:
        raise _UnsayableError("a condition that asks nothing")
    return f"({' AND '.join(parts)})"


def _names(question: Question) -> tuple[str, str]:
    left, right = columns_of(question)
    return f'"{left}_l"', f'"{right}_r"'


def _so(question: Question) -> str:
    """SQL that is true where the answer is yes."""
    left, right = _names(question)
    match question:
        case Equal():
            return f"{left} = {right}"
        case Differ():
            return f"{left} <> {right}"
        case Both():
            return f"({left} IS NOT NULL AND {right} IS NOT NULL)"
        case Within():
            return f"ABS({left} - {right}) <= {question.steps}"
        case Alike() if question.measure in FUNCTIONS:
            sign = ">=" if question.measure in LIKENESS.values() else "<="
            return f"{FUNCTIONS[question.measure]}({left}, {right}) {sign} {question.bound}"
        case Alike():
            raise _UnsayableError("optimal string alignment")
        case _:
            raise _UnsayableError("one digit of a number" if isinstance(question, OneDigit) else "a table of related names")


def _not_so(question: Question) -> str:
    """SQL that is true where the answer is no, a missing value among the reasons."""
    left, right = _names(question)
    missing = f"{left} IS NULL OR {right} IS NULL"
    return f"({missing})" if isinstance(question, Both) else f"({missing} OR NOT ({_so(question)}))"
