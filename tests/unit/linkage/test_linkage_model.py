"""The model file: readable, arithmetic right, and refused where it was not made for this cascade."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linkage import LinkSettings, load_model
from linkage.comparisons import LEVELS
from linkage.model import FIXED_MODEL, SMALLEST_AREA, read_model
from linkage.pairs import FIELDS, Pairs
from schemas.errors import ConfigurationError

DOCUMENT = Path(__file__).parents[3] / "docs" / "explanation" / "linkage-fixed-model.md"


def content() -> Any:
    return json.loads(FIXED_MODEL.read_text(encoding="utf-8"))


def test_probabilities_of_each_field_add_up() -> None:
    for field, levels in content()["comparisons"].items():
        assert sum(level["m"] for level in levels.values()) == pytest.approx(1, abs=0.002), field
        assert sum(level["u"] for level in levels.values()) == pytest.approx(1, abs=0.002), field


def test_better_levels_never_weigh_less_than_different() -> None:
    weights = load_model().weights(100_000)
    for field in FIELDS:
        assert weights.of(field, "missing").bits == 0
        assert min(LEVELS[field], key=lambda level: weights.of(field, level).bits) == "different"


def test_a_weight_is_the_sum_of_its_parts() -> None:
    """A pure-Python scorer of a few lines, over random levels."""
    model = load_model()
    rng = np.random.default_rng(7)
    levels = np.column_stack([rng.integers(0, len(LEVELS[field]), 500) for field in FIELDS]).astype(np.int8)
    blank = np.full(500, np.nan)
    found = model.weigh(Pairs(np.arange(500), np.arange(500), levels, blank, blank), 100_000)
    for row, weight in zip(levels.tolist(), found.tolist(), strict=True):
        named = {field: LEVELS[field][level] for field, level in zip(FIELDS, row, strict=True)}
        expected = math.log2(0.9e-5 / (1 - 0.9e-5))
        for field, level in named.items():
            if level != "missing":
                parts = content()["comparisons"][field][level]
                expected += math.log2(parts["m"] / parts["u"])
        for dependence in content()["dependences"]:
            if all(named[field] in levels for field, levels in dependence["when"].items()):
                expected += dependence["weight"]
        assert weight == pytest.approx(expected, abs=1e-9)


def test_a_small_register_is_part_of_a_larger_area() -> None:
    model = load_model()
    assert model.prior(3) == model.prior(SMALLEST_AREA) > model.prior(1_000_000)


def test_the_document_gives_a_reason_for_every_level() -> None:
    words = DOCUMENT.read_text(encoding="utf-8")
    for field, levels in content()["comparisons"].items():
        for level, parts in levels.items():
            assert f"| {field} | {level} | {parts['m']:g} | {parts['u']:g} | {parts['weight']:.2f} |" in words, (field, level)
    for dependence in content()["dependences"]:
        assert f"{dependence['weight']:.1f}" in words
    assert content()["version"] in words


def changed(**parts: Any) -> Any:
    return {**content(), **parts}


def without_level(field: str, level: str) -> Any:
    model = content()
    del model["comparisons"][field][level]
    return model


def with_level(field: str, level: str, **parts: float) -> Any:
    model = content()
    model["comparisons"][field][level] = parts
    return model


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        ([], "is not an object"),
        (changed(shoe_size={}), "shoe_size, which is not known"),
        (changed(share_in_register=1.5), "share_in_register"),
        (changed(comparisons={**content()["comparisons"], "shoe_size": {}}), "shoe_size, which is not known"),
        (changed(comparisons={}), "comparisons lacks"),
        (without_level("gender", "same"), "gender lacks same"),
        (with_level("gender", "perhaps", m=0.1, u=0.1, weight=0.0), "gender has perhaps"),
        (with_level("gender", "same", m=0.9, u=0.5), "lacks weight"),
        (with_level("gender", "same", m=0.9, u=0.0, weight=1.0), "no probability above 0"),
        (with_level("gender", "same", m=0.9, u=0.5, weight=5.0), "not log2"),
        (changed(dependences=[{"why": "", "when": {"shoe_size": ["same"]}, "weight": 1}]), "field or level that does not exist"),
        (changed(dependences=[{"why": "", "when": {"gender": ["perhaps"]}, "weight": 1}]), "field or level that does not exist"),
        (changed(dependences=[{"when": {}, "weight": 1}]), "lacks why"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(model: Any, fault: str) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-MODEL") as refusal:
        read_model(model)
    assert fault in refusal.value.message


def test_a_model_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read") as absent:
        load_model(tmp_path / "absent.json")
    assert absent.value.__context__ is None
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is not JSON"):
        load_model(broken)


@pytest.mark.parametrize(
    "wrong", [{"review_weight": 9.0}, {"margin": -1.0}, {"block_cap": 0}, {"nameless_margin": -1.0}, {"review_candidates": 0}]
)
def test_settings_that_cannot_hold_together_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-SETTINGS"):
        LinkSettings(**wrong)
