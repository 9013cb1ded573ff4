"""The Linux calls the standard library of Python 3.11 does not offer, by way of the C library.

Every function raises OSError with the name of the call that failed.
"""
from __future__ import annotations

import ctypes
import os

__all__ = [
    "CLONE_NEWCGROUP", "CLONE_NEWIPC", "CLONE_NEWNET", "CLONE_NEWNS", "CLONE_NEWPID", "CLONE_NEWUSER", "CLONE_NEWUTS",
    "MS_BIND", "MS_NODEV", "MS_NOEXEC", "MS_NOSUID", "MS_PRIVATE", "MS_RDONLY", "MS_REC", "MS_REMOUNT",
    "close_all_but", "die_with_parent", "drop_bounding_set", "drop_capabilities", "install_filter", "keep_capabilities",
    "mount", "no_new_privileges", "not_dumpable", "setns", "umount", "unshare",
]

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_SECCOMP = 1, 4, 8, 22
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _check(name: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    _check("unshare", _libc.unshare(ctypes.c_int(flags)))


def setns(fd: int, kind: int = 0) -> None:
    _check("setns", _libc.setns(ctypes.c_int(fd), ctypes.c_int(kind)))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    _check(f"mount {target}", _libc.mount(source.encode(), target.encode(), kind.encode() or None,
                                          ctypes.c_ulong(flags), data.encode() or None))


def umount(target: str) -> None:
    _check(f"umount {target}", _libc.umount2(target.encode(), ctypes.c_int(MNT_DETACH)))


def _prctl(name: str, option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    _check(name, _libc.prctl(ctypes.c_int(option), *padded))


def die_with_parent() -> None:
    """SIGKILL when the parent dies. A change of uid clears it: call it again after one."""
    _prctl("PR_SET_PDEATHSIG", _PR_SET_PDEATHSIG, 9)


def no_new_privileges() -> None:
    _prctl("PR_SET_NO_NEW_PRIVS", _PR_SET_NO_NEW_PRIVS, 1)


def not_dumpable() -> None:
    """No core, no ptrace, and /proc/PID belongs to root."""
    _prctl("PR_SET_DUMPABLE", _PR_SET_DUMPABLE, 0)


def keep_capabilities() -> None:
    _prctl("PR_SET_KEEPCAPS", _PR_SET_KEEPCAPS, 1)


def drop_bounding_set() -> None:
    for capability in range(64):
        try:
            _prctl("PR_CAPBSET_DROP", _PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # past the last capability this kernel knows
                return
            raise


def drop_capabilities() -> None:
    """All sets but the bounding set, which `drop_bounding_set` empties."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _check("capset", _libc.capset(ctypes.byref(header), ctypes.byref(data)))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install_filter(program: bytes) -> None:
    """Load a seccomp program (8 bytes an instruction) for this process and all it starts."""
    block = _Program(len(program) // 8, program)
    _prctl("PR_SET_SECCOMP", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(block))


def close_all_but(keep: set[int]) -> None:
    """Close every file descriptor that is not in ``keep``."""
    low = 0
    for fd in sorted(keep):
        if low < fd:  # an empty range that starts at 0 would mean all
            os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, 1 << 20)
