"""Feeds under a supplier's pseudonym: read from the number's column, linked where the register has it too, else alone."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.tokens.records import matches_of_tokens
from pipelines.config import Configuration
from pipelines.engine import Engine
from pipelines.extracts.assemble import assemble_people
from pipelines.extracts.landing import LandSettings, land
from pipelines.extracts.mappings import load_mappings
from pipelines.supplier_pseudonyms import PAIRS, alone, pseudonym_links, unique_pairs, with_pseudonyms
from schemas.identifiable import Link, PersonRecord
from tests.extract_inbox import ANN, AS_AT, BEN, CAT, drawn, source

SETTING = {"source": "gp", "supplier": "Example Supplier", "register_column": "Supplier_ID", "reference": "EXAMPLE/1"}
CONFIGURATION = Configuration.model_validate({"area": {"name": "a", "synthetic": True}, "supplier_pseudonym": [SETTING]})


def pairs_of(rows: list[tuple[str, str]]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(PAIRS.names, row, strict=True)) for row in rows], schema=PAIRS)


RULES = [
    # records                       register                      links
    ([("a", "p")],                  [("r", "p")],                 [("a", "r")]),
    ([("a", "p")],                  [("r", "q")],                 []),
    ([("a", "p"), ("b", "p")],      [("r", "p")],                 []),
    ([("a", "p")],                  [("r", "p"), ("s", "p")],     []),
    ([("a", "p"), ("a", "q")],      [("r", "p")],                 []),
    ([("a", "p")],                  [("r", "p"), ("r", "q")],     []),
    ([("a", "p"), ("a", "p")],      [("r", "p"), ("r", "p")],     [("a", "r")]),
    ([],                            [("r", "p")],                 []),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "links"), RULES)
def test_unique_on_both_sides(ours: list[tuple[str, str]], theirs: list[tuple[str, str]], links: list[tuple[str, str]]) -> None:
    found = unique_pairs(pairs_of(ours), pairs_of(theirs)).to_pylist()
    assert [(row["id"], row["register_id"]) for row in found] == links


SIDES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("pqr")), max_size=6)


def plain(ours: list[tuple[str, str]], theirs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    def single(rows: list[tuple[str, str]]) -> set[tuple[str, str]]:
        return {row for row in rows if {each for each in rows if each[0] == row[0] or each[1] == row[1]} == {row}}

    return sorted((one, other) for one, word in single(ours) for other, said in single(theirs) if word == said)


@given(SIDES, SIDES, st.randoms(use_true_random=False))
def test_pairs_are_those_of_the_plain_rule_in_any_order(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]], chance: random.Random
) -> None:
    expected = plain(ours, theirs)
    chance.shuffle(ours)
    found = unique_pairs(pairs_of(ours), pairs_of(theirs)).to_pylist()
    assert [(row["id"], row["register_id"]) for row in found] == expected


REGISTER = f"""
    NHS_NUMBER | FAMILY_NAME | DATE_OF_BIRTH | Supplier_ID
    {ANN}      | Hill        | 1950-03-02    | x-ann
    {BEN}      | Field       | 1960-05-06    | x-ben
    {CAT}      | Moor        | 1970-07-08    |
"""


def landed(tmp_path: Path, name: str, file: str, picture: str) -> Any:
    path = tmp_path / "inbox" / name / file
    path.parent.mkdir(parents=True)
    path.write_text(drawn(picture), encoding="utf-8")
    extract = with_pseudonyms(source(name), CONFIGURATION)
    (tmp_path / "vault" / "landed").mkdir(parents=True, exist_ok=True)
    settings = LandSettings(synthetic=True, refuse_share=1.0, threads=1)
    found = land(
        extract, tmp_path / "inbox", tmp_path / "vault" / "landed", mappings=load_mappings(), settings=settings, as_at=AS_AT
    )
    assert found.state == "current", found.message
    return found


def test_a_feed_under_pseudonyms_links_through_the_register(tmp_path: Path) -> None:
    layout = source("gp").table("gp_patient")
    number = next(item.name for item in layout.fields if item.person == "nhs_number")
    birth = next(item.name for item in layout.fields if item.person == "date_of_birth")
    practice = next(item.name for item in layout.fields if item.person == "gp_practice_code")
    picture = f"""
        {number} | {birth}    | {practice}
        x-ann    | 1950-03-01 | A81001
        x-zoe    | 1980-03-01 | A81001
    """
    gp = landed(tmp_path, "gp", "gp_patient_2026-09.csv", picture)
    register = landed(tmp_path, "register", "register_2026-09-30.csv", REGISTER)
    persons = pa.table({"local_patient_id": [ANN, BEN, CAT], "register_id": [ANN, BEN, CAT]})
    night: Any = SimpleNamespace(as_at=AS_AT)
    with Engine(tmp_path / "spill", memory_mb=500, threads=1) as engine:
        people = engine.to_arrow(assemble_people(source("gp"), gp, engine, AS_AT))  # type: ignore[arg-type]
        (setting,) = CONFIGURATION.supplier_pseudonym
        links = pseudonym_links(setting, gp, register, engine=engine, night=night, persons=persons)
    records = PersonRecord.conform(people)
    assert records["nhs_number"].null_count == records.num_rows == 2
    matches, _ = matches_of_tokens(records, links)
    found = sorted((row["register_id"] or "", row["step"]) for row in matches.to_pylist())
    assert found == [("", "unlinked"), (ANN, "supplier_pseudonym")]


def test_without_the_setting_nothing_is_read_so() -> None:
    none = Configuration.model_validate({"area": {"name": "a"}})
    assert with_pseudonyms(source("gp"), none) is source("gp")
    assert with_pseudonyms(source("register"), none) is source("register")


def test_a_source_is_named_once() -> None:
    with pytest.raises(ValueError, match="named twice"):
        Configuration.model_validate({"area": {"name": "a"}, "supplier_pseudonym": [SETTING, SETTING]})


def test_only_people_who_stand_alone_are_left_out() -> None:
    rows = [
        {"source": source, "local_patient_id": who, "person_id": who * 32, "step": step, "model_version": "tokens-1"}
        for source, who, step in (("gp", "a", "unlinked"), ("gp", "b", "supplier_pseudonym"), ("csds", "c", "unlinked"))
    ]
    links = Link.conform(pa.Table.from_pylist(rows))
    assert alone(links, ["gp"]) == {"a" * 32}
    assert alone(links, []) == frozenset()
