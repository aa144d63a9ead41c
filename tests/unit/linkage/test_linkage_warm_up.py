"""What set-up leaves on the disk for the kernel, and what it takes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage import warm_up
from linkage.engine import compiled, kernel


def test_code_of_other_versions_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compiled-old", "compiled-now", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept.nbi").touch()
    monkeypatch.setattr(warm_up, "cache_folder", lambda: tmp_path / "compiled-now")
    warm_up.remove_stale()
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["compiled-now", "other"]


def test_every_mode_is_compiled_when_it_is_warm() -> None:
    warm_up.warm_up()
    for mode in (kernel.keep, kernel.count, kernel.compare):
        assert len(mode.signatures) == 1, "other types were compiled than a night needs"


def test_code_is_kept_among_the_users_own_caches_where_the_source_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiled.os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiled.cache_folder().parent == tmp_path / "caselink"


def test_changed_code_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in compiled.SOURCES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((compiled.HERE / name).read_bytes())
    monkeypatch.setattr(compiled, "HERE", tmp_path)
    before = compiled.cache_folder()
    (tmp_path / "engine" / "text_measures.py").write_text("changed")
    assert compiled.cache_folder().name != before.name
