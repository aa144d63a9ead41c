"""Any two files, or one, from a notebook: no project, no register, no truth.

from linkage import link_files
found = link_files("left.parquet", "right.csv", fields="given_name,family_name,date_of_birth,ward:exact")
found.table      left_id, right_id, p, weight, linked
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Bits, Whole
from linkage.engine.conditions import Comparison
from linkage.engine.rules import Rule
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.files.choice import Choice, choose
from linkage.files.comparisons import comparisons_of
from linkage.files.fields import RECORD_ID, FileField, check_fields, fields_of, parse_fields, useful_fields
from linkage.files.floor import keep_likely
from linkage.files.propose_rules import propose_rules
from linkage.files.reading import Source, read_file
from linkage.files.readings import readable_fields
from linkage.files.rules import every_pair, parse_rules
from linkage.files.sides import encode_sides
from linkage.files.training_blocks import training_blocks
from linkage.model import Model
from linkage.training.draws import Chances, all_pairs, draw_chances
from linkage.training.train import train
from schemas.errors import ConfigurationError

SEED = 1
# Linked is what is more likely one person than two. Where probabilities are right, no other cut has a better expected F1 by more
# than half of what F1 lacks to 1.
THRESHOLD = 0.5


@dataclass(frozen=True)
class PreparedFiles:
    """Records ready to compare: ids of left and right (None: one file), codes, fields and how they compare, rules, notes."""

    left_ids: pa.ChunkedArray
    right_ids: pa.ChunkedArray | None
    fields: tuple[FileField, ...]
    sides: Sides
    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no pair of records at all."""
        return not all_pairs(self.sides)

    @property
    def chances(self) -> Chances:
        """Chance, as the records' ids decide it."""
        return draw_chances(self.left_ids, self.right_ids, SEED)


@dataclass(frozen=True)
class FilePairs:
    """What was found.

    `table`, a pair over the floor per row: left_id, right_id; p, the probability that the two are one person; weight, the same in
    bits of log odds; linked; one to one also margin, the weight less that of the best other linkable pair of either record
    (infinite where there is none, null under the threshold and where a copy is in the way). `for_review` counts pairs over
    `threshold` that were not linked because another is nearly as good; `scored` the pairs that were looked at. `notes` say what
    was not as usual.
    """

    table: pa.Table
    model: Model | None
    threshold: float
    rules: tuple[Rule, ...]
    scored: int
    for_review: int
    notes: tuple[str, ...]

    @property
    def linked(self) -> int:
        """How many pairs are linked."""
        return int(pc.sum(self.table["linked"]).as_py() or 0)


def link_files(
    left: Source,
    right: Source | None = None,
    *,
    fields: str | Sequence[str] | None = None,
    rules: Sequence[str] | None = None,
    model: Model | None = None,
    one_to_one: bool = False,
) -> FilePairs:
    """Link `left` to `right`, or find who is in `left` more than once. Files are Parquet or CSV, Arrow tables, or data frames.

    `fields`: columns to compare, a list or a text with commas: canonical ones by name, any other as `name:exact` or `name:text`;
    without it all canonical
    columns that both files have. `rules`: blocking rules such as `date_of_birth+postcode`; without them they are proposed from
    counted key sizes. `model`: one that was trained before; without it one is trained on these files. `one_to_one`: at most one
    partner each, for two files that hold nobody twice. Raises `ConfigurationError` where something given does not fit.
    """
    prepared = prepare_files(left, right, fields=fields, rules=rules)
    return link_prepared(prepared, model or train_prepared(prepared), one_to_one=one_to_one)


