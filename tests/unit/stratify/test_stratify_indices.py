"""Cambridge multimorbidity, frailty, segments, long-term conditions, polypharmacy: by hand, and path against path."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from schemas.pseudonymised import AGE_BANDS
from stratify.evidence import beginnings, points_by_person, register_sign, signs_of
from stratify.features import build_features
from stratify.features.long_term import REGISTERS
from stratify.features.signs import signs
from stratify.found import Found, lists
from stratify.indices_page import ABOUT, reference_page
from stratify.published import rows
from stratify.scores import SCORES, cambridge, frailty, score_people
from stratify.scores.whole_system_use import WHOLE_SYSTEM_USE
from stratify.segments import NUMBERS, PRECEDENCE
from tests.stratify_area import AS_AT, activity_of, drawn, lazy, people_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "indices.md"
SOMEBODY = {"pseudonym": "zz", "activity_type": "inpatient_elective", "start": -50, "end": -49, "codes": "Z000"}
Scored = dict[str, dict[str, dict[str, Any]]]


def tables(picture: str) -> tuple[pa.Table, pa.Table]:
    """(people, activity) of a picture with a row per person: registers, medicines, efi, diagnoses, care."""
    drawn_rows, events = drawn(picture), [SOMEBODY]
    for row in drawn_rows:
        name = row["pseudonym"]
        if row.get("registers") != "no snapshot":
            events.append(
                {
                    "pseudonym": name,
                    "activity_type": "gp_snapshot",
                    "start": -20,
                    "codes": row.get("registers", ""),
                    "repeat_medicines": row.get("medicines"),
                    "efi_score": row.get("efi"),
                }
            )
        if "diagnoses" in row:
            kind = "inpatient_emergency" if "admitted" in row else "inpatient_elective"
            start = int(row.get("admitted", row.get("spell", -400)))
            events.append({"pseudonym": name, "activity_type": kind, "start": start, "end": start + 3, "codes": row["diagnoses"]})
        if "care" in row:
            service = f"Long Term Support: {row['care']}"
            events.append({"pseudonym": name, "activity_type": "social_care_service", "start": -90, "service_type": service})
    people = [{"pseudonym": row["pseudonym"], "age_band": row.get("age", "70-74")} for row in drawn_rows]
    return people_of([*people, {"pseudonym": "zz"}]), activity_of(events)


def scored(people: pa.Table, activity: pa.Table, **options: Any) -> Scored:
    features = build_features(lazy(people), lazy(activity), AS_AT).collect("pyarrow").to_native()
    found: Scored = defaultdict(dict)
    for row in score_people(features, lazy(activity), people, AS_AT, **options).to_pylist():
        found[row["score"]][row["pseudonym"]] = row
    return found


# ---------------------------------------------------------------- Cambridge multimorbidity


def test_cambridge_table_is_the_published_one() -> None:
    assert len(cambridge.HUNDREDTHS) == 20
    assert sum(cambridge.HUNDREDTHS.values()) == 1633


def test_cambridge_by_hand() -> None:
    """a: hypertension .08 + diabetes .75 (register and code, once) + dementia 2.50 + constipation 1.12 = 4.45."""
    found = scored(
        *tables("""
        | pseudonym | registers   | diagnoses           |
        |-----------|-------------|---------------------|
        | a         | HYP DM      | E119 F03X K590 K598 |
        | b         | OB NDH LD   | C449 I1 XI10        |
        | c         | no snapshot | F03X                |
        """)
    )["cambridge_multimorbidity"]
    assert [found[name]["value"] for name in "abc"] == [4.45, 0.0, None]
    assert found["a"]["reasons"] == [
        "dementia (weight 2.50), diagnosed in hospital",
        "constipation (weight 1.12), diagnosed in hospital",
        "diabetes (weight 0.75), on the practice's register and diagnosed in hospital",
        "hypertension (weight 0.08), on the practice's register",
    ]
    assert found["b"]["reasons"] == [cambridge.NOTHING]
    assert found["c"]["reasons"] == []


def test_without_hospital_data_what_rests_on_it_is_null_and_not_lower() -> None:
    people = people_of([{"pseudonym": "a"}])
    snapshot = {
        "pseudonym": "a",
        "activity_type": "gp_snapshot",
        "start": -9,
        "codes": "DM HF",
        "repeat_medicines": 6,
        "efi_score": 0.2,
    }
    values = {name: found["a"]["value"] for name, found in scored(people, activity_of([snapshot])).items()}
    assert {name for name in NEW if values[name] is None} == {
        "cambridge_multimorbidity", "frailty_counted_from_deficits", "bridges_to_health_segment",
    }  # fmt: skip
    assert (values["long_term_conditions"], values["polypharmacy"], values["electronic_frailty_index"]) == (2.0, 6.0, 0.2)


NEW = (
    "cambridge_multimorbidity", "electronic_frailty_index", "frailty_counted_from_deficits", "bridges_to_health_segment",
    "long_term_conditions", "polypharmacy",
)  # fmt: skip


# ---------------------------------------------------------------- frailty

GIVEN = """
| pseudonym | efi   | age   | value | band     |
|-----------|-------|-------|-------|----------|
| a         | 0     | 65-69 | 0     | fit      |
| b         | 0.119 | 65-69 | 0.119 | fit      |
| c         | 0.12  | 65-69 | 0.12  | mild     |
| d         | 0.24  | 90+   | 0.24  | moderate |
| e         | 0.36  | 80-84 | 0.36  | severe   |
| f         | 0.36  | 60-64 | 0.36  |          |
| g         | 1.2   | 80-84 |       |          |
| h         |       | 80-84 |       |          |
"""


def test_the_index_as_the_practice_gives_it() -> None:
    found = scored(*tables(GIVEN))["electronic_frailty_index"]
    for row in drawn(GIVEN):
        value = float(row["value"]) if "value" in row else None
        assert (found[row["pseudonym"]]["value"], found[row["pseudonym"]]["band"]) == (value, row.get("band"))
    assert found["e"]["reasons"] == ["0.36 as the GP system gives it"]
    assert (found["g"]["reasons"], found["h"]["reasons"]) == ([frailty.NOT_AN_INDEX], [])


COUNTED = """
| pseudonym | registers     | medicines | diagnoses                | care      | age   | efi | deficits | band              |
|-----------|---------------|-----------|--------------------------|-----------|-------|-----|----------|-------------------|
| a         | HYP DM        | 5         | W190 R32X                | Community | 65-69 | 0.5 | 6        | at least mild     |
| b         | HYP DM        | 4         | E119 W190                |           | 65-69 |     | 3        |                   |
| c         | HYP DM AF CHD | 9         | W190 R32X R42X L899 J449 |           | 90+   |     | 10       | at least moderate |
| d         | HYP DM        | 5         | W190 R32X                |           | 60-64 |     |          |                   |
"""


def test_deficits_by_hand_are_another_score_than_the_practice_s_own() -> None:
    found = scored(*tables(COUNTED))
    for row in drawn(COUNTED):
        value = int(row["deficits"]) / 36 if "deficits" in row else None
        counted = found["frailty_counted_from_deficits"][row["pseudonym"]]
        assert (counted["value"], counted["band"]) == (value, row.get("band"))
    assert found["electronic_frailty_index"]["a"]["value"] == 0.5
    assert found["frailty_counted_from_deficits"]["a"]["reasons"] == [
        "counted from deficits: 6 of 36, a lower bound",
        "diabetes", "falls", "hypertension", "polypharmacy", "requirement for care", "urinary incontinence",
    ]  # fmt: skip


def test_every_deficit_but_one_can_be_shown() -> None:
    assert len(frailty.DEFICITS) == 36
    assert frailty.NOT_SHOWN == ["housebound"]
    assert set(frailty.SHOWN) < set(frailty.DEFICITS)


# ---------------------------------------------------------------- segments

PEOPLE_IN_SEGMENTS = """
| pseudonym | registers | diagnoses           | admitted | spell | care         | efi  | age   | segment                  |
|-----------|-----------|---------------------|----------|-------|--------------|------|-------|--------------------------|
| a         |           |                     |          |       |              |      |       | healthy                  |
| b         | HYP       |                     |          |       |              |      |       | long-term conditions     |
| c         |           | S720                | -80      |       |              |      |       | acutely ill              |
| d         |           | S720                | -91      |       |              |      |       | healthy                  |
| e         | AST       | S720                | -80      |       |              |      |       | long-term conditions     |
| f         | AST       | O800                |          | -300  |              |      | 30-34 | maternal and infant      |
| g         |           | O800                |          | -400  |              |      | 30-34 | healthy                  |
| h         |           | P073                |          | -300  |              |      | 00-04 | maternal and infant      |
| i         |           | P073                |          | -300  |              |      | 05-09 | healthy                  |
| j         | LD        |                     |          |       |              |      | 30-34 | disability               |
| k         |           |                     |          |       | Community    |      | 60-64 | disability               |
| l         |           |                     |          |       | Community    |      | 65-69 | healthy                  |
| m         | HF HYP    |                     |          |       |              |      |       | organ failure            |
| n         |           | J440                | -200     |       |              |      |       | organ failure            |
| o         | HF DEM    |                     |          |       |              |      |       | frailty and dementia     |
| p         |           |                     |          |       | Nursing Care |      | 65-69 | frailty and dementia     |
| q         |           |                     |          |       |              | 0.36 | 65-69 | frailty and dementia     |
| r         |           |                     |          |       |              | 0.36 | 60-64 | healthy                  |
| s         | PC DEM    |                     |          |       |              |      |       | short decline near death |
| t         |           | C780                |          |       |              |      |       | short decline near death |
| u         |           | R29 F05 N39 W19 R41 |          |       |              |      | 75-79 | frailty and dementia     |
| v         |           | R29 F05 N39 W19 R41 |          |       |              |      | 70-74 | healthy                  |
"""
# Whom the rules of another segment fit too.
ALSO = {
    "e": "acutely ill",
    "f": "long-term conditions",
    "m": "long-term conditions",
    "n": "long-term conditions",
    "o": "organ failure",
    "s": "frailty and dementia",
}


def test_segments_by_hand() -> None:
    found = scored(*tables(PEOPLE_IN_SEGMENTS))["bridges_to_health_segment"]
    for row in drawn(PEOPLE_IN_SEGMENTS):
        given = found[row["pseudonym"]]
        also = [reason.removeprefix("also meets: ") for reason in given["reasons"] if reason.startswith("also meets: ")]
        assert (row["pseudonym"], given["band"], also) == (
            row["pseudonym"],
            row["segment"],
            [ALSO[row["pseudonym"]]] if row["pseudonym"] in ALSO else [],
        )
        assert given["value"] == NUMBERS[row["segment"]]
    assert found["m"]["reasons"] == ["on the practice's register of heart failure", "also meets: long-term conditions"]
    assert found["a"]["reasons"] == ["nothing known that puts the person in another segment"]


def test_the_precedence_of_segments_decides() -> None:
    order = ("long-term conditions", *(name for name in PRECEDENCE if name != "long-term conditions"))
    found = scored(*tables(PEOPLE_IN_SEGMENTS), precedence=order)["bridges_to_health_segment"]
    assert {name: found[name]["band"] for name in "efmo"} == {
        "e": "long-term conditions", "f": "long-term conditions", "m": "long-term conditions", "o": "frailty and dementia",
    }  # fmt: skip


@pytest.mark.parametrize(
    "precedence",
    [PRECEDENCE[:-1], (*PRECEDENCE, "healthy"), (PRECEDENCE[0], *PRECEDENCE), ("healthy", *PRECEDENCE[:-1]), ()],
)
def test_a_precedence_that_is_not_whole_is_refused(precedence: tuple[str, ...]) -> None:
    with pytest.raises(CaselinkError, match="E-SEGMENTS"):
        scored(*tables("| pseudonym |\n|---|\n| a |"), precedence=precedence)


# ---------------------------------------------------------------- the practice's numbers


def test_long_term_conditions_and_medicines_by_hand() -> None:
    found = scored(
        *tables("""
        | pseudonym | registers     | medicines |
        |-----------|---------------|-----------|
        | a         | MH COPD OB PC | 4         |
        | b         | HYP           | 5         |
        | c         |               | 10        |
        | d         | no snapshot   |           |
        """)
    )
    conditions, medicines = found["long_term_conditions"], found["polypharmacy"]
    assert [(conditions[name]["value"], conditions[name]["band"]) for name in "abcd"] == [
        (2.0, "multimorbidity"), (1.0, None), (0.0, None), (None, None),
    ]  # fmt: skip
    assert conditions["a"]["reasons"] == ["COPD", "serious mental illness"]
    assert [medicines[name]["band"] for name in "abcd"] == [None, "5 to 9 medicines", "10 or more medicines", None]
    assert medicines["c"]["reasons"] == ["10 medicines on repeat"]


# ---------------------------------------------------------------- evidence, and the two paths


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("cambridge_evidence", set(cambridge.HUNDREDTHS)),
        ("efi_evidence", set(frailty.DEFICITS) - set(frailty.NOT_SHOWN)),
        ("segment_rules", set(NUMBERS) - {"healthy"}),
    ],
)
def test_evidence_is_of_known_conditions_and_codes(table: str, names: set[str]) -> None:
    assert set(beginnings(table)) == names
    registers = {*REGISTERS.values(), "PC"}
    for row in rows(table):
        if row["kind"] == "register":
            assert set(row["codes"].split()) <= registers
        if row["kind"] == "diagnosis":
            assert all(re.fullmatch(r"[A-Z]\d{1,3}", code) for code in row["codes"].split()), row


def mixed_area(people: int = 250) -> tuple[pa.Table, pa.Table]:
    """People with registers, medicines, care and every code that any condition of ours begins with."""
    rng = np.random.default_rng(11)
    codes = sorted({code for name in ("cambridge_evidence", "efi_evidence") for row in rows(name) if row["kind"] == "diagnosis"
                    for code in row["codes"].split()})  # fmt: skip
    codes = [code.ljust(4, "1") for code in codes] + ["Z999", "K599"]
    registers = [*REGISTERS.values(), "PC", "OB"]
    everybody, events = [], []
    for number in range(people):
        name = f"p{number:03d}"
        everybody.append({"pseudonym": name, "age_band": AGE_BANDS[number % len(AGE_BANDS)]})
        spell = {"pseudonym": name, "activity_type": "inpatient_elective", "start": -90, "end": -80}
        events.append({**spell, "codes": " ".join(rng.choice(codes, rng.integers(1, 9)))})
        listed = " ".join(rng.choice(registers, rng.integers(0, 5)))
        if number % 7:
            medicines = int(rng.integers(0, 9))
            snapshot = {"pseudonym": name, "activity_type": "gp_snapshot", "start": -9}
            events.append({**snapshot, "codes": listed, "repeat_medicines": medicines})
        if not number % 11:
            package = {"pseudonym": name, "activity_type": "social_care_service", "start": -9}
            events.append({**package, "service_type": "Long Term Support: Community"})
    return people_of(everybody), activity_of(events)


def test_columns_scores_and_the_plain_way_agree() -> None:
    people, activity = mixed_area()
    features = build_features(lazy(people), lazy(activity), AS_AT).collect("pyarrow").to_native()
    found, told = scored(people, activity), defaultdict(list)
    for row in signs(lazy(activity), AS_AT).collect("pyarrow").to_native().to_pylist():
        told[row["pseudonym"]].append(row["sign"])
    for row in features.to_pylist():
        name, listed = row["pseudonym"], row["long_term_conditions"] is not None
        plain = (cambridge.hundredths(told[name]) / 100, frailty.count(told[name])) if listed else (None, None)
        assert (row["cambridge_multimorbidity"], row["frailty_deficits"]) == plain
        assert found["cambridge_multimorbidity"][name]["value"] == plain[0]
        assert found["long_term_conditions"][name]["value"] == row["long_term_conditions"]
        counted = found["frailty_counted_from_deficits"][name]["value"]
        assert counted is None or counted == row["frailty_deficits"] / 36
    assert sum(found["frailty_counted_from_deficits"][name]["value"] is not None for name in told) > 50


def test_a_register_is_no_beginning_of_another() -> None:
    table = pa.table({"pseudonym": ["a", "b"], "sign": [register_sign("DM"), register_sign("DMX")]})
    points = points_by_person(lazy(table), {"points": ({"diabetes": signs_of("register", "DM")}, {"diabetes": 7})})
    assert dict(points.collect("pyarrow").to_native().select(["pseudonym", "points"]).to_pandas().to_numpy().tolist()) == {
        "a": 7,
        "b": 0,
    }


def test_found_merges_what_is_told_twice() -> None:
    told = pa.table({"pseudonym": ["b", "b", "a", "b", "stranger"], "text": ["y", "x", "y", "y", "x"]})
    found = Found.of(pa.chunked_array([["a", "b", "c"]]), told, lambda text: [("xy".index(text), 1 + "xy".index(text))])
    assert (found.people.tolist(), found.items.tolist()) == ([0, 1, 1], [1, 0, 1])
    assert (found.kinds.tolist(), found.times.tolist()) == ([2, 1, 2], [1, 1, 2])
    assert (found.totals([3, 5]).tolist(), found.numbers().tolist()) == ([5.0, 8.0, 0.0], [1, 2, 0])
    assert (found.has(0).tolist(), found.first(1).tolist()) == ([False, True, False], [True, True, False])
    more = found.with_more([(np.array([2]), 0, 4), (np.array([1]), 0, 4)])
    assert (more.people.tolist(), more.kinds.tolist()) == ([0, 1, 1, 2], [2, 5, 2, 4])
    said = lists([(found.people, found.items), (np.array([2, 0]), np.array([2, 2]))], ["x", "y", "z"], 3)
    assert said.to_pylist() == [["y", "z"], ["x", "y"], ["z"]]


def test_the_page_tells_of_every_published_index() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == reference_page(), "make docs writes it"
    own = {rule.name for rule in WHOLE_SYSTEM_USE} | {"known_to_four_led_by_none"}
    assert {rule.name for rule in SCORES} - own == set(ABOUT)
    assert all(f"| {name} |" in page for name in (*cambridge.HUNDREDTHS, *frailty.SHOWN))
