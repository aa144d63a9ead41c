"""The project's price year and its own unit costs: where they are read, and what is said where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.config import load_configuration
from pipelines.price_years import deflator, first_day, forecast_years
from pipelines.prices import prices_of, site_costs_digest
from pipelines.project import Project
from schemas.errors import ConfigurationError

AREA = '[area]\nname = "Somewhere"\n'
HEAD = "activity_type,team_type,service_component,unit,cost_gbp,price_year,source\n"
COSTS = HEAD + "gp_appointment,,,event,42.50,2023-24,practice accounts\n"


def project_with(folder: Path, text: str) -> Project:
    (folder / "caselink.toml").write_text(AREA + text)
    return Project.at(folder)


def test_without_anything_said_costs_are_in_the_year_of_the_national_ones(tmp_path: Path) -> None:
    project = project_with(tmp_path, "")
    prices = prices_of(project, load_configuration(project))
    assert (prices.year, prices.site, prices.reprices) == ("2024-25", (), True)
    assert site_costs_digest(project, load_configuration(project)) is None


def test_the_area_s_own_costs_are_part_of_what_a_night_is_made_of(tmp_path: Path) -> None:
    project = project_with(tmp_path, '[costs]\nfile = "costs.csv"\nprice_year = "2025-26"\n')
    (tmp_path / "costs.csv").write_text(COSTS)
    configuration = load_configuration(project)
    prices = prices_of(project, configuration)
    assert [(line.activity_type, line.pence, line.at("2024-25")) for line in prices.site] == [("gp_appointment", 4250, 4422)]
    before = site_costs_digest(project, configuration)
    (tmp_path / "costs.csv").write_text(COSTS.replace("42.50", "43.50"))
    assert site_costs_digest(project, configuration) != before
    other = load_configuration(project_with(tmp_path, '[costs]\nfile = "costs.csv"\n'))
    assert other.digest() != configuration.digest()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    project = project_with(tmp_path, '[costs]\nfile = "costs.csv"\n')
    with pytest.raises(ConfigurationError, match="E-COSTS-FILE"):
        prices_of(project, load_configuration(project))


def test_a_year_that_nobody_has_an_index_of(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"costs.price_year: .*2012-13 to 2030-31"):
        load_configuration(project_with(tmp_path, '[costs]\nprice_year = "2024/25"\n'))


def test_the_years_follow_one_another_and_say_which_are_forecasts() -> None:
    years = list(deflator())
    assert [first_day(year).year for year in years] == list(range(2012, 2031))
    assert deflator()["2024-25"] == 1_000_000
    assert forecast_years() == set(years[years.index("2025-26") :])