def prepare_files(
    left: Source, right: Source | None = None, *, fields: str | Sequence[str] | None = None, rules: Sequence[str] | None = None
) -> PreparedFiles:
    """Read, standardise and encode the files, and settle fields and rules. Parameters as those of `link_files`."""
    tables = [read_file(left, "left")] + ([read_file(right, "right")] if right is not None else [])
    named = fields if fields is None or isinstance(fields, str) else ",".join(fields)
    asked = parse_fields(named) if named else fields_of(tables)
    check_fields(asked, tables)
    filled, notes = useful_fields(asked, tables)
    sides = encode_sides(filled, tables)
    useful, unread = readable_fields(filled, tables, sides)
    sides = sides if useful == filled else encode_sides(useful, tables)
    left_ids, right_ids = tables[0][RECORD_ID], tables[1][RECORD_ID] if right is not None else None
    prepared = PreparedFiles(left_ids, right_ids, useful, sides, comparisons_of(useful), (), (*notes, *unread))
    return _with_rules(prepared, rules)


def train_prepared(prepared: PreparedFiles) -> Model | None:
    """A model from the records themselves; None where a file is empty."""
    if prepared.is_empty:
        return None
    blocks = training_blocks(prepared.fields, prepared.sides, prepared.chances)
    return train(prepared.sides, prepared.comparisons, ids=(prepared.left_ids, prepared.right_ids), blocks=blocks, seed=SEED)


def link_prepared(prepared: PreparedFiles, model: Model | None, *, one_to_one: bool = False) -> FilePairs:
    """Score the pairs of the rules, and link.

    Raises `ConfigurationError` `E-LINK-ONE-TO-ONE` where one file is compared with itself: a person may be in it three times.
    """
    if one_to_one and prepared.right_ids is None:
        raise ConfigurationError(
            "E-LINK-ONE-TO-ONE",
            "one file was to be linked one to one with itself.",
            cure="leave --one-to-one away: a person may be in one file any number of times",
        )
    if model is None:
        return FilePairs(_table(prepared, NOTHING_SCORED, np.empty(0)), None, THRESHOLD, (), 0, 0, prepared.notes)
    weights = model.weights()

    def weigher_of(sides: Sides) -> Weigher:
        return Weigher(sides, prepared.comparisons, prepared.rules, weights)

    scored, note = keep_likely(prepared.sides, prepared.chances, weigher_of, model.weight_of(THRESHOLD))
    p = model.probability(scored.weight)
    notes = (*prepared.notes, note) if note else prepared.notes
    found = FilePairs(_table(prepared, scored, p), model, THRESHOLD, prepared.rules, scored.scored, 0, notes)
    if not one_to_one:
        return found
    return _with_choice(found, choose(scored, p >= THRESHOLD, prepared.sides, weigher_of, model))


NOTHING_SCORED = Scored(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))


def _with_rules(prepared: PreparedFiles, rules: Sequence[str] | None) -> PreparedFiles:
    if prepared.is_empty:
        return replace(prepared, notes=(*prepared.notes, "there are no two records to compare"))
    if rules:
        return replace(prepared, rules=parse_rules(rules, prepared.sides))
    every = every_pair(prepared.sides)
    if every:
        return replace(prepared, sides=every[0], rules=(every[1],))
    return replace(prepared, rules=propose_rules(prepared.fields, prepared.sides, prepared.chances))


def _table(prepared: PreparedFiles, scored: Scored, p: Bits) -> pa.Table:
    right_ids = prepared.left_ids if prepared.right_ids is None else prepared.right_ids
    return pa.table(
        {
            "left_id": _at(prepared.left_ids, scored.left),
            "right_id": _at(right_ids, scored.right),
            "p": p,
            "weight": scored.weight,
            "linked": p >= THRESHOLD,
        }
    )


def _at(ids: pa.ChunkedArray, rows: Whole) -> pa.ChunkedArray:
    return ids.take(pa.array(rows))


def _with_choice(found: FilePairs, choice: Choice) -> FilePairs:
    table = found.table.set_column(4, "linked", pa.array(choice.linked))
    table = table.append_column("margin", pa.array(choice.margin, from_pandas=True))
    return replace(found, table=table, for_review=choice.for_review, notes=(*found.notes, *choice.notes))
