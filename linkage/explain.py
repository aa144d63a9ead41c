"""Why two records are, or are not, one person: the waterfall of one pair, from the prior to the probability.

Levels and bits only; what the records say is in the records. The numbers are those of step 5, whichever step decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.comparisons import LEVELS
from linkage.engine.plain_scorer import commonness
from linkage.engine.rules import Rule
from linkage.everybody import REGISTER, Everybody, everybody
from linkage.pairs import FIELDS, compare, comparer
from linkage.people import People
from linkage.review.pairs import RECORD, SEPARATOR, keys, places
from linkage.schemes import Scheme, models, schemes
from linkage.settings import LinkSettings
from schemas.errors import ConfigurationError
from schemas.identifiable import Match, PersonRecord, RegisterMerger, ReviewPair
from schemas.table import Rows

Key = tuple[str, str]  # source and local_patient_id
FIRST = np.zeros(1, dtype=np.int64)

# What each step stands for, in words.
STEPS = {
    "register": "it is the register's own record",
    "judged": "clerks said that they are one person",
    "cross_check": "number and date of birth are the same and the given name does not contradict",
    "confirmed_number": "the number is the same and at least two other fields confirm it",
    "alphanumeric": "names, date of birth, gender and postcode are the same, of one resident only",
    "unique_demographic": "names and date of birth are those of one resident only",
    "probabilistic": "it weighs enough and the next candidate is far enough behind",
    "same_local_id": "it follows its council's client index",
    "token_number": "the token of the number is the same and the date of birth or another token confirms it",
    "token_demographic": "a token of name, date of birth or postcode is that of one resident only",
    "supplier_pseudonym": "the register carries the same supplier's pseudonym, and nobody else does",
    "review": "only a clerk can say",
    "unlinked": "no resident came near enough",
}


class Part(NamedTuple):
    """One field's part of the weight: its level, the level's bits, and what the commonness of the value adds."""

    field: str
    level: str
    bits: float
    commonness: float


class Explanation(NamedTuple):
    """`weight` is the sum of prior, parts and dependences, in bits; `probability` what the model makes of it.

    `pair` are the two records in the order in which they were compared, whatever the order given: a source's before the
    register's, else by key. `rules` are the blocking rules that find the pair. `step`, `why`, `linked`, `reason`,
    `match_weight`, `margin` and `model_version` tell of the decision on the first of `pair` that night: `linked` whether to the
    second one's person, `reason` why this pair is for a clerk.
    """

    pair: tuple[Key, Key]
    prior: float
    parts: tuple[Part, ...]
    dependences: tuple[tuple[str, float], ...]
    weight: float
    probability: float
    rules: tuple[str, ...]
    decision: Mapping[str, Any]


def explain(
    pair: tuple[Key, Key],
    records: Rows[PersonRecord],
    mergers: Rows[RegisterMerger],
    *,
    matches: Rows[Match],
    review_pairs: Rows[ReviewPair],
    settings: LinkSettings | None = None,
) -> Explanation:
    """Explain a pair of a record and a resident, or of any two records; the order in which they are given changes nothing.

    Raises `ConfigurationError` `E-EXPLAIN-RECORD` where one of the two is not among the records.
    """
    settings, pair = settings or LinkSettings(), _in_order(pair)
    is_resident = pc.equal(records["source"], REGISTER)
    weighing = schemes(settings, pc.sum(is_resident).as_py() or 0)
    everyone = everybody(PersonRecord.sort(_needed(pair, records, is_resident, weighing)), mergers)
    one, other = _person(everyone, pair[0]), _person(everyone, pair[1])
    number = 0 if one.has_name[0] else 1
    scheme, model = weighing[number], models(settings)[number]
    levels = compare(comparer(one, other, everyone.population.texts), FIRST, FIRST).levels[0]
    named = {field: LEVELS[field][level] for field, level in zip(FIELDS, levels.tolist(), strict=True)}
    shares = everyone.population.shares(scheme.frequency_columns)
    parts = tuple(_part(scheme, field, level, one=one, other=other, shares=shares) for field, level in named.items())
    dependences = tuple(
        (each.why, each.weight)
        for each in scheme.weights.dependences
        if all(named[field] in among for field, among in each.when.items())
    )
    prior = scheme.weights.prior
    weight = prior + sum(part.bits + part.commonness for part in parts) + sum(bits for _, bits in dependences)
    probability = float(model.probability(np.array([weight]))[0])
    ways = [(one, other)] if _is_with_resident(pair) else [(one, other), (other, one)]
    rules = tuple(rule.name for rule in scheme.rules if any(_finds(rule, *way) for way in ways))
    return Explanation(pair, prior, parts, dependences, weight, probability, rules, _decision(pair, matches, review_pairs))


def _in_order(pair: tuple[Key, Key]) -> tuple[Key, Key]:
    """A source's record before the register's, as rules and comparisons take them; two of one kind by key."""
    first, second = sorted(pair, key=lambda key: (key[0] == REGISTER, key))
    return first, second


def _is_with_resident(pair: tuple[Key, Key]) -> bool:
    """Whether the pair is a record of a source and one of the register; of two of one kind a rule may find either first."""
    return (pair[0][0] == REGISTER) != (pair[1][0] == REGISTER)


def _needed(pair: tuple[Key, Key], records: pa.Table, is_resident: Any, weighing: Sequence[Scheme]) -> pa.Table:
    """The two records, and the register where the commonness of its values counts."""
    wanted = pa.array([SEPARATOR.join(key) for key in pair])
    is_one = pc.is_in(keys(records, *RECORD), value_set=wanted)
    if (pc.sum(is_one).as_py() or 0) != len(set(pair)):
        raise ConfigurationError(
            "E-EXPLAIN-RECORD", "one of the two is no record of this night.", cure="give each as source|local_patient_id"
        )
    counts = any(scheme.frequency_columns for scheme in weighing)
    return records.filter(pc.or_(is_one, is_resident) if counts else is_one)


def _person(everyone: Everybody, key: Key) -> People:
    """One record, encoded."""
    is_resident = key[0] == REGISTER
    people = everyone.population.residents if is_resident else everyone.population.records
    table = everyone.register if is_resident else everyone.sources
    place = places(pa.array([SEPARATOR.join(key)]), keys(table, *RECORD))
    return people.take(np.asarray(place.to_numpy(zero_copy_only=False), dtype=np.int64))


def _part(scheme: Scheme, field: str, level: str, *, one: People, other: People, shares: Mapping[str, Any]) -> Part:
    weight = scheme.weights.of(field, level)
    if weight.frequency is None:
        return Part(field, level, weight.bits, 0.0)
    column = weight.frequency.column
    codes = [{column: code if (code := int(getattr(people, column)[0])) >= 0 else None} for people in (one, other)]
    return Part(field, level, weight.bits, commonness(weight.frequency, codes[0], codes[1], shares))


def _finds(rule: Rule, one: People, other: People) -> bool:
    values = [
        (int(getattr(one, mine)[0]), int(getattr(other, hers)[0])) for mine, hers in zip(rule.ours, rule.theirs, strict=True)
    ]
    return all(mine == hers >= 0 for mine, hers in values)


def _decision(pair: tuple[Key, Key], matches: pa.Table, review_pairs: pa.Table) -> dict[str, Any]:
    """What was decided of the first record, and of the two as a pair."""
    found = [_row(matches, dict(zip(RECORD, key, strict=True))) for key in pair]
    mine, hers = ({name: row.get(name) for name in Match.columns()} for row in found)
    as_pair = {**dict(zip(RECORD, pair[0], strict=True)), "register_id": pair[1][1]}
    shown = _row(review_pairs, as_pair) if _is_with_resident(pair) else {}
    is_one = mine["register_id"] is not None and mine["register_id"] == hers["register_id"]
    is_group = mine["cluster"] is not None and mine["cluster"] == hers["cluster"]
    told = {name: mine[name] for name in ("step", "evidence", "match_weight", "margin", "model_version")}
    return {**told, "why": STEPS.get(str(mine["step"])), "linked": is_one or is_group, "reason": shown.get("reason")}


def _row(table: pa.Table, key: Mapping[str, str]) -> dict[str, Any]:
    """The row of a key, empty where there is none."""
    there = pa.repeat(True, table.num_rows)
    for name, value in key.items():
        there = pc.and_(there, pc.equal(table[name], value))
    rows: list[dict[str, Any]] = table.filter(there).to_pylist()
    return rows[0] if rows else {}
