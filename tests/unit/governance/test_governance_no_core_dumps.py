"""No core file: tried in a process of its own, as the limit cannot be raised again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ABORT = "import os; os.abort()"
STATE = (
    "import ctypes, resource; forbid_core_dumps(); print(resource.getrlimit(resource.RLIMIT_CORE), "
    "ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
)
IMPORT = "from governance.no_core_dumps import forbid_core_dumps; "


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    top = str(Path(__file__).resolve().parents[3])
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {top!r}); {IMPORT}{code}"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_a_process_gives_up_its_core_dumps_and_leaves_no_file(tmp_path: Path) -> None:
    assert run(STATE, tmp_path).stdout.split() == ["(0,", "0)", "0"]
    assert run(STATE.replace("forbid_core_dumps(); ", ""), tmp_path).stdout.split()[-1] == "1", "else it could be dumped"
    done = run(f"forbid_core_dumps(); {ABORT}", tmp_path)
    assert done.returncode == -6
    assert list(tmp_path.iterdir()) == []
