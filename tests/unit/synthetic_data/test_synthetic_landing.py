"""The extracts land: the pipeline reads every file, finds people and events, and few rows to refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from area_on_disk import AS_AT, Written

from pipelines.extracts import EXTRACTS
from pipelines.extracts.landing import LandSettings, land
from pipelines.extracts.layout import Extract
from pipelines.extracts.mappings import load_mappings


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.source)
def test_every_source_lands_current(area: Written, tmp_path: Path, extract: Extract) -> None:
    settings = LandSettings(synthetic=True)
    landed = land(extract, area.inbox, tmp_path / "landed", mappings=load_mappings(), settings=settings, as_at=AS_AT)
    rows, rejected = (sum(getattr(file, name) for file in landed.files) for name in ("rows", "rejected"))
    assert landed.state == "current", landed.message
    assert rows > 30
    assert rejected <= 0.002 * rows
