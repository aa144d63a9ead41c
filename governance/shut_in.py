"""A process that shuts itself in: from then on it opens the folders it named and no other, whoever runs it.

Linux's Landlock (the kernel's documentation, userspace-api/landlock.html): rules that a process sets for itself and its children
and that nobody can lift, root included. Paths beneath a named folder open, every other is refused; so are TCP connections,
signals to processes outside, and, because tracing them is refused, their memory and environment. Open files stay open. Each
version of the interface (`abi`) knows more; what the running one does not know it cannot forbid. Sockets of other kinds are
refused by `governance.no_sockets`. Other systems have no such thing.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from governance.no_sockets import refuse_sockets

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, alike on every architecture
ASK_VERSION = 1
BENEATH = 1  # the kind of rule: everything beneath a folder
NO_NEW_PRIVILEGES = 38  # prctl(2); without it only root may restrict itself

EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, DEVICE_CONTROL = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE_CONTROL
READ = EXECUTE | READ_FILE | READ_FOLDER
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights over files a version knows, from it on
NETWORK, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
NETWORK_SINCE, SCOPES_SINCE = 4, 6


class Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class Beneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def abi() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(ctypes.CDLL(None).syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))))


def shut_in(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Leave this process the paths beneath these, and no network; False, and nothing changed, where the kernel has no Landlock.

    To be called while there is one thread: others would go on as they were. Paths that are not there are passed over. Raises
    `OSError` where the kernel refuses: then nothing is certain, and the caller must end.
    """
    version = abi()
    if not version:
        return False
    if len(os.listdir("/proc/self/task")) > 1:
        raise OSError("a process with several threads cannot be shut in")
    every = (1 << max(count for since, count in FILE_RIGHTS.items() if since <= version)) - 1
    ruleset = Ruleset(every, NETWORK if version >= NETWORK_SINCE else 0, SCOPES if version >= SCOPES_SINCE else 0)
    size = 24 if version >= SCOPES_SINCE else 16 if version >= NETWORK_SINCE else 8
    rules = _call(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for paths, rights in ((readable, READ), (writable, every)):
            for path in paths:
                _allow(rules, path, rights & every)
        if ctypes.CDLL(None, use_errno=True).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _call(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
        refuse_sockets()
    finally:
        os.close(rules)
    return True


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        beneath = Beneath(rights if path.is_dir() else rights & OF_FILES, opened)
        _call(ADD_RULE, ctypes.c_int(rules), ctypes.c_int(BENEATH), ctypes.byref(beneath), ctypes.c_uint32(0))
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    answer = int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), "Landlock")
    return answer
