"""Whether a file that must stay private is private: owner, mode, folder, and no version control over it."""

from __future__ import annotations

import fnmatch
import os
import shutil
import stat
import subprocess
from pathlib import Path

from schemas.errors import GovernanceError

OTHERS = 0o007
GROUP_AND_OTHERS = 0o077
GROUP_WRITE = 0o020
OTHERS_WRITE = 0o002


def check_private(path: Path, code: str) -> None:
    """Refuse a file others can reach, or that git would pick up. Raises `GovernanceError` named after `code`.

    `<code>-MISSING` no such file, or a link, or not a plain file; `-OWNER` not ours; `-MODE` readable or writable by group or
    others; `-FOLDER` in a folder that others can enter or the group can change, or below one that others could exchange;
    `-GIT` see `check_outside_git`. The folders are those the file really lies in, whatever links lead there.
    """
    if path.is_symlink() or not path.is_file():
        raise GovernanceError(
            f"{code}-MISSING",
            f"there is no plain file {path.name} in {path.absolute().parent}.",
            cure="restore it from its backup, or name the right file",
        )
    path = path.resolve()
    check_mode(path.stat(), path.name, code)
    check_folder(path.parent, code)
    check_outside_git(path, code)


def check_mode(found: os.stat_result, name: str, code: str) -> None:
    """Refuse a file that is not ours, or that group or others may read or write."""
    if found.st_uid != os.geteuid():
        raise GovernanceError(f"{code}-OWNER", f"{name} belongs to another user.", cure="run as its owner, or chown it")
    mode = stat.S_IMODE(found.st_mode)
    if mode & GROUP_AND_OTHERS:
        raise GovernanceError(f"{code}-MODE", f"{name} has mode {mode:04o}; others can reach it.", cure=f"chmod 600 {name}")


def check_folder(folder: Path, code: str) -> None:
    """Refuse a folder that others can enter or list, or that the group can change."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & (OTHERS | GROUP_WRITE):
        raise GovernanceError(
            f"{code}-FOLDER",
            f"the folder {folder.name} has mode {mode:04o}; others can reach it.",
            cure=f"chmod 700 {folder.name}",
        )
    above = exchangeable(folder.resolve(), OTHERS_WRITE)
    if above is not None:
        raise GovernanceError(
            f"{code}-FOLDER",
            f"somebody else could exchange the folder {folder.name}: {above.name or above} belongs to another user or can be "
            "changed by others.",
            cure="keep it below folders that only root or you can change",
        )


def exchangeable(path: Path, writers: int) -> Path | None:
    """The first of a real path and the folders above it that somebody but root and ourselves could change; None: there is none.

    `writers`: the bits of a mode that say so. Others may write to a folder with the sticky bit: what is not theirs they cannot
    take away there.
    """
    for each in (path, *path.parents):
        found = each.stat()
        if found.st_uid not in (0, os.geteuid()):
            return each
        if found.st_mode & writers and not (each != path and found.st_mode & stat.S_ISVTX):
            return each
    return None


def check_outside_git(path: Path, code: str) -> None:
    """Refuse a file inside a git work tree, unless git ignores it.

    git itself is asked where there is one; without it only the plain patterns of `.gitignore` count (a file or folder
    name, `*` and `?`), and one that brings files back (`!`) is read as "not ignored".
    """
    path = path.parent.resolve() / path.name
    top = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if top is None or (_ignored_by_git(path) or _ignored_plainly(path, top)):
        return
    raise GovernanceError(
        f"{code}-GIT",
        f"{path.name} lies inside a git work tree that does not ignore it.",
        cure="move the project elsewhere, or add its folder to .gitignore",
    )


def _ignored_by_git(path: Path) -> bool | None:
    """What `git check-ignore` says; a file git already tracks is not ignored."""
    git = shutil.which("git")
    if git is None:
        return None
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603 - git by full path; the argument is a file name, never a value
        [git, "check-ignore", "--quiet", "--", str(path)],
        cwd=path.parent,
        env=environment,
        capture_output=True,
        check=False,
    )
    return {0: True, 1: False}.get(done.returncode)


def _ignored_plainly(path: Path, top: Path) -> bool:
    folders = [folder for folder in path.parents if folder == top or top in folder.parents]
    return any(_matches(folder / ".gitignore", path.relative_to(folder).parts) for folder in folders)


def _matches(ignore_file: Path, parts: tuple[str, ...]) -> bool:
    if not ignore_file.is_file():
        return False
    lines = [line.strip() for line in ignore_file.read_text(encoding="utf-8", errors="replace").splitlines()]
    patterns = [line for line in lines if line and not line.startswith("#")]
    return not any(line.startswith("!") for line in patterns) and any(_covers(pattern, parts) for pattern in patterns)


def _covers(pattern: str, parts: tuple[str, ...]) -> bool:
    plain = pattern.strip("/")
    if "/" in plain:
        return False
    names = parts[:-1] if pattern.endswith("/") else parts
    return any(fnmatch.fnmatchcase(name, plain) for name in (names[:1] if pattern.startswith("/") else names))
