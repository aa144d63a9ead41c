"""The hazard log: complete, in order, and resting on tests that there are."""

from __future__ import annotations

from typing import Any

import pytest

from governance.hazards import hazards, read_hazards
from governance.papers.safety import safety_case
from schemas.errors import ConfigurationError
from tests.named_tests import is_test

ROW = {
    "id": "H1", "hazard": "h", "cause": "c", "effect": "e", "severity": 3, "before": 3, "after": 2, "controls": ["x"],
    "tests": [["tests/unit/governance/test_governance_hazards.py::test_every_hazard_rests_on_tests_that_there_are", "All are"]],
}  # fmt: skip


@pytest.mark.parametrize("hazard", hazards(), ids=lambda each: each.id)
def test_every_hazard_rests_on_tests_that_there_are(hazard: Any) -> None:
    assert [each.test for each in hazard.tests if not is_test(each.test)] == []


def test_a_test_that_there_is_not_is_found() -> None:
    assert is_test(ROW["tests"][0][0])  # type: ignore[index]
    assert not is_test("tests/unit/governance/test_governance_hazards.py::test_of_nothing")
    assert not is_test("tests/unit/governance/test_nothing.py::test_of_nothing")
    assert not is_test("tests/unit/governance/test_nothing.py")


def test_the_log_is_long_enough_to_be_meant() -> None:
    assert len(hazards()) >= 15
    assert all(each.risk_after < 10 for each in hazards())
    assert all(each.risk_after < each.risk_before for each in hazards())


@pytest.mark.parametrize(
    "said",
    [
        {"controls": []}, {"tests": []}, {"cause": ""}, {"severity": 6}, {"before": 0}, {"after": 4}, {"severity": "major"},
        {"tests": ["tests/x.py::test_x"]}, {"tests": [["tests/x.py::test_x", ""]]},
    ],
)  # fmt: skip
def test_a_hazard_that_is_not_complete_is_refused(said: dict[str, Any]) -> None:
    assert read_hazards({"hazard": [ROW]})[0].risk_after == 6
    with pytest.raises(ConfigurationError, match="E-HAZARD"):
        read_hazards({"hazard": [{**ROW, **said}]})
    with pytest.raises(ConfigurationError, match=r"E-HAZARD: hazards\.toml: hazard 2"):
        read_hazards({"hazard": [ROW, ROW]})


def test_the_safety_case_names_every_hazard_control_and_test() -> None:
    page = safety_case(hazards())
    for each in hazards():
        assert f"## {each.id}: {each.hazard}" in page
        assert all(f"- {control}\n" in page for control in each.controls)
        assert all(f"| {shown.sentence}. | `{shown.test}` |" in page for shown in each.tests)
    assert f"## {hazards()[-1].id}:" not in safety_case(hazards()[:-1])
