"""The system calls that a sandbox refuses, as the kernel's filter program.

Namespaces hide what is outside; the filter keeps a program from the parts of the kernel that have
no namespace (keys, VM sockets, performance counters) and from making namespaces of its own.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020080
"""All CLONE_NEW* flags; CLONE_NEWTIME (0x80) is no flag of `clone`, where it is a signal's bit."""
_LOCAL, _INET, _INET6 = 1, 2, 10
_FAKE_INPUT, _CONSOLE = 0x5412, 0x541C
"""TIOCSTI and TIOCLINUX: both type into the terminal that somebody works at."""
_ALIKE: Final = (*range(425, 434), 438, 440, 442, 447)
"""Newer calls have one number everywhere: io_uring, the mount API, pidfd_getfd, secret memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """An architecture by its audit number, and its numbers of the calls that are looked at."""

    audit: int
    clone: int
    socket: int
    ioctl: int
    refused: tuple[int, ...]


_MACHINES: Final[Mapping[str, _Machine]] = {
    "x86_64": _Machine(
        audit=0xC000003E,
        clone=56,
        socket=41,
        ioctl=16,
        refused=(
            *(29, 68, 101, 103, 154, 155, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171),
            *(172, 173, 175, 176, 179, 212, 227, 246, 248, 249, 250, 272, 298, 303, 304),
            *(308, 310, 311, 313, 319, 320, 321, 323),
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        clone=220,
        socket=198,
        ioctl=29,
        refused=(
            *(39, 40, 41, 51, 60, 89, 97, 104, 105, 106, 112, 116, 117, 142, 161, 162, 170),
            *(186, 194, 217, 218, 219, 224, 225, 241, 264, 265, 268, 270, 271, 273, 279, 280),
            *(282, 294),
        ),
    ),
}
_CLONE3: Final = 435
"""Its flags lie in memory, where a filter cannot look; the C library goes on with `clone`."""


def machines() -> frozenset[str]:
    """Return the machines (as `uname -m` names them) that there is a filter for."""
    return frozenset(_MACHINES)


def filter_for(machine: str) -> bytes:
    """Return the filter as an array of `struct sock_filter`. KeyError: no such machine.

    >>> len(filter_for("x86_64")) % 8
    0
    """
    return b"".join(_program(_MACHINES[machine]))


def _program(machine: _Machine) -> Iterator[bytes]:
    yield _step(_LOAD, _ARCH_AT)
    yield _step(_EQUAL, machine.audit, 1, 0)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER_AT)
    yield _step(_AT_LEAST, _X32, 0, 1)
    yield _step(_RETURN, _ERROR | _EPERM)
    for number in (*machine.refused, *_ALIKE):
        yield from _when(number, _step(_RETURN, _ERROR | _EPERM))
    yield from _when(_CLONE3, _step(_RETURN, _ERROR | _ENOSYS))
    yield from _when(machine.clone, *_unless_bits(_NEW_NAMESPACES & ~0x80))
    yield from _when(machine.ioctl, *_unless_one_of(1, (_FAKE_INPUT, _CONSOLE)))
    yield from _when(machine.socket, *_only(0, (_LOCAL, _INET, _INET6)))
    yield _step(_RETURN, _ALLOW)


def _when(number: int, *then: bytes) -> Iterator[bytes]:
    yield _step(_EQUAL, number, 0, len(then))
    yield from then


def _unless_bits(bits: int) -> tuple[bytes, ...]:
    refuse = (_step(_ANY_BIT, bits, 0, 1), _step(_RETURN, _ERROR | _EPERM))
    return (_step(_LOAD, _ARGUMENTS_AT), *refuse, _step(_RETURN, _ALLOW))


def _unless_one_of(argument: int, values: tuple[int, ...]) -> tuple[bytes, ...]:
    tests = [
        step
        for value in values
        for step in (_step(_EQUAL, value, 0, 1), _step(_RETURN, _ERROR | _EPERM))
    ]
    return (_step(_LOAD, _ARGUMENTS_AT + 8 * argument), *tests, _step(_RETURN, _ALLOW))


def _only(argument: int, values: tuple[int, ...]) -> tuple[bytes, ...]:
    tests = [
        step for value in values for step in (_step(_EQUAL, value, 0, 1), _step(_RETURN, _ALLOW))
    ]
    load = _step(_LOAD, _ARGUMENTS_AT + 8 * argument)
    return (load, *tests, _step(_RETURN, _ERROR | _EAFNOSUPPORT))


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)
