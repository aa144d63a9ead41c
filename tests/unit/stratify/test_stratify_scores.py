"""The list of scores; each published index against cases worked by hand, and its two paths against each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from schemas.identifiable import SOURCES
from schemas.pseudonymised import Score
from stratify.features import build_features
from stratify.published import rows
from stratify.scores import SCORES, acsc, charlson, hfrs, score_people
from stratify.scores.score import ScoreRule
from tests.stratify_area import AS_AT, activity_of, drawn, lazy, people_of, seeded_area


def scored(activity: pa.Table, people: pa.Table, **options: Any) -> pa.Table:
    features = build_features(lazy(people), lazy(activity), AS_AT, **options).collect("pyarrow").to_native()
    return score_people(features, lazy(activity), people, AS_AT)


def by_name(table: pa.Table, name: str) -> dict[str, dict[str, Any]]:
    return {row["pseudonym"]: row for row in table.to_pylist() if row["score"] == name}


@pytest.fixture(scope="module")
def area() -> tuple[pa.Table, pa.Table]:
    return seeded_area(300)


@pytest.fixture(scope="module")
def area_scores(area: tuple[pa.Table, pa.Table]) -> pa.Table:
    return scored(area[1], area[0])


@pytest.fixture(scope="module")
def mixed_scores(area: tuple[pa.Table, pa.Table]) -> pa.Table:
    people, activity = (table.take(np.random.default_rng(5).permutation(table.num_rows)) for table in area)
    return scored(activity, people)


@pytest.fixture(scope="module")
def bare_scores() -> pa.Table:
    return scored(activity_of([]), people_of([{"pseudonym": "a", "age_band": None, "locality": None}]))


@pytest.mark.parametrize("rule", SCORES, ids=lambda rule: rule.name)
class TestEveryScore:
    def test_has_words_a_source_and_a_version(self, rule: ScoreRule) -> None:
        assert len(rule.description.split()) >= 8
        assert rule.source
        assert rule.version
        assert set(rule.feeds) <= set(SOURCES)

    def test_handles_nulls(self, rule: ScoreRule, bare_scores: pa.Table) -> None:
        assert by_name(bare_scores, rule.name)["a"]["value"] is None

    def test_does_not_depend_on_the_order_of_rows(self, rule: ScoreRule, area_scores: pa.Table, mixed_scores: pa.Table) -> None:
        assert by_name(area_scores, rule.name) == by_name(mixed_scores, rule.name)

    def test_is_given_to_everybody(self, rule: ScoreRule, area_scores: pa.Table, area: tuple[pa.Table, pa.Table]) -> None:
        assert set(by_name(area_scores, rule.name)) == set(area[0]["pseudonym"].to_pylist())


def test_scores_keep_their_table_s_rules(area_scores: pa.Table) -> None:
    assert Score.sort(Score.validate(area_scores)).equals(area_scores)


def test_somebody_with_features_must_be_in_the_people_table(area: tuple[pa.Table, pa.Table]) -> None:
    features = build_features(lazy(area[0]), lazy(area[1]), AS_AT).collect("pyarrow").to_native()
    with pytest.raises(CaselinkError, match=r"E-SCORE-PEOPLE: 300 people have features and 299"):
        score_people(features, lazy(area[1]), area[0].slice(1), AS_AT)


# ---------------------------------------------------------------- Hospital Frailty Risk Score


def test_hfrs_table_is_the_published_one() -> None:
    assert len(hfrs.TENTHS) == 109
    assert sum(hfrs.TENTHS.values()) == 1732


@pytest.mark.parametrize(
    ("codes", "points"),
    [
        ("", 0.0),
        ("F001", 7.1),
        ("F000 F001 F009", 7.1),  # one three-character code, however often
        ("F001 G819 W199", 7.1 + 4.4 + 3.2),
        ("XF00 G8 I10X Z990", 0.8),  # F00 within another code and half of G81 do not count; Z99 does
    ],
)
def test_hfrs_by_hand(codes: str, points: float) -> None:
    assert hfrs.points(codes.split())[0] == pytest.approx(points)


@pytest.mark.parametrize(("value", "band"), [(0, "low"), (4.9, "low"), (5, "intermediate"), (15, "intermediate"), (15.1, "high")])
def test_hfrs_bands(value: float, band: str) -> None:
    assert hfrs.band(value) == band


def test_hfrs_gives_a_band_only_where_it_was_validated() -> None:
    bands = {"a": "75-79", "b": "70-74", "c": None, "d": "90+"}
    people = people_of({"pseudonym": name, "age_band": band} for name, band in bands.items())
    spell = {"activity_type": "inpatient_emergency", "start": -40, "end": -30, "codes": "F001 F009 G819 R31X"}
    found = by_name(scored(activity_of([{**spell, "pseudonym": name} for name in bands]), people), hfrs.HFRS.name)
    assert {name: (row["value"], row["band"]) for name, row in found.items()} == {
        "a": (14.5, "intermediate"),
        "b": (14.5, None),
        "c": (14.5, None),
        "d": (14.5, "intermediate"),
    }
    assert found["a"]["reasons"] == [
        "dementia in Alzheimer disease (7.1 points)",
        "hemiplegia (4.4 points)",
        "unspecified haematuria (3.0 points)",
    ]


# ---------------------------------------------------------------- Charlson


def test_charlson_table_is_the_published_one() -> None:
    assert len(charlson.PREFIXES) == 17
    assert sum(map(len, charlson.PREFIXES.values())) == 289
    weights = charlson.WEIGHTS["quan_2011"]
    assert sum(weight for name, weight in weights.items() if name not in charlson.REPLACED_BY) == 24
    assert charlson.WEIGHTS["quan_2011"]["aids"] == 4


@pytest.mark.parametrize(
    ("codes", "quan", "original"),
    [
        ("", 0, 0),
        ("I219", 0, 1),
        ("I500 E119", 2, 2),
        ("E119 E112", 1, 2),  # diabetes with complication replaces diabetes without
        ("K703 K721", 4, 3),  # severe liver disease replaces mild
        ("C509 C787", 6, 6),  # metastatic replaces the primary
        ("C509 C509", 2, 2),  # a group counts once
        ("B200 F03X G819", 8, 9),
        ("XI50 I5", 0, 0),  # neither inside another code nor by half a prefix
        ("E10", 0, 0),  # the list has E100, E101, ... and not E10 itself
    ],
)
def test_charlson_by_hand(codes: str, quan: int, original: int) -> None:
    assert charlson.weight(codes.split()) == quan
    assert charlson.weight(codes.split(), "charlson_1987") == original


def test_charlson_reasons_put_the_graver_first() -> None:
    activity = activity_of(
        [{"pseudonym": "a", "activity_type": "inpatient_elective", "start": -40, "end": -39, "codes": "I219 C787 C509 E112"}]
    )
    row = by_name(scored(activity, people_of([{"pseudonym": "a"}])), "charlson_index")["a"]
    assert row["value"] == 7.0
    assert row["reasons"] == [
        "metastatic solid tumour (weight 6)",
        "diabetes with chronic complication (weight 1)",
        "myocardial infarction (weight 0)",
    ]


def test_the_fast_path_of_charlson_takes_either_weights() -> None:
    codes = lazy(pa.table({"pseudonym": ["a", "a", "b"], "code": ["E119", "E112", "I219"]}))
    found = charlson.weight_by_person(codes, "charlson_1987").collect("pyarrow").to_native().sort_by("pseudonym")
    assert found.to_pydict() == {"pseudonym": ["a", "b"], "charlson_index": [2, 1]}


def test_fast_and_slow_paths_agree_on_every_listed_code() -> None:
    listed = sorted({row["icd10_3char"] + "9" for row in rows("hfrs")} | {row["icd10_prefix"] for row in rows("charlson_icd10")})
    people = {f"p{start:04d}": listed[start : start + 5] for start in range(0, len(listed), 3)}
    table = pa.table(
        {
            "pseudonym": [name for name, codes in people.items() for _ in codes],
            "code": [code for codes in people.values() for code in codes],
        }
    )
    frailty = hfrs.points_by_person(lazy(table)).collect("pyarrow").to_native().to_pylist()
    weights = charlson.weight_by_person(lazy(table)).collect("pyarrow").to_native().to_pylist()
    expected = {name: hfrs.points(codes)[0] for name, codes in people.items() if hfrs.points(codes)[0]}
    assert {row["pseudonym"]: row["hospital_frailty_risk"] for row in frailty} == expected
    assert {row["pseudonym"]: row["charlson_index"] for row in weights} == {
        name: charlson.weight(codes) for name, codes in people.items()
    }


def test_columns_and_scores_agree(area: tuple[pa.Table, pa.Table], area_scores: pa.Table) -> None:
    features = build_features(lazy(area[0]), lazy(area[1]), AS_AT).collect("pyarrow").to_native()
    for column, score in (
        ("hospital_frailty_risk", "hospital_frailty_risk"),
        ("charlson_index", "charlson_index"),
        ("chronic_acsc_365", "chronic_acsc_admissions"),
    ):
        by_rule = {name: row["value"] for name, row in by_name(area_scores, score).items()}
        assert by_rule == dict(zip(features["pseudonym"].to_pylist(), features[column].to_pylist(), strict=True))
        assert sum(by_rule.values()) > 0


# ---------------------------------------------------------------- chronic ambulatory-care-sensitive admissions

ACSC_CASES = """
| pseudonym                      | codes     | procedures | method | class | source | start | end  | expected      |
|--------------------------------|-----------|------------|--------|-------|--------|-------|------|---------------|
| asthma                         | J459      |            | 21     | 1     | 19     | -40   | -30  | asthma        |
| asthma, padded                 | J46X      |            | 21     | 1     | 19     | -40   | -30  | asthma        |
| asthma, not first              | I10X J459 |            | 21     | 1     | 19     | -40   | -30  | hypertension  |
| not an emergency method        | J459      |            | 81     | 1     | 19     | -40   | -30  |               |
| transfer in an emergency       | J459      |            | 2B     | 1     | 19     | -40   | -30  | asthma        |
| method not given               | J459      |            |        |       |        | -40   | -30  | asthma        |
| day case                       | J459      |            | 21     | 2     | 19     | -40   | -30  |               |
| from another provider          | J459      |            | 21     | 1     | 51     | -40   | -30  |               |
| hepatitis B                    | B181 Z99  |            | 21     | 1     | 19     | -40   | -30  | hepatitis B   |
| hepatitis B with sickle cell   | B181 D571 |            | 21     | 1     | 19     | -40   | -30  |               |
| acute bronchitis alone         | J209      |            | 21     | 1     | 19     | -40   | -30  |               |
| acute bronchitis with COPD     | J209 J449 |            | 21     | 1     | 19     | -40   | -30  | COPD          |
| heart failure                  | I500      |            | 21     | 1     | 19     | -40   | -30  | heart failure |
| heart failure with operation   | I500      | X1 K401    | 21     | 1     | 19     | -40   | -30  |               |
| heart failure, other operation | I500      | X501 K651  | 21     | 1     | 19     | -40   | -30  | heart failure |
| angina with any operation      | I209      | X501       | 21     | 1     | 19     | -40   | -30  |               |
| angina without                 | I209      | X601       | 21     | 1     | 19     | -40   | -30  | angina        |
| B18 alone is not B180          | B182      |            | 21     | 1     | 19     | -40   | -30  |               |
| I11 is not I110                | I112      |            | 21     | 1     | 19     | -40   | -30  |               |
| too long ago                   | J459      |            | 21     | 1     | 19     | -366  | -360 |               |
| a year ago                     | J459      |            | 21     | 1     | 19     | -365  | -360 | asthma        |
| still in hospital              | J459      |            | 21     | 1     | 19     | -4    | 0    |               |
| no diagnosis                   |           |            | 21     | 1     | 19     | -40   | -30  |               |
"""  # fmt: skip


def test_acsc_by_hand() -> None:
    cases = drawn(ACSC_CASES)
    events = [
        {
            **case,
            "activity_type": "inpatient_emergency",
            "procedures": case.get("procedures", "").replace(" ", "|") or None,
            "admission_method": case.get("method"),
            "patient_classification": case.get("class"),
            "admission_source": case.get("source"),
        }
        for case in cases
    ]
    found = acsc.admissions(lazy(activity_of(events)), AS_AT).collect("pyarrow").to_native().to_pylist()
    conditions = {row["pseudonym"]: row["condition"] for row in found}
    assert conditions.keys() == {case["pseudonym"] for case in cases if "expected" in case}
    assert all(case["expected"] in conditions[case["pseudonym"]] for case in cases if "expected" in case)


def test_acsc_reasons_count_by_condition() -> None:
    spells = [("J440", -300), ("J441", -200), ("E109", -100), ("S720", -50)]
    activity = activity_of(
        {"pseudonym": "a", "activity_type": "inpatient_emergency", "start": start, "end": start + 3, "codes": code}
        for code, start in spells
    )
    found = by_name(scored(activity, people_of([{"pseudonym": "a"}, {"pseudonym": "b"}])), "chronic_acsc_admissions")
    assert (found["a"]["value"], found["b"]["value"]) == (3.0, 0.0)
    assert found["a"]["reasons"] == [
        "2 emergency admissions for COPD in 12 months",
        "1 emergency admission for diabetes in 12 months",
    ]


# ---------------------------------------------------------------- whole-system use


def test_whole_system_use_by_hand() -> None:
    """Two services. Outpatients: 0, 0, 0, 3 events; log of one plus is 0, 0, 0, ln 4: mean ln4/4, deviation ln4 x sqrt(3)/4.

    So its standardised use is -1/sqrt(3) three times and sqrt(3). Community: 1, 1, 0, 0: 1, 1, -1, -1. The index is the
    mean of both.
    """
    events = [("d", "outpatient", 3), ("a", "community_contact", 1), ("b", "community_contact", 1)]
    activity = activity_of(
        {"pseudonym": name, "activity_type": kind, "start": -9, "cost": 1250}
        for name, kind, times in events
        for _ in range(times)
    )
    people = people_of({"pseudonym": name} for name in "abcd")
    table = scored(activity, people)
    third, root = -(3**-0.5), 3**0.5
    values = {name: row["value"] for name, row in by_name(table, "whole_system_use").items()}
    assert values == pytest.approx(
        {"a": (third + 1) / 2, "b": (third + 1) / 2, "c": (third - 1) / 2, "d": (root - 1) / 2}, abs=1e-8
    )
    shares = {name: row["value"] for name, row in by_name(table, "whole_system_percentile").items()}
    assert shares == {"c": 0.0, "a": 25.0, "b": 25.0, "d": 75.0}
    assert {name: row["value"] for name, row in by_name(table, "services_used").items()} == {"a": 1, "b": 1, "c": 0, "d": 1}
    assert by_name(table, "cost_12_months")["d"]["value"] == 3750.0
    assert by_name(table, "whole_system_peer_percentile")["d"]["value"] is None
    reasons = by_name(table, "whole_system_use")["d"]["reasons"]
    assert reasons == [
        "1 of 2 services used in 12 months",
        "3 outpatient attendances, 4.0 times the average",
        "£38 over all services in 12 months",
        "uses more than 75 % of people here",
    ]


def test_percentile_among_people_of_the_same_age_and_locality() -> None:
    young = [{"pseudonym": f"y{number:02d}", "age_band": "20-24"} for number in range(20)]
    old = [{"pseudonym": f"z{number:02d}", "age_band": "80-84"} for number in range(19)]
    events = [
        {"pseudonym": f"{name}{number:02d}", "activity_type": "outpatient", "start": -9}
        for name in "yz"
        for number in range(19)
        for _ in range(number)
    ]
    found = by_name(scored(activity_of(events), people_of(young + old)), "whole_system_peer_percentile")
    assert found["y18"]["value"] == 95.0
    assert found["z18"]["value"] is None
    top = by_name(scored(activity_of(events), people_of(young + old)), "whole_system_use")["y18"]
    assert top["reasons"][-1] == "more than 95 % of people of this age in this locality"


def test_bands_of_whole_system_use() -> None:
    people = people_of({"pseudonym": f"p{number:03d}"} for number in range(200))
    events = [
        {"pseudonym": f"p{number:03d}", "activity_type": "outpatient", "start": -9}
        for number in range(200)
        for _ in range(number)
    ]
    bands = [row["band"] for _, row in sorted(by_name(scored(activity_of(events), people), "whole_system_use").items())]
    assert {band: bands.count(band) for band in set(bands)} == {
        "highest 1 %": 2,
        "highest 5 %": 8,
        "highest 20 %": 30,
        "other": 160,
    }
    assert bands[-1] == "highest 1 %"
