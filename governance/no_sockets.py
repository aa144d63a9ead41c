"""A process that makes no socket any more: no connection of any kind, to this machine or another, whoever runs it.

Landlock (`governance.shut_in`) closes TCP only; a PostgreSQL server also answers on a Unix socket, and knows whoever asks by her
user. Linux's seccomp (the kernel's documentation, userspace-api/seccomp_filter.html) refuses system calls by a filter
program that nobody can lift: here those that make a socket, and those of another architecture or of io_uring, which could make
one too. What is open stays open.
"""

from __future__ import annotations

import ctypes
import errno
import platform

SET_SECCOMP, BY_FILTER = 22, 2  # prctl(2)
LOAD, EQUAL, AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06  # of classic BPF: a word, two comparisons with a constant, the end
CALL_AT, ARCHITECTURE_AT = 0, 4  # where struct seccomp_data has them
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
FOREIGN = 0x40000000  # calls of the x32 interface have this bit
IO_URING_SETUP = 425
# The kernel's name of an architecture (linux/audit.h), and its numbers for socket(2) and socketpair(2).
ARCHITECTURES = {"x86_64": (0xC000003E, 41, 53), "aarch64": (0xC00000B7, 198, 199)}


class Instruction(ctypes.Structure):
    """struct sock_filter."""

    _fields_ = [("code", ctypes.c_uint16), ("then", ctypes.c_uint8), ("otherwise", ctypes.c_uint8), ("value", ctypes.c_uint32)]


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(Instruction))]


def can_refuse() -> bool:
    """Whether the numbers of this architecture are known here."""
    return platform.machine() in ARCHITECTURES


def refuse_sockets() -> bool:
    """Refuse this thread, and those it starts, every new socket (`PermissionError`); False, and nothing changed, on an
    architecture whose numbers are not known here. To be called after `PR_SET_NO_NEW_PRIVS`; raises `OSError` where the kernel
    refuses."""
    known = ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    program = _program(*known)
    filled = Program(len(program), (Instruction * len(program))(*program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(SET_SECCOMP, ctypes.c_ulong(BY_FILTER), ctypes.byref(filled), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), "seccomp")
    return True


def _program(architecture: int, *calls: int) -> list[Instruction]:
    """Each comparison that refuses jumps over the rest to the last instruction."""
    refused = [(AT_LEAST, FOREIGN), *((EQUAL, call) for call in (*calls, IO_URING_SETUP))]
    return [
        Instruction(LOAD, 0, 0, ARCHITECTURE_AT),
        Instruction(EQUAL, 0, len(refused) + 2, architecture),
        Instruction(LOAD, 0, 0, CALL_AT),
        *(Instruction(how, len(refused) - place, 0, value) for place, (how, value) in enumerate(refused)),
        Instruction(ANSWER, 0, 0, ALLOW),
        Instruction(ANSWER, 0, 0, REFUSE),
    ]
