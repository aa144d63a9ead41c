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
from linkage.engine.weights import Dependence, Frequency
from linkage.model import FIXED_MODEL, SMALLEST_AREA, Evidence, Model, load_model_of, read_model
from linkage.pairs import FIELDS
from linkage.training.calibration import Calibration
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


def test_every_weight_is_what_its_probabilities_say() -> None:
    weights = load_model().weights(100_000)
    assert weights.prior == pytest.approx(math.log2(0.9e-5 / (1 - 0.9e-5)), abs=1e-9)
    for field, levels in content()["comparisons"].items():
        for level, parts in levels.items():
            assert weights.of(field, level).bits == pytest.approx(math.log2(parts["m"] / parts["u"]), abs=1e-9)
    told = [(each.why, {name: list(among) for name, among in each.when.items()}, each.weight) for each in weights.dependences]
    assert told == [(each["why"], each["when"], each["weight"]) for each in content()["dependences"]]


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


def trained() -> Model:
    """A model of everything that one can hold."""
    same = Evidence(0.9123456789, 0.00123456789, frequency=Frequency("code", 0.002, share=0.5, floor=1e-5))
    levels = {"same": same, "close": Evidence(0.05, 0.01, u_error=1e-4), "different": Evidence(0.0376543211, 0.98876543211)}
    dependence = Dependence("a reason", {"code": ("same", "close")}, -1.25)
    return Model(
        "trained-1", {"code": levels}, match_share=1.5e-6, dependences=(dependence,), calibration=Calibration(0.9, -0.5, 500),
        training={"notes": ["a note"], "converged": True}, description="words",
    )  # fmt: skip


CODE = {"code": ("missing", "same", "close", "different")}


def test_what_is_saved_is_read_and_weighs_the_same(tmp_path: Path) -> None:
    model = trained()
    for name in ("one.json", "two.json"):
        model.save(tmp_path / name)
    again = load_model_of(tmp_path / "one.json", CODE)
    assert again == model
    assert again.weights() == model.weights()
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert again.weights().prior == pytest.approx(math.log2(1.5e-6 / (1 - 1.5e-6)), abs=1e-12)
    assert again.is_calibrated
    assert again.probability(np.array([0.0])) == pytest.approx(1 / (1 + 2**0.5))


def test_without_judgements_a_model_says_that_it_is_not_calibrated() -> None:
    model = trained().calibrated(None)
    assert not model.is_calibrated
    assert "calibration" not in model.content()
    assert model.probability(np.array([1.0])) == pytest.approx(2 / 3)
    assert not load_model().is_calibrated


def test_the_shipped_model_is_written_as_it_is_read(tmp_path: Path) -> None:
    load_model().save(tmp_path / "again.json")
    assert load_model(tmp_path / "again.json") == load_model()


def test_a_prior_by_register_needs_its_size() -> None:
    with pytest.raises(ValueError, match="size of the register"):
        load_model().weights()


def spoilt(**parts: Any) -> Any:
    return {**trained().content(), **parts}


def with_frequency(**parts: Any) -> Any:
    model = trained().content()
    model["comparisons"]["code"]["same"]["frequency"].update(parts)
    return model


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (spoilt(share_in_register=0.5), "one of match_share and share_in_register"),
        ({name: part for name, part in trained().content().items() if name != "match_share"}, "one of match_share"),
        (spoilt(match_share="many"), "match_share is not between"),
        (with_frequency(of="rarest"), "neither the commoner nor the rarer"),
        (with_frequency(base=0), "no base above 0"),
        (with_frequency(colour="red"), "frequency has colour"),
        (spoilt(calibration={"slope": 1.0}), "calibration"),
    ],
)
def test_a_trained_model_that_does_not_fit_is_refused(model: Any, fault: str) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-MODEL") as refusal:
        read_model(model, levels=CODE)
    assert fault in refusal.value.message


def test_a_model_of_other_comparisons_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="code, which is not known"):
        read_model(trained().content())
