"""The model that the night links with: the project's own where it names one, else the shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.shelf import digest
from schemas.errors import ConfigurationError

if TYPE_CHECKING:  # linkage takes seconds to import
    from linkage import LinkSettings


def model_path(project: Project, configuration: Configuration) -> Path | None:
    """The project's model file, None where it uses the shipped one. `ConfigurationError` `E-LINK-MODEL` where it is not there."""
    if not configuration.linkage.model:
        return None
    path = project.root / configuration.linkage.model
    if not path.is_file():
        raise ConfigurationError(
            "E-LINK-MODEL",
            "the file that linkage.model names is not there.",
            cure="caselink link train --model, or leave the key away",
        )
    return path


def model_digest(project: Project, configuration: Configuration) -> str | None:
    """What names the model in the night's run id; None for the shipped one, which is part of the code."""
    path = model_path(project, configuration)
    return None if path is None else digest(path)


def link_settings(project: Project, configuration: Configuration) -> LinkSettings:
    """The settings of linkage."""
    from linkage import LinkSettings

    return LinkSettings(model=model_path(project, configuration))
