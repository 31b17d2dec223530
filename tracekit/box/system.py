"""The system's walls around a process of the box: no file written, no program started, no connection made, memory bounded."""

from __future__ import annotations

import contextlib
import ctypes
import struct
import sys

# Rights of <linux/landlock.h>: to run a program; to write, remove, make, move and truncate files; and over TCP to bind and connect.
_EXECUTE = 1
_WRITE = sum(1 << bit for bit in (1, *range(4, 13)))
_SINCE = {2: 1 << 13, 3: 1 << 14}
_TCP_SINCE, _TCP = 4, 0b11
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_NO_NEW_PRIVILEGES = 38
# What Python, pyarrow and an idle engine take besides the engine's own limit.
_BESIDE = 512 << 20


def forbid_writing() -> bool:
    """Takes from this process, for good, the right to write, make or remove any file, to start programs and to use the network.

    Has to be called before any thread is started. Files that are open already, such as standard output, stay so.

    Returns:
        Whether the system's own sandbox (Landlock, Linux 5.13 or later) stands; elsewhere files can at least not grow.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.platform == "linux" and _landlock()


def _landlock() -> bool:
    system = ctypes.CDLL(None, use_errno=True).syscall
    edition = system(_CREATE_RULESET, None, 0, 1)
    if edition < 1:
        return False
    files = _EXECUTE | _WRITE | sum(right for since, right in _SINCE.items() if edition >= since)
    rights = struct.pack("QQ", files, _TCP) if edition >= _TCP_SINCE else struct.pack("Q", files)
    rules = system(_CREATE_RULESET, rights, len(rights), 0)
    if rules < 0 or ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(system(_RESTRICT_SELF, rules, 0) == 0)


def bound_memory(memory: int) -> None:
    """Bounds what this process may hold: single values (``repeat('x', 2e9)``) are not counted by the engine's own limit."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        bound = memory + _BESIDE
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))
