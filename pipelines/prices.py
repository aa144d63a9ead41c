"""The prices of a project: its price year, and its own unit costs where it has a file of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.shelf import digest
from schemas.errors import ConfigurationError

if TYPE_CHECKING:  # the extracts take long to import
    from pipelines.extracts.site_costs import Prices


def site_costs_path(project: Project, configuration: Configuration) -> Path | None:
    """The project's file of unit costs, None where it has none. `ConfigurationError` `E-COSTS-FILE` where it is not there."""
    if not configuration.costs.file:
        return None
    path = project.root / configuration.costs.file
    if not path.is_file():
        raise ConfigurationError(
            "E-COSTS-FILE", "the file that costs.file names is not there.", cure="add it, or leave the key away"
        )
    return path


def site_costs_digest(project: Project, configuration: Configuration) -> str | None:
    """What names the file in the night's run id; None without one."""
    path = site_costs_path(project, configuration)
    return None if path is None else digest(path)


def prices_of(project: Project, configuration: Configuration) -> Prices:
    """The price year and the area's own unit costs. Raises as `site_costs_path` and `read_site_costs` do."""
    from pipelines.extracts.site_costs import Prices, read_site_costs

    path = site_costs_path(project, configuration)
    return Prices(configuration.costs.price_year, read_site_costs(path) if path is not None else ())
