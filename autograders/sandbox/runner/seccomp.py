"""The system call filter of L and T, built by hand as a classic BPF program. x86_64 and aarch64.

Rules
- Another architecture, the x32 numbers and 32-bit calls are refused: there the numbers below mean other calls.
- What changes the machine, looks into another process, makes a namespace or reaches the kernel's rarer doors is EPERM.
- ``clone3`` is ENOSYS, so the C library falls back to ``clone``, whose flags can be read: no new namespaces.
- Only local sockets: every family but AF_UNIX is EAFNOSUPPORT (the network namespace is empty besides).
- No keystrokes into a terminal (TIOCSTI, TIOCLINUX).
Everything else is allowed: the boundary is made of namespaces, uids and limits, and this narrows the kernel behind it.
"""
from __future__ import annotations

import errno
import os
import struct

__all__ = ["DENIED", "UnknownMachineError", "program"]

# name: (x86_64, aarch64)
DENIED = {
    "acct": (163, 89), "add_key": (248, 217), "adjtimex": (159, 171), "bpf": (321, 280), "chroot": (161, 51),
    "clock_adjtime": (305, 266), "clock_settime": (227, 112), "create_module": (174, None),
    "delete_module": (176, 106), "fanotify_init": (300, 262), "finit_module": (313, 273), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fsopen": (430, 430), "fspick": (433, 433), "get_mempolicy": (239, 236),
    "init_module": (175, 105), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425), "ioperm": (173, None), "iopl": (172, None), "kcmp": (312, 272),
    "kexec_file_load": (320, 294), "kexec_load": (246, 104), "keyctl": (250, 219), "lookup_dcookie": (212, 18),
    "mbind": (237, 235), "memfd_secret": (447, 447), "migrate_pages": (256, 238), "mknod": (133, None),
    "mknodat": (259, 33), "modify_ldt": (154, None), "mount": (165, 40), "mount_setattr": (442, 442),
    "move_mount": (429, 429), "move_pages": (279, 239), "name_to_handle_at": (303, 264), "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265), "open_tree": (428, 428), "perf_event_open": (298, 241),
    "personality": (135, 92), "pidfd_getfd": (438, 438), "pivot_root": (155, 41), "process_madvise": (440, 440),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "ptrace": (101, 117),
    "query_module": (178, None), "quotactl": (179, 60), "quotactl_fd": (443, 443), "reboot": (169, 142),
    "request_key": (249, 218), "set_mempolicy": (238, 237), "setdomainname": (171, 162), "sethostname": (170, 161),
    "setns": (308, 268), "settimeofday": (164, 170), "swapoff": (168, 225), "swapon": (167, 224),
    "syslog": (103, 116), "umount2": (166, 39), "unshare": (272, 97), "uselib": (134, None),
    "userfaultfd": (323, 282), "vhangup": (153, 58),
}
_CLONE, _CLONE3, _SOCKET, _IOCTL = (56, 220), (435, 435), (41, 198), (16, 29)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_NEW_NAMESPACES = 0x7E020080
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24  # low words of the arguments (little endian)
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


class UnknownMachineError(Exception):
    """There is no filter for this machine's processor: nothing may run (x86_64 and aarch64 are known)."""


def program(machine: str | None = None) -> bytes:
    """The filter for ``machine`` (this one if None). Raises UnknownMachineError."""
    machine = machine or os.uname().machine
    if machine not in _MACHINES:
        raise UnknownMachineError(f"no system call filter for {machine}; use x86_64 or aarch64")
    column, arch = _MACHINES[machine]
    code: list[bytes] = []

    def add(operation: int, value: int, yes: int = 0, no: int = 0) -> None:
        code.append(struct.pack("<HBBI", operation, yes, no, value))

    def refuse(number: int) -> None:
        add(_RETURN, _ERRNO | number)

    add(_LOAD, _ARCH)
    add(_EQUAL, arch, 1, 0)
    add(_RETURN, _KILL)
    add(_LOAD, _NR)
    if column == 0:
        add(_AT_LEAST, 0x40000000, 0, 1)
        refuse(errno.ENOSYS)
    for numbers in DENIED.values():
        if numbers[column] is not None:
            add(_EQUAL, numbers[column], 0, 1)
            refuse(errno.EPERM)
    add(_EQUAL, _CLONE3[column], 0, 1)
    refuse(errno.ENOSYS)
    add(_EQUAL, _CLONE[column], 0, 3)
    add(_LOAD, _ARG0)
    add(_ANY_BIT, _NEW_NAMESPACES, 0, 5)
    refuse(errno.EPERM)
    add(_EQUAL, _SOCKET[column], 0, 4)
    add(_LOAD, _ARG0)
    add(_EQUAL, 1, 1, 0)
    refuse(errno.EAFNOSUPPORT)
    add(_RETURN, _ALLOW)
    add(_EQUAL, _IOCTL[column], 0, 4)
    add(_LOAD, _ARG1)
    add(_EQUAL, _TIOCSTI, 1, 0)
    add(_EQUAL, _TIOCLINUX, 0, 1)
    refuse(errno.EPERM)
    add(_RETURN, _ALLOW)
    return b"".join(code)
