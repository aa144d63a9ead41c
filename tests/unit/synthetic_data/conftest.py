"""One small area, written once for all tests of this folder."""

from __future__ import annotations

import pytest
from area_on_disk import SETTINGS, Written

from synthetic_data.area import write_area
from synthetic_data.world import World, make_world


@pytest.fixture(scope="session")
def area(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The base area."""
    folder = tmp_path_factory.mktemp("area")
    return Written(write_area(SETTINGS, folder / "inbox", folder / "truth"), folder / "inbox", folder / "truth")


@pytest.fixture(scope="session")
def world() -> World:
    """What was true of the base area."""
    return make_world(SETTINGS)
