"""The analytic process as it starts: it reads which folders are its own, shuts itself in, and only then imports what works there.

`python -m pipelines.beyond`. The first line on its standard input is the first question (`pipelines.analytic`), and says the
night's folder and the one before. Its own code, Python's libraries and the system's stay readable; vault, key, inbox and state
are closed, no other process can be traced, and no socket is made. Where the kernel has no Landlock it goes on as it is:
`pipelines.shut_in_checks` and `caselink doctor` say so.
"""

from __future__ import annotations

import importlib.util
import json
import os
import site
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

from governance.shut_in import shut_in

ROOT = Path(__file__).resolve().parent.parent
# The rooms whose code runs here. Their common folder stays closed: a project may lie in it.
ROOMS = ("caseload", "governance", "linkage", "measures", "pipelines", "schemas", "stratify", "synthetic_data", "tests")
# Of /etc what finds libraries, the time zone and the user's name: keys may lie there.
SYSTEM = (
    "/usr", "/lib", "/lib64", "/sys/devices/system", "/sys/fs/cgroup", "/dev/urandom", "/dev/random",
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/passwd",
    "/etc/nsswitch.conf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/sys",
)  # fmt: skip
OWN = (Path("/dev/null"), Path("/proc/self"))  # of other processes nothing, not even to root


class Rooms:
    """Where the rooms are, found while their common folder could be listed."""

    def __init__(self) -> None:
        self.found = {name: importlib.util.find_spec(name) for name in ROOMS}

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """What Python's import asks of a finder."""
        return self.found.get(name)


def main() -> None:
    """Shut in, then answer until the parent has no more questions."""
    first = sys.stdin.readline()
    if first.strip():
        bench = json.loads(first.partition(" ")[2])
        before = [Path(bench["parent_folder"])] if bench["parent_folder"] else []
        sys.meta_path.insert(0, Rooms())
        shut_in([*code(), *before], [Path(bench["folder"]), *OWN, *_measured()])
    from pipelines.analytic import main as answer

    answer(first)


def code() -> list[Path]:
    """What the process may read beside the night: our rooms, Python and its libraries, the system's own files."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages()}
    if site.ENABLE_USER_SITE:
        prefixes.add(site.getusersitepackages())
    return [*(ROOT / room for room in ROOMS), *map(Path, sorted(prefixes)), *map(Path, SYSTEM)]


def _measured() -> list[Path]:
    """Where coverage writes, in a process that tests measure."""
    return [ROOT] if os.environ.get("COVERAGE_PROCESS_CONFIG") else []


if __name__ == "__main__":
    main()
