"""Any two files, or one: rules proposed, a model trained, pairs linked; on FEBRL's made-up people, never shown the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas
import pyarrow as pa
import pytest
from pyarrow import csv

from linkage import link_files
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.files.evaluation import blocking_recall, evaluate
from linkage.files.febrl import FIELDS, SOC_SEC_ID, LabelledFiles, load_febrl
from linkage.files.floor import FLOOR, keep_likely, lowest_kept
from linkage.files.linking import FilePairs, PreparedFiles, link_prepared, prepare_files, train_prepared
from linkage.files.propose_rules import budget, propose_rules
from linkage.files.rule_candidates import pairs_of, rule_candidates
from linkage.files.rule_keys import whole_keys
from linkage.files.training_blocks import training_blocks
from linkage.model import Model
from schemas.errors import ConfigurationError


@pytest.fixture(scope="module")
def febrl1() -> LabelledFiles:
    return load_febrl("febrl1")


@pytest.fixture(scope="module")
def febrl4() -> LabelledFiles:
    return load_febrl("febrl4")


@pytest.fixture(scope="module")
def prepared4(febrl4: LabelledFiles) -> PreparedFiles:
    return prepare_files(febrl4.left, febrl4.right, fields=f"{FIELDS},{SOC_SEC_ID}")


@pytest.fixture(scope="module")
def model1(febrl1: LabelledFiles) -> Model:
    model = train_prepared(prepare_files(febrl1.left, fields=FIELDS))
    assert model is not None
    return model


def test_duplicates_in_one_file_are_found_without_any_truth(febrl1: LabelledFiles, model1: Model) -> None:
    found = link_files(febrl1.left, fields=FIELDS, model=model1)
    accuracy = evaluate(found.table, febrl1.truth, threshold=found.threshold)
    assert accuracy["f1"] >= 0.99
    assert [rule.name for rule in found.rules] == ["every_pair"]
    assert found.scored == 1000 * 999 / 2
    assert found.linked == pytest.approx(500, abs=5)
    assert all(row["left_id"] < row["right_id"] for row in found.table.to_pylist())


def test_the_order_of_rows_changes_nothing(febrl1: LabelledFiles, model1: Model) -> None:
    order = np.random.default_rng(5).permutation(len(febrl1.left))
    shuffled = prepare_files(febrl1.left.take(pa.array(order)), fields=FIELDS)
    assert train_prepared(shuffled) == model1
    assert link_prepared(shuffled, model1).table == link_files(febrl1.left, fields=FIELDS, model=model1).table


def test_proposed_rules_stay_in_budget_and_find_nearly_every_match(febrl4: LabelledFiles, prepared4: PreparedFiles) -> None:
    recall = blocking_recall(prepared4, febrl4.truth)
    assert recall is not None
    assert recall >= 0.999
    assert sum(pairs_of(rule.ours, prepared4.sides) for rule in prepared4.rules) <= budget(prepared4.sides)
    assert len(prepared4.rules) >= 5
    sets = [set(rule.ours) for rule in prepared4.rules]
    assert not any(one < other for one in sets for other in sets)


def test_no_two_spoilt_fields_hide_a_match_from_all_rules(prepared4: PreparedFiles) -> None:
    def fields(columns: Sequence[str]) -> set[str]:
        return {column.split(".")[0] for column in columns}

    names = [field.name for field in prepared4.fields]
    for spoilt in ({one, other} for one in names for other in names):
        assert any(not fields(rule.ours) & spoilt for rule in prepared4.rules)


def test_training_blocks_share_no_field(prepared4: PreparedFiles) -> None:
    blocks = training_blocks(prepared4.fields, prepared4.sides, prepared4.chances)
    columns = [column for block in blocks for column in block.ours]
    assert len(blocks) >= 2
    assert len(columns) == len(set(columns))


def test_large_files_are_estimated_from_a_sample(prepared4: PreparedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = whole_keys(prepared4.fields)
    exact = {each.rule: each.pairs for each in rule_candidates(keys, prepared4.sides, prepared4.chances, 1e6)}
    monkeypatch.setattr("linkage.files.rule_candidates.ESTIMATE_FROM", 2500)
    estimated = {each.rule: each.pairs for each in rule_candidates(keys, prepared4.sides, prepared4.chances, 1e6)}
    for rule, pairs in estimated.items():
        if exact.get(rule, 0) > 20_000:
            assert pairs == pytest.approx(exact[rule], rel=0.2)
    assert len(propose_rules(prepared4.fields, prepared4.sides, prepared4.chances)) >= 5


def test_a_file_that_would_drown_in_pairs_has_a_higher_floor(febrl4: LabelledFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare_files(febrl4.left, febrl4.right, fields="date_of_birth", rules=["date_of_birth.year"])
    model = train_prepared(prepared)
    assert model is not None

    def weigher_of(sides: Sides) -> Weigher:
        return Weigher(sides, prepared.comparisons, prepared.rules, model.weights())

    def kept() -> tuple[Scored, str]:
        return keep_likely(prepared.sides, prepared.chances, weigher_of, 0.0)

    whole, note = kept()
    assert (note, whole.weight.min() >= FLOOR) == ("", True)
    monkeypatch.setattr("linkage.files.floor.FLOOR", -100.0)
    monkeypatch.setattr("linkage.files.floor.MOST_PER_RECORD", 10)
    small, said = kept()
    assert 0 < len(small) <= 10 * 5000
    assert "are written" in said
    monkeypatch.setattr("linkage.files.floor.TRIED", 1000)
    large, said = kept()
    assert len(large) <= len(small)
    assert "are written" in said
    monkeypatch.setattr("linkage.files.floor.MOST_PER_RECORD", 10_000)
    assert kept()[1] == ""


def test_pairs_of_one_weight_are_written_all_or_none() -> None:
    weight = np.array([5.0, 1.0, 3.0, 3.0, -4.0])
    assert [lowest_kept(weight, most) for most in (5, 4, 3, 2, 1)] == [FLOOR, 1.0, 3.0, 5.0, 5.0]
    assert lowest_kept(np.full(9, 2.0), 8) > 2.0


def test_no_more_pairs_are_written_than_twenty_a_record_in_small_files_too() -> None:
    sexes = [pa.table({"record_id": [f"{side}{row}" for row in range(300)], "gender": ["1", "2"] * 150}) for side in "ab"]
    found = link_files(*sexes)
    assert found.scored == 90_000
    assert len(found.table) <= 20 * 300
    assert any("there would be over 20 a record" in note for note in found.notes)
    again = link_files(*(side.take(pa.array(range(299, -1, -1))) for side in sexes))
    assert again.table == found.table


def test_links_are_written_however_many_they_are(febrl1: LabelledFiles, model1: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = link_files(febrl1.left, fields=FIELDS, model=model1)
    monkeypatch.setattr("linkage.files.floor.MOST_PER_RECORD", 0.1)
    found = link_files(febrl1.left, fields=FIELDS, model=model1)
    assert found.table == whole.table.filter(whole.table["linked"])
    assert any("only pairs of 0.0 bits and more are written" in note for note in found.notes)


PEOPLE = {
    "given_name": ["ADA", "BEN", "CARA", "DEV"],
    "family_name": ["KHAN", "REES", "LLOYD", "NG"],
    "date_of_birth": [f"19{40 + row}-03-{10 + row}" for row in range(4)],
}


def side(name: str, *more: tuple[str, str, str]) -> pa.Table:
    """The four people, and more: given name, family name, date of birth."""
    rows = [*zip(*PEOPLE.values(), strict=True), *more]
    columns = dict(zip(PEOPLE, map(list, zip(*rows, strict=True)), strict=True))
    return pa.table({"record_id": [f"{name}{row}" for row in range(len(rows))], **columns})


def links(found: FilePairs) -> set[tuple[str, str]]:
    return {(row["left_id"], row["right_id"]) for row in found.table.to_pylist() if row["linked"]}


ADA = ("ADA", "KHAN", "1940-03-10")


def test_one_to_one_leaves_near_ties_to_review() -> None:
    right = side("b", ("ADA", "KHAN", "1940-03-18"), ("ADA", "KHAN", "1940-03-19")).slice(1)
    found = link_files(side("a"), right, one_to_one=True)
    assert links(found) == {("a1", "b1"), ("a2", "b2"), ("a3", "b3")}
    assert found.for_review == 1
    assert {row["margin"] for row in found.table.to_pylist() if row["left_id"] == "a0"} >= {0.0}
    assert found.notes == ()  # two birthdays: two people, as far as anybody knows


def test_a_side_that_holds_people_twice_in_records_that_differ_is_told(febrl4: LabelledFiles) -> None:
    assert febrl4.right is not None
    some = febrl4.left.slice(0, 200)
    ids = [f"{record}-again" for record in some["record_id"].to_pylist()]
    again = some.set_column(0, "record_id", pa.array(ids))
    kept = [f"{record.removesuffix('-org')}-dup-0" for record in some["record_id"].to_pylist()]
    right = pa.concat_tables([febrl4.right.filter(pa.compute.is_in(febrl4.right["record_id"], pa.array(kept))), again])
    found = link_files(some, right, fields=FIELDS, one_to_one=True)
    told = [note for note in found.notes if note.startswith("the right file seems to hold ")]
    assert len(told) == 1
    assert 150 <= int(told[0].split()[6]) <= 200


def test_a_copy_on_one_side_costs_nobody_a_link() -> None:
    found = link_files(side("a"), side("b", ADA), one_to_one=True)
    assert links(found) == {("a0", "b0"), ("a1", "b1"), ("a2", "b2"), ("a3", "b3")}
    assert found.for_review == 0
    assert any(note.startswith("the right file holds 1 records that are copies of others") for note in found.notes)
    turned = link_files(side("b", ADA), side("a"), one_to_one=True)
    assert links(turned) == {(other, one) for one, other in links(found)}
    assert any(note.startswith("the left file holds 1 records that are copies of others") for note in turned.notes)


def test_copies_on_both_sides_are_linked_each_to_one_of_its_own() -> None:
    found = link_files(side("a", ADA, ADA), side("b", ADA), one_to_one=True)
    assert links(found) == {("a0", "b0"), ("a4", "b4"), ("a1", "b1"), ("a2", "b2"), ("a3", "b3")}
    copies = [note for note in found.notes if "copies" in note]
    assert [note[: note.index("records")] for note in copies] == ["the left file holds 2 ", "the right file holds 1 "]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("name", "own", "best"), [("febrl2", 0.99, 0.996), ("febrl3", 0.990, 0.996), ("febrl4", 0.999, 0.9995)]
)  # fmt: skip
@pytest.mark.parametrize("fields", [FIELDS, f"{FIELDS},{SOC_SEC_ID}"])
def test_febrl_bars(name: str, own: float, best: float, fields: str) -> None:
    files = load_febrl(name)
    found = link_files(files.left, files.right, fields=fields)
    accuracy = evaluate(found.table, files.truth)
    assert accuracy["f1"] >= own
    assert accuracy["best"]["f1"] >= best
    if files.right is not None:
        assert accuracy["one_to_one"]["f1"] >= 0.9999


def test_data_frames_and_lists_of_fields_will_do(tmp_path: Path) -> None:
    people = pa.table({"record_id": ["1", "2", "3"], "given_name": ["Ann", "Joe", "Zoe"], "ward": ["a", "b", "c"]})
    csv.write_csv(people, tmp_path / "people.csv")
    frame = people.to_pandas().set_index(pandas.Index([7, 8, 9]))
    by_file = link_files(tmp_path / "people.csv", people, fields="given_name,ward:exact")
    by_frame = link_files(frame, people, fields=["given_name", "ward:exact"])
    assert by_frame.table.equals(by_file.table)
    with pytest.raises(ConfigurationError, match="is a int: give a path, an Arrow table or a data frame"):
        link_files(7)


def test_of_a_few_records_two_that_agree_are_still_listed() -> None:
    """Three records teach nothing; that is no evidence that nobody is among them twice."""
    rows = {
        "record_id": ["1", "2", "3"], "given_name": ["Ann", "Anne", "Joe"], "family_name": ["Hill", "Hill", "Field"],
        "date_of_birth": ["1950-05-04", "1950-05-04", "1961-07-08"],
    }  # fmt: skip
    found = link_files(pa.table(rows))
    assert found.table.select(["left_id", "right_id"]).to_pylist() == [{"left_id": "1", "right_id": "2"}]
