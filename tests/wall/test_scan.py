"""Lock 2: every rendering of an identifier is found wherever a text can hide, and what only looks like one passes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.detectors import is_snomed
from governance.keys import Domain, DomainKey
from governance.pseudonyms import pseudonyms
from governance.wall import Finding, check_crossing, check_domain, find_identifiers, scan_strings
from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES
from schemas.errors import CaselinkError, ZoneError
from schemas.identifiable import PersonRecord
from schemas.pseudonymised import PseudonymisedActivity, Score
from tests.governance_drawings import nhs_number

NUMBER = "9434765919"

IDENTIFIERS = {
    "NHS number": [
        NUMBER,
        "943 476 5919", "943-476-5919", "943.476.5919", "943/476/5919", "943\u00a0476\u00a05919", "943\u2013476\u20135919",
        "9 4 3 4 7 6 5 9 1 9", "９４３４７６５９１９", "943\u200b4765919", f"{NUMBER}.0", f"NHS{NUMBER}",
        f"nhs no. {NUMBER}, female",        f"1 {NUMBER} 2", "12 943 476 5919",
        "943\t476\t5919", "9\t4\t3\t4\t7\t6\t5\t9\t1\t9", "9,434,765,919", "no. 9,434,765,919, female", "9,434,765,919.00",
        "9.434765919E9", "9.434765919e+09", "no. 9.434765919E+9.", "9.9900007E9",
    ],
    "postcode": ["SW1A 1AA", "sw1a 1aa", "M1 1AE", "CR2 6XH", "DN55 1PT", "at W1A 0AX.", "EC1A  1BB", "B33 8TH;"],
    "e-mail address": ["ann.other@example.nhs.uk", "Ann <ann+1@example.org>"],
    "telephone number": [
        "07700 900123", "07700900123", "+44 7700 900123", "+44 (0)7700 900123", "00447700900123", "(01632) 960983",
        "tel 020 7946 0018", "0163-296-0983",
    ],
    "date": [
        "1950-03-12", "1950/03/12", "1950.03.12", "12/03/1950", "12-03-1950", "12.03.1950", "12/3/50", "12 03 1950", "03/31/1950",
        "12 March 1950", "12th of March 1950", "12-Mar-1950", "12MAR1950", "March 12, 1950", "Mar 12th 1950", "19500312",
        "12031950", "1950-03-12T00:00:00", "born 1950-03-12",
    ],
    "national insurance number": ["QQ123456C".replace("Q", "A"), "AB 12 34 56 C"],
    "person id": ["0123456789abcdef0123456789abcdef", "id:0123456789ABCDEF0123456789ABCDEF"],
}  # fmt: skip

RENDERINGS = [(rule, text) for rule, texts in IDENTIFIERS.items() for text in texts]

CLEAN = [
    None, "", "21", "I10X", "E119", "M4806", "F03", "W371", "RX1RA", "RJ122", "A81001", "Y00123", "E01001234", "E38000226", "QXX",
    "north-team", "3 emergency admissions in 12 months", "HFRS 12.5 (high), Charlson 4", "age band 85-89", "2023/24", "2024-03",
    "top 2 % of the locality", "lives alone; 14 contacts in 2023", "£1,234.56", "ZZ99 3VZ", "0000000000", "1111111111",
    "0.9434765919", "1.9434765919", "31/02/1950", "32 March 1950", "99999999", "1950-13-40", "123 456 7890",
    "9434765918", "19434765919", "94347659190", "1234567890123456", "9434765919943476591", "case management", "é £ – ≥ ½",
    "9,434,765,918", "£9,434,765,919", "£ 9,434,765,919", "1,239,434,765,919", "9,434,765,919,000", "99,434,765,919",
    "9.434765918E9", "9.434765919E8", "9.434765919E99", "19.434765919E9", "9.434765919", "neutrophils 1.5E9/L",
    "12 months to March 2024", "0.07700900123", "x07700900123", "0770090012", f"{NUMBER}abcdef" * 4,
]  # fmt: skip


def plain_column(text: str | None) -> Any:
    return pa.array([text, "other", None])


def list_column(text: str | None) -> Any:
    return pa.array([["other"], [], None, ["other", text]], pa.list_(pa.string()))


def struct_column(text: str | None) -> Any:
    return pa.array([None, {"inner": text, "number": 1}], pa.struct([("inner", pa.string()), ("number", pa.int64())]))


def deep_column(text: str | None) -> Any:
    kind = pa.struct([("things", pa.list_(pa.struct([("inner", pa.string())])))])
    return pa.array([{"things": [{"inner": "other"}, {"inner": text}]}, None], kind)


def dictionary_column(text: str | None) -> Any:
    return pa.array(["other", text, "other"]).dictionary_encode()


def large_column(text: str | None) -> Any:
    return pa.array(["other", text], pa.large_string())


def view_column(text: str | None) -> Any:
    return pa.array(["other", text], pa.string_view())


def large_list_column(text: str | None) -> Any:
    return pa.array([["other", text]], pa.large_list(pa.string()))


def fixed_list_column(text: str | None) -> Any:
    return pa.array([["other", text]], pa.list_(pa.string(), 2))


def map_column(text: str | None) -> Any:
    return pa.array([[("key", text)], [("other", "other")]], pa.map_(pa.string(), pa.string()))


def sliced_column(text: str | None) -> Any:
    return pa.array(["other", "other", text, "other"]).slice(2, 1)


def chunked_column(text: str | None) -> Any:
    return pa.chunked_array([pa.array(["other"]), pa.array([text], pa.string()), pa.array([], pa.string())])


COLUMNS: list[Callable[[str | None], Any]] = [
    plain_column, list_column, struct_column, deep_column, dictionary_column, large_column, view_column, large_list_column,
    fixed_list_column, map_column, sliced_column, chunked_column,
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), RENDERINGS)
def test_every_rendering_is_found(rule: str, text: str) -> None:
    with pytest.raises(ZoneError, match=r"^E-ZONE-VALUE: people: column why breaks the rule") as caught:
        scan_strings(pa.table({"why": ["other", text]}), name="people")
    assert f"`{rule}` with 1 distinct" in str(caught.value)
    assert text not in str(caught.value)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("texts", IDENTIFIERS.values(), ids=list(IDENTIFIERS))
def test_found_wherever_a_text_can_hide(column: Callable[[str | None], Any], texts: list[str]) -> None:
    for text in texts:
        assert find_identifiers(pa.table({"why": column(text)}))


@pytest.mark.parametrize("column", COLUMNS)
def test_what_only_looks_like_an_identifier_passes(column: Callable[[str | None], Any]) -> None:
    for text in CLEAN:
        assert find_identifiers(pa.table({"why": column(text)})) == [], text


def test_a_map_s_keys_are_read_too() -> None:
    table = pa.table({"why": pa.array([[(NUMBER, "other")]], pa.map_(pa.string(), pa.string()))})
    assert find_identifiers(table) == [Finding("why.key", "NHS number", 1)]


def test_one_among_very_many_is_found() -> None:
    texts = [f"{number} contacts" for number in range(30_000)]
    texts[29_999] = f"{NUMBER} – contacts"
    assert find_identifiers(pa.table({"why": texts})) == [Finding("why", "NHS number", 1)]
    assert find_identifiers(pa.table({"why": ["same"] * 30_000 + [NUMBER]})) == [Finding("why", "NHS number", 1)]


def test_values_are_counted_once_each_and_every_finding_is_counted() -> None:
    table = pa.table({"why": [NUMBER, NUMBER, nhs_number(5), "1950-03-12"], "given_name": ["a", "b", "c", "d"]})
    assert find_identifiers(table) == [
        Finding("given_name", "identifier column", 1),
        Finding("why", "NHS number", 2),
        Finding("why", "date", 1),
    ]
    with pytest.raises(ZoneError, match="2 more findings"):
        scan_strings(table)


@settings(deadline=None)
@given(
    st.integers(0, 99_999_999),
    st.sampled_from(["{}", "{} ", "id {}.", "({})", "a{}b", "é{}"]),
    st.sampled_from(["", " ", "-", "."]),
)
def test_every_nhs_number_is_found_in_every_text(serial: int, around: str, between: str) -> None:
    number = nhs_number(min(serial, 99_999_000))
    text = around.format(between.join((number[:3], number[3:6], number[6:])))
    found = find_identifiers(pa.table({"why": [text]}))
    assert found == ([Finding("why", "NHS number", 1)] if len(set(number)) > 1 else [])


# --- columns that may hold what others may not -------------------------------------------------------------------------------


def test_columns_of_codes_may_hold_snomed_identifiers() -> None:
    """An ECDS diagnosis that happens to pass modulus 11; anywhere else it is taken for an NHS number."""
    concept = next(
        text for text in (f"{n}00{check}" for n in range(9_000_000, 9_001_000) for check in range(10))
        if is_snomed(text) and find_identifiers(pa.table({"why": [text]}))
    )  # fmt: skip
    for name in ("codes", "discharge_destination"):
        assert find_identifiers(pa.table({name: pa.array([[concept]])})) == []
    assert find_identifiers(pa.table({"mine": [concept]}), coded={"mine"}) == []
    assert find_identifiers(pa.table({"codes": [f"code {concept}"]})) == [Finding("codes", "NHS number", 1)]


def test_columns_of_codes_still_may_not_hold_nhs_numbers() -> None:
    numbers = [nhs_number(serial * 99_991) for serial in range(1, 1_000)]
    found = find_identifiers(pa.table({"codes": pa.array([numbers])}))
    assert found[0].values > 985  # a few in a thousand have the form of a SNOMED identifier


@pytest.mark.parametrize(
    ("text", "snomed"),
    [
        ("73211009", True),           # diabetes mellitus
        ("195967001", True),          # asthma
        ("1240581000000104", True),   # an identifier of a UK extension
        ("73211008", False),
        ("73211109", False),
        ("073211009", False),
        ("12345", False),
        ("E119", False),
    ],
)  # fmt: skip
def test_the_form_of_a_snomed_identifier(text: str, snomed: bool) -> None:
    assert is_snomed(text) == snomed


def test_a_snomed_identifier_may_look_like_a_day() -> None:
    day = next(
        text
        for year in range(1900, 2100) for month in range(1, 13) for day in range(1, 29)
        if is_snomed(text := f"{year}{month:02d}{day:02d}")
    )  # fmt: skip
    assert find_identifiers(pa.table({"codes": [day]})) == []
    assert find_identifiers(pa.table({"why": [day]})) == [Finding("why", "date", 1)]


def test_organisation_codes_may_have_the_form_of_a_postcode_but_not_its_area() -> None:
    assert find_identifiers(pa.table({"provider_code": ["XX12AB", "Y02AB"]})) == []
    assert find_identifiers(pa.table({"provider_code": ["SW1A1AA"]})) == [Finding("provider_code", "postcode", 1)]
    assert find_identifiers(pa.table({"provider_code": ["XX1 2AB"]})) == [Finding("provider_code", "postcode", 1)]
    assert find_identifiers(pa.table({"why": ["XX12AB"]})) == [Finding("why", "postcode", 1)]


def test_dated_columns_may_speak_of_dates_and_of_nothing_else() -> None:
    assert find_identifiers(pa.table({"version": ["2024-06-01"], "message": ["data to 1 June 2024"]})) == []
    assert find_identifiers(pa.table({"mine": ["2024-06-01"]}), dated={"mine"}) == []
    assert find_identifiers(pa.table({"version": [NUMBER]})) == [Finding("version", "NHS number", 1)]


def test_a_run_may_be_named_like_a_person() -> None:
    assert find_identifiers(pa.table({"run_id": ["0123456789abcdef0123456789abcdef", "9434765919abcdef"]})) == []


def test_pseudonyms_pass_whatever_their_digits() -> None:
    digits = f"csu7-0{NUMBER}0123456789012345"
    assert find_identifiers(pa.table({"pseudonym": [digits]})) == []
    assert find_identifiers(pa.table({"pseudonym": [f"{digits} {NUMBER}"]})) == [Finding("pseudonym", "NHS number", 1)]


# --- what is not text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_nhs_numbers_stored_as_numbers_are_found(kind: pa.DataType) -> None:
    numbers = [int(nhs_number(serial)) for serial in range(1, 3_000, 100)]
    assert find_identifiers(pa.table({"value": pa.array([*numbers, None], kind)})) == [Finding("value", "NHS number", 30)]


def test_other_numbers_pass() -> None:
    table = pa.table(
        {
            "cost_pence": [1_234_567_890, 1_999_999_999, 2_000_000_001],
            "big": [10**12, 10**15, 0],
            "none": pa.nulls(3, pa.int64()),
            "share": [0.5, 5e9 + 0.5, float("nan")],
            "day": [dt.date(1950, 3, 12)] * 3,
            "flag": [True, False, None],
        }
    )
    assert find_identifiers(table) == []


def test_bytes_cannot_be_read_and_do_not_pass() -> None:
    assert find_identifiers(pa.table({"model": pa.array([b"x", None])})) == [Finding("model", "bytes", 2)]
    assert find_identifiers(pa.table({"model": pa.nulls(2, pa.binary())})) == []


def test_identifier_columns_are_refused_at_any_depth() -> None:
    table = pa.table({"attributes": pa.array([{"given_name": "x"}]), "linked_nhs_number": pa.nulls(1, pa.string())})
    assert find_identifiers(table) == [
        Finding("attributes.given_name", "identifier column", 1),
        Finding("linked_nhs_number", "identifier column", 1),
    ]


def test_an_empty_table_passes() -> None:
    scan_strings(PseudonymisedActivity.empty())
    scan_strings(pa.table({}))


# --- crossing ---------------------------------------------------------------------------------------------------------------


def score(**values: str) -> pa.Table:
    row = {"pseudonym": "night1-0", "score": "hfrs", "version": "2018", **values}
    return Score.conform(pa.Table.from_pylist([row])).replace_schema_metadata({"pandas": NUMBER})


def test_a_table_crosses_validated_scanned_and_without_its_metadata() -> None:
    assert check_crossing(Score, score()).schema.equals(Score.arrow_schema(), check_metadata=True)
    with pytest.raises(ZoneError, match=r"^E-ZONE-VALUE: Score: column band"):
        check_crossing(Score, score(band=NUMBER))
    with pytest.raises(CaselinkError, match=r"^E-TABLE-COLUMN: "):
        check_crossing(Score, pa.table({"score": ["hfrs"]}))


def test_an_identifiable_table_never_crosses() -> None:
    with pytest.raises(ZoneError, match=r"^E-ZONE-SHELF: PersonRecord"):
        check_crossing(PersonRecord, PersonRecord.empty())


def test_a_recipient_s_table_holds_her_pseudonyms_only() -> None:
    csu, night = Domain("csu", "analysis"), Domain("night", "working")
    ids = pa.array([f"{number:032x}" for number in range(5)])
    check_domain(pa.table({"pseudonym": pseudonyms(ids, DomainKey(bytes(32), csu))}), csu)
    with pytest.raises(ZoneError, match=r"^E-ZONE-DOMAIN: list: 5 rows"):
        check_domain(pa.table({"whose": pseudonyms(ids, DomainKey(bytes(32), night))}), csu, name="list", column="whose")


# --- speed ------------------------------------------------------------------------------------------------------------------


def test_speed() -> None:
    """A tenth of the size promised (1 M rows under 3 s), in processor time at double the share, so that a busy machine passes."""
    rows = 100_000
    words = pa.array(["21", "community nursing", None, "RX1"] * (rows // 4))
    fields = list(ACTIVITY_ATTRIBUTES)
    columns = [words if pa.types.is_string(field.type) else pa.nulls(rows, field.type) for field in fields]
    said = pa.StructArray.from_arrays(columns, fields=fields)
    ids = pseudonyms(pa.array([f"{number:032x}" for number in range(rows)]), DomainKey(bytes(32), Domain("night", "working")))
    table = pa.table(
        {
            "pseudonym": ids,
            "activity_type": sorted(ACTIVITY_TYPES)[:1] * rows,
            "codes": [["E119", "I10X"], []] * (rows // 2),
            "attributes": said,
        }
    )
    start = time.process_time()
    scan_strings(table)
    assert time.process_time() - start < 0.6
