"""Match tokens: what they are made of, and whom they link, against a plain reference."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.tokens.kinds import CONFIRMING, DEMOGRAPHIC, KINDS, NUMBER, NUMBER_AND_BIRTH
from linkage.tokens.loss import token_loss
from linkage.tokens.match import (
    CONFLICT,
    NUMBER_ALONE,
    PROTECTED,
    REGISTER_TOKENS,
    TOKEN_DEMOGRAPHIC,
    TOKEN_NUMBER,
    TWO_NUMBERS,
    link_tokens,
)
from linkage.tokens.records import TORN, matches_of_tokens, register_texts
from linkage.tokens.texts import texts_table, token_parts, token_texts
from pipelines.extracts.token_file import TOKEN_KINDS
from schemas.identifiable import Match, MatchToken, PersonRecord, RegisterMerger

ANN, BEN = "9000000017", "9000000025"
FULL, NAMES, GIVEN = "given_family_birth_postcode", "given_family_birth", "given_birth"
NOBODY = pa.array([], pa.string())

Row = tuple[str, str, str]  # whose, kind, token


def tokens_of(rows: list[Row]) -> pa.Table:
    values = [{"source": "asc_person", "local_patient_id": who, "kind": kind, "token": token} for who, kind, token in rows]
    return MatchToken.conform(pa.Table.from_pylist(values, schema=MatchToken.arrow_schema()))


def register_of(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(REGISTER_TOKENS.names, row, strict=True)) for row in rows], schema=REGISTER_TOKENS)


def linked(rows: list[Row], register: list[Row], protected: pa.Array = NOBODY) -> dict[str, tuple[str, str]]:
    found = link_tokens(tokens_of(rows), register_of(register), protected).links.to_pylist()
    return {row["local_patient_id"]: (row["register_id"], row["step"]) for row in found}


def person(source: str, who: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "local_patient_id": who, **more}


def records_of(*rows: dict[str, Any]) -> pa.Table:
    return PersonRecord.conform(pa.Table.from_pylist(list(rows), schema=PersonRecord.arrow_schema()))


def test_kinds_of_the_layout_are_those_of_linkage() -> None:
    assert tuple(KINDS) == TOKEN_KINDS


ANNS = [("r1", NUMBER, "n1"), ("r1", NUMBER_AND_BIRTH, "b1"), ("r1", FULL, "f1"), ("r1", NAMES, "g1"), ("r1", GIVEN, "v1")]
BENS = [("r2", NUMBER, "n2"), ("r2", NUMBER_AND_BIRTH, "b2"), ("r2", FULL, "f2"), ("r2", NAMES, "g2"), ("r2", GIVEN, "v1")]
RULES = [
    # tokens of the record                                        answer                     reason
    ({NUMBER: "n1", NUMBER_AND_BIRTH: "b1"},                      ("r1", TOKEN_NUMBER),      None),
    ({NUMBER: "n1", NUMBER_AND_BIRTH: "b1", NAMES: "g9"},         ("r1", TOKEN_NUMBER),      None),
    ({NUMBER: "n1"},                                              None,                      NUMBER_ALONE),
    ({NUMBER: "n1", NUMBER_AND_BIRTH: "b9"},                      None,                      NUMBER_ALONE),
    ({NUMBER: "n1", GIVEN: "v1"},                                 ("r1", TOKEN_NUMBER),      None),
    ({NUMBER: "n1", NUMBER_AND_BIRTH: "b9", FULL: "f1"},          ("r1", TOKEN_NUMBER),      None),
    ({NUMBER: "n1", NUMBER_AND_BIRTH: "b1", FULL: "f2"},          None,                      CONFLICT),
    ({NUMBER: "n9", NAMES: "g1"},                                 None,                      TWO_NUMBERS),
    ({NAMES: "g1"},                                               ("r1", TOKEN_DEMOGRAPHIC), None),
    ({FULL: "f1", NAMES: "g2"},                                   None,                      CONFLICT),
    ({GIVEN: "v1"},                                               None,                      None),
    ({FULL: "f9"},                                                None,                      None),
]  # fmt: skip


@pytest.mark.parametrize(("tokens", "answer", "reason"), RULES)
def test_whom_tokens_link(tokens: dict[str, str], answer: tuple[str, str] | None, reason: str | None) -> None:
    found = link_tokens(tokens_of([("a", kind, token) for kind, token in tokens.items()]), register_of(ANNS + BENS), NOBODY)
    rows = found.links.to_pylist()
    assert [(row["register_id"], row["step"]) for row in rows] == ([answer] if answer else [])
    assert {why: count for why, count in found.notes.items() if count} == ({reason: 1} if reason else {})


def test_a_name_that_two_residents_share_links_nobody() -> None:
    assert linked([("a", NAMES, "g1")], [*ANNS, ("r2", NAMES, "g1")]) == {}
    assert linked([("a", NAMES, "g1")], ANNS) == {"a": ("r1", TOKEN_DEMOGRAPHIC)}


def test_a_name_that_two_records_share_links_neither() -> None:
    assert linked([("a", NAMES, "g1"), ("b", NAMES, "g1")], ANNS) == {}


def test_two_records_with_the_persons_number_are_both_hers() -> None:
    rows = [(who, kind, token) for who in "ab" for kind, token in ((NUMBER, "n1"), (NUMBER_AND_BIRTH, "b1"))]
    assert linked(rows, ANNS) == {"a": ("r1", TOKEN_NUMBER), "b": ("r1", TOKEN_NUMBER)}


def test_a_protected_identity_is_linked_by_number_and_birth_only() -> None:
    hidden = pa.array(["r1"])
    assert linked([("a", NAMES, "g1")], ANNS, hidden) == {}
    assert linked([("a", NUMBER, "n1"), ("a", NAMES, "g1")], ANNS, hidden) == {}
    assert linked([("a", NUMBER, "n1"), ("a", NUMBER_AND_BIRTH, "b1")], ANNS, hidden) == {"a": ("r1", TOKEN_NUMBER)}
    assert link_tokens(tokens_of([("a", NAMES, "g1")]), register_of(ANNS), hidden).notes[PROTECTED] == 1


def plain_links(rows: list[Row], register: list[Row], protected: set[str]) -> dict[str, tuple[str, str]]:
    """The rule again, one record at a time, with nothing but loops."""
    holders: dict[tuple[str, str], set[str]] = {}
    sharers: dict[tuple[str, str], set[str]] = {}
    for who, kind, token in register:
        holders.setdefault((kind, token), set()).add(who)
    for who, kind, token in rows:
        sharers.setdefault((kind, token), set()).add(who)
    answer = {}
    for record in {who for who, _, _ in rows}:
        mine = {(kind, token) for who, kind, token in rows if who == record}
        named = {who for kind, token in mine for who in plain_vote(kind, holders.get((kind, token), set()), sharers[kind, token])}
        for she in named if len(named) == 1 else ():
            step = plain_step(mine, {(kind, token) for who, kind, token in register if who == she}, hidden=she in protected)
            if step:
                answer[record] = (she, step)
    return answer


def plain_vote(kind: str, people: set[str], sharers: set[str]) -> set[str]:
    alone = kind in DEMOGRAPHIC and len(sharers) == 1
    return people if len(people) == 1 and (alone or kind in (NUMBER, NUMBER_AND_BIRTH)) else set()


def plain_step(mine: set[tuple[str, str]], hers: set[tuple[str, str]], *, hidden: bool) -> str | None:
    agreeing = {kind for kind, _ in mine & hers}
    if NUMBER_AND_BIRTH in agreeing:
        return TOKEN_NUMBER
    if hidden:
        return None
    if NUMBER in agreeing:
        return TOKEN_NUMBER if agreeing & {*DEMOGRAPHIC, *CONFIRMING} else None
    two_numbers = all(any(kind == NUMBER for kind, _ in side) for side in (mine, hers))
    return None if two_numbers else TOKEN_DEMOGRAPHIC


# The token holds its kind, as keyed tokens do: tokens of two kinds are never equal.
HOLDINGS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(list(KINDS)), st.sampled_from("123")),
    max_size=16,
    unique_by=lambda row: row[:2],
).map(lambda rows: [(who, kind, f"{kind}{token}") for who, kind, token in rows])


@settings(max_examples=150, deadline=None)
@given(HOLDINGS, HOLDINGS, st.sets(st.sampled_from(["ra", "rb"])), st.randoms(use_true_random=False))
def test_links_are_those_of_the_plain_rule_in_any_order(
    rows: list[Row], held: list[Row], protected: set[str], chance: random.Random
) -> None:
    register = [(f"r{who}", kind, token) for who, kind, token in held]
    expected = plain_links(rows, register, protected)
    hidden = pa.array(sorted(protected), pa.string())
    assert linked(rows, register, hidden) == expected
    chance.shuffle(rows)
    chance.shuffle(register)
    assert linked(rows, register, hidden) == expected


def test_texts_measure_their_parts() -> None:
    parts = token_parts(
        records_of(person("gp", "1", given_name="Ann", family_name="O'Brien-Smith", date_of_birth=None, nhs_number=ANN))
    )
    assert token_texts(parts, NUMBER).to_pylist() == [f"10:{ANN}"]
    assert token_texts(parts, NAMES).to_pylist() == [None]


@given(
    st.lists(st.text("ab1:", max_size=4), min_size=2, max_size=2), st.lists(st.text("ab1:", max_size=4), min_size=2, max_size=2)
)
def test_two_people_never_have_one_text(one: list[str], other: list[str]) -> None:
    made = [
        token_texts({"given": pa.array([given]), "birth": pa.array([birth])}, GIVEN).to_pylist() for given, birth in (one, other)
    ]
    assert (made[0] == made[1]) == (one == other)


def test_spellings_that_linkage_takes_for_one_have_one_text() -> None:
    import datetime as dt

    born = dt.date(1950, 3, 2)
    spelt = [("Ann", "O'Brien", "SW1A 1AA"), (" ANN ", "OBRIEN", "sw1a1aa"), ("Mrs Ann Mary", "O’Brien", "SW1A1AA")]
    rows = [
        person("gp", str(number), given_name=given, family_name=family, postcode=postcode, date_of_birth=born)
        for number, (given, family, postcode) in enumerate(spelt)
    ]
    assert len(set(token_texts(token_parts(records_of(*rows)), FULL).to_pylist())) == 1


def test_a_placeholder_birth_date_stands_with_the_number_only() -> None:
    import datetime as dt

    row = person("gp", "1", given_name="Ann", family_name="Low", nhs_number=ANN, date_of_birth=dt.date(1950, 1, 1))
    kinds = set(texts_table(token_parts(records_of(row)), earlier=False)["kind"].to_pylist())
    assert kinds == {NUMBER, NUMBER_AND_BIRTH}


def test_the_register_is_met_by_names_numbers_and_postcodes_of_before() -> None:
    import datetime as dt

    row = person(
        "register", "r1", given_name="Ann", family_name="New", previous_family_name="Old", nhs_number=ANN, postcode="SW1A 1AA",
        previous_postcode="LS1 4AP", date_of_birth=dt.date(1950, 3, 2),
    )  # fmt: skip
    mergers = RegisterMerger.conform(pa.table({"old_nhs_number": [BEN], "new_nhs_number": [ANN]}))
    texts = register_texts(records_of(row), pa.array(["r1"]), mergers)
    found = set(zip(texts["kind"].to_pylist(), texts["text"].to_pylist(), strict=True))
    assert {text for kind, text in found if kind == NUMBER} == {f"10:{ANN}", f"10:{BEN}"}
    assert len([text for kind, text in found if kind == FULL]) == 4
    assert set(texts["register_id"].to_pylist()) == {"r1"}


def test_client_level_data_follows_its_client_index() -> None:
    records = records_of(
        *(person(source, who) for source, who in itertools.product(("asc_person", "cld"), ("1:a", "1:b", "1:c")))
    )
    links = pa.Table.from_pylist(
        [
            {"source": source, "local_patient_id": who, "register_id": register, "step": TOKEN_NUMBER, "evidence": "e"}
            for source, who, register in (("asc_person", "1:a", "r1"), ("asc_person", "1:c", "r1"), ("cld", "1:c", "r2"))
        ]
    )
    matches, notes = matches_of_tokens(records, links)
    found = {(row["source"], row["local_patient_id"]): row for row in Match.validate(matches).to_pylist()}
    assert found["cld", "1:a"]["register_id"] == "r1"
    assert found["cld", "1:a"]["step"] == "same_local_id"
    assert found["cld", "1:b"]["cluster"] == found["asc_person", "1:b"]["cluster"] == "asc_person|1:b"
    assert found["cld", "1:c"]["register_id"] is None
    assert found["cld", "1:c"]["cluster"] == "cld|1:c"
    assert found["asc_person", "1:c"]["register_id"] == "r1"
    assert notes == {TORN: 1}


def test_loss_compares_with_the_clear_links() -> None:
    import datetime as dt

    born = dt.date(1950, 3, 2)
    names = {"date_of_birth": born, "postcode": "SW1A 1AA", "family_name": "Low"}
    records = records_of(
        person("gp", "1", given_name="Ann", **names),
        person("gp", "2", given_name="Annie", nhs_number=BEN, **{**names, "postcode": "LS1 4AP"}),
        person("register", "r1", given_name="Ann", **names),
    )
    register = register_texts(records.filter(pa.array([False, False, True])), pa.array(["r1"]), RegisterMerger.empty())
    rows = [
        {"source": "gp", "local_patient_id": who, "register_id": "r1", "step": "probabilistic", "model_version": "m"}
        for who in "12"
    ]
    matches = Match.conform(pa.Table.from_pylist(rows))
    assert token_loss(records, matches, register, NOBODY) == (2, 2, 1, 0)
    assert token_loss(records, matches.slice(1), register, NOBODY) == (2, 1, 0, 1)
