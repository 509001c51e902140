"""Event files as TensorBoard reads them, written without TensorBoard.

Its package brings a web server, gRPC and a dozen others for a few bytes a figure. The format is
records of length, masked CRC-32C and a protocol buffer `Event`
(https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto,
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h).
"""

import struct
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_MASK_DELTA: Final = 0xA282EAD8
_CASTAGNOLI: Final = 0x82F63B78
_WORD: Final = 0xFFFFFFFF
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_STARTED: Final = 1
_SEVEN_BITS: Final = 127


def crc32c(data: bytes) -> int:
    """Return the CRC-32C of some bytes.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    register = _WORD
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ _CASTAGNOLI * (register & 1)
    return register ^ _WORD


def started(step: int) -> bytes:
    """Return the records that open a file: what was written for later steps counts no more."""
    version = _field(3, b"brain.Event:2")
    session = _field(7, _number(1, _STARTED))
    return _record(_event(0, version)) + _record(_event(step, session))


def figures(step: int, values: Mapping[str, float]) -> bytes:
    """Return the record of some figures of one step."""
    told = [
        _field(1, _field(1, name.encode()) + _key(2, _FIXED32) + struct.pack("<f", value))
        for name, value in values.items()
    ]
    return _record(_event(step, _field(5, b"".join(told))))


def append(file: Path, records: Iterable[bytes]) -> None:
    """Add records to a file."""
    with file.open("ab") as out:
        out.writelines(records)


def _event(step: int, body: bytes) -> bytes:
    moment = _key(1, _FIXED64) + struct.pack("<d", time.time())
    return moment + _number(2, step) + body


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + _MASK_DELTA) & _WORD)


def _key(field: int, wire: int) -> bytes:
    return _varint(field << 3 | wire)


def _number(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + _varint(value)


def _field(field: int, body: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(body)) + body


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > _SEVEN_BITS:
        out.append(value & _SEVEN_BITS | 128)
        value >>= 7
    return bytes([*out, value])
