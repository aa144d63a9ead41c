"""The NHS-number benchmark gives its figures, and reading by column is worth having."""

from __future__ import annotations

import json

import pytest

from benchmarks import nhs_numbers


def test_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["nhs_numbers", "--numbers", "200000", "--json"])
    monkeypatch.setattr(nhs_numbers, "SCALAR_NUMBERS", 2_000)
    nhs_numbers.main()
    figures = json.loads(capsys.readouterr().out)
    assert list(figures) == ["numbers", "seconds", "per_second", "scalar_per_second", "ratio_to_scalar"]
    assert figures["numbers"] == 200_000
    assert figures["ratio_to_scalar"] > 10


def test_numbers_are_made_up_and_one_in_eleven_is_wrong() -> None:
    texts = nhs_numbers.made_up_numbers(10_000).to_pylist()
    assert all(len(text) == 10 and text.startswith("9") for text in texts)
    wrong = sum(nhs_numbers.read_nhs_number(text).kind == "bad_check_digit" for text in texts)
    assert 800 < wrong < 1_020
