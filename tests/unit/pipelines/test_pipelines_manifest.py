"""A manifest that is gone, or is none, is named wherever it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.publish import MANIFEST, check_whole, read_manifest
from schemas.errors import CaselinkError


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"run_id": "x"}'])
def test_a_manifest_that_is_none_is_refused_by_name(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text)
    for read in (read_manifest, check_whole):
        with pytest.raises(CaselinkError, match=f"E-PUBLISH-DAMAGED: runs/{tmp_path.name}/manifest.json is missing or damaged"):
            read(tmp_path)


def test_one_that_is_whole_is_read(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"run_id": "x", "as_at": "2026-09-30"}')
    assert read_manifest(tmp_path)["run_id"] == "x"
