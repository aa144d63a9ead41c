"""Tables of tokens beside clear ones: which the legal bases have to cover, and which may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import Configuration
from pipelines.permission import sources_for
from pipelines.settings.purposes import POPULATION_ANALYSIS
from tests.extract_inbox import AS_AT, Inbox

BASIS = {
    "source": "asc_person", "purpose": POPULATION_ANALYSIS, "controller": "Council", "reference": "r", "evidence": "e",
    "valid_from": "2026-01-01", "valid_to": "2027-12-31",
}  # fmt: skip
TRANSIT = {"source": "asc_person", "key_file": "k", "check_value": "00000000", "reference": "r"}
TOKENS = "LA_Code,LA_Person_Unique_Identifier,Transit_Key_Check,Token_Scheme\n901,abcd,00000000,caselink-tokens-1\n"


@pytest.mark.parametrize(
    ("tables", "transit", "covered"),
    [
        (["asc_person"], [], True),
        (["asc_person"], [TRANSIT], False),
        (["asc_person", "asc_person_tokens"], [TRANSIT], True),
    ],
)
def test_a_basis_covers_tables_of_tokens_where_tokens_are_agreed(
    tables: list[str], transit: list[dict[str, str]], covered: bool
) -> None:
    values = {"area": {"name": "a"}, "basis": [{**BASIS, "tables": tables}], "transit": transit}
    assert ("asc_person" in sources_for(Configuration.model_validate(values), POPULATION_ANALYSIS, [AS_AT])) is covered


def test_tokens_may_come_instead_of_the_client_index(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("asc_person", "asc_person_tokens_2026-09-30.csv", TOKENS)
    assert inbox.land("asc_person").state == "current"


def test_tokens_do_not_stand_for_events(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("cld", "cld_tokens_2026-09-30.csv", TOKENS)
    landed = inbox.land("cld")
    assert landed.state == "refused"
    assert "E-LAND-TABLE" in landed.message
