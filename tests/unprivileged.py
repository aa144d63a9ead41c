"""The analytic child as a user who owns nothing, and what such a user can open.

    python -m tests.unprivileged UID steps     the child of `pipelines.analytic`, after giving up every right
    python -m tests.unprivileged UID probe     reads paths on standard input, prints those that can be opened or listed

What a step imports late is imported before, as Python itself may lie where such a user cannot go. UID 0 gives nothing up.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import sys

ROOMS = ("stratify", "measures", "caseload", "encodings")
LATE = ("pipelines.analytic_steps", "sklearn.linear_model", "sklearn.isotonic", "skops.io", "pandas", "scipy.optimize")


def import_everything() -> None:
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if ".migrations." in module.name:
                continue  # alembic's own script runs inside alembic alone
            with contextlib.suppress(ImportError):  # encodings of other operating systems
                importlib.import_module(module.name)
    for name in LATE:
        importlib.import_module(name)


def give_up_rights(uid: int) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def can_open(path: str) -> bool:
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def main() -> None:
    uid, what = int(sys.argv[1]), sys.argv[2]
    if what == "steps":
        import_everything()
    if uid:
        give_up_rights(uid)
    if what == "probe":
        sys.stdout.writelines(f"{path}\n" for path in sys.stdin.read().splitlines() if can_open(path))
    else:
        from pipelines.analytic import main as steps

        steps()


if __name__ == "__main__":
    main()
