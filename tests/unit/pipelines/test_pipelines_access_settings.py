"""`[access]`: every figure is agreed and written down, and while one is missing nobody is shown."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from pydantic import ValidationError

from governance.access.limits import BreakGlassRules, BulkRules, Limits
from pipelines.config import Configuration
from pipelines.example_bases import ACCESS
from pipelines.settings.access import FIGURES, AccessSettings
from schemas.errors import ConfigurationError

EXAMPLE = tomllib.loads(ACCESS)["access"]


def test_the_examples_figures_are_the_bounds() -> None:
    settings = AccessSettings(**EXAMPLE)
    assert settings.limits() == Limits(100, 300, 0.06, 3, 1, dt.time(21), dt.time(6), most_rows=300, register_days=14)
    assert settings.break_glass() == BreakGlassRules(minutes=60, review_days=5, in_a_week=5, same_person_in_a_month=2)
    assert settings.bulk() == BulkRules(rows=500, hours=24)


@pytest.mark.parametrize("name", FIGURES)
def test_each_missing_figure_is_named_and_none_has_a_default(name: str) -> None:
    settings = AccessSettings(**{key: value for key, value in EXAMPLE.items() if key != name})
    with pytest.raises(ConfigurationError, match=rf"^E-ACCESS-LIMITS: access\.{name} is not set"):
        (settings.limits(), settings.break_glass(), settings.bulk())


@pytest.mark.parametrize("said", [{"requests_a_day": 1}, {"bulk_rows": 1}, {"sees": {"analyst": ["ordinary"]}}])
def test_a_figure_says_where_it_was_agreed(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="where it was agreed"):
        AccessSettings(**said)  # type: ignore[arg-type]
    assert AccessSettings(**said, reference="EXAMPLE/ACCESS/1")  # type: ignore[arg-type]
    assert AccessSettings(agreement="1")


@pytest.mark.parametrize("sees", [{"operator": ["ordinary"]}, {"nobody": []}, {"analyst": ["genetics"]}])
def test_what_roles_see_names_roles_and_categories_that_there_are(sees: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError, match="sees names a role"):
        AccessSettings(reference="EXAMPLE/ACCESS/1", sees=sees)  # type: ignore[arg-type]


def test_who_may_see_a_name_changes_no_night() -> None:
    area = {"area": {"name": "x"}}
    one, other = Configuration.model_validate(area), Configuration.model_validate(area | {"access": EXAMPLE})
    assert one.digest() == other.digest()
    assert one.digest() != Configuration.model_validate(area | {"tiers": {"case_management": 0.5}}).digest()
