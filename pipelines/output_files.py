"""Whether a file can be written, asked before the work that would fill it is done."""

from __future__ import annotations

import os
from pathlib import Path

from schemas.errors import ConfigurationError


def check_writable(path: Path, option: str, *, make_folder: bool = False) -> None:
    """Refuse (`ConfigurationError` `E-ARGUMENT`) a folder, a file that is write-protected, and a folder that is not there.

    `make_folder`: the writer makes absent folders, so that only the first one there must be a folder and open to writing.
    """
    if path.is_dir():
        raise _refused(option, "names a folder", "name a file in it")
    if path.exists() and not os.access(path, os.W_OK):
        raise _refused(option, "names a file that may not be written", "name another")
    folder = path.absolute().parent
    while make_folder and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise _refused(option, "names a file in a folder that is not there", "make it, or name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _refused(option, "names a file in a folder that may not be written to", "name another")


def _refused(option: str, fault: str, cure: str) -> ConfigurationError:
    return ConfigurationError("E-ARGUMENT", f"{option} {fault}.", cure=cure)
