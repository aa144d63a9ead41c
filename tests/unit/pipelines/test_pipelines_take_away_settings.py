"""Settings of the API and of the file of codes: what goes together, and that no night changes by them."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.config import Configuration
from pipelines.settings.take_away import TakeAwaySettings
from pipelines.settings.web import WebSettings

SIGN_IN = {"issuer": "https://sign-in.example", "client_id": "caselink"}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"api_audience": "api"}, "needs an issuer"),
        ({**SIGN_IN, "api_audience": "caselink"}, "another name than client_id"),
    ],
)
def test_an_audience_that_a_sign_ins_token_would_have_is_refused(said: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        WebSettings(**said)
    assert WebSettings(**SIGN_IN, api_audience="caselink-api").api_audience == "caselink-api"


@pytest.mark.parametrize(
    "said",
    [
        {"code": "XaKUL"},
        {"term": "words"},
        {"code": "=1+1", "term": "x"},
        {"code": "X 1", "term": "x"},
        {"code": "X", "term": "=x"},
    ],
)
def test_a_code_has_a_term_and_neither_begins_a_formula(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"go together|pattern"):
        TakeAwaySettings(**said)


def test_no_night_changes_by_them() -> None:
    area: dict[str, Any] = {"area": {"name": "x", "synthetic": True}}
    plain = Configuration.model_validate(area)
    taken = Configuration.model_validate(
        area | {"take_away": {"code": "X", "term": "y"}, "web": {**SIGN_IN, "api_audience": "api"}}
    )
    assert plain.digest() == taken.digest()
