"""Addresses and keys of cryptocurrency wallets, by their own check sums where they have one.

Source: BIP 13 and BIP 173 (Bitcoin), EIP 55 (Ethereum; its mixed-case sum is not verified).
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

Spans = Iterator[tuple[int, int]]

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_OLD: Final = re.compile(rf"(?<![0-9A-Za-z])[13][{_BASE58}]{{25,34}}(?![0-9A-Za-z])")
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_NEW: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?i:bc1)[{_BECH32}{_BECH32.upper()}]{{39,59}}(?![0-9A-Za-z])"
)
_ETHEREUM: Final = re.compile(r"(?<![0-9A-Za-z])0x[0-9A-Fa-f]{40}(?![0-9A-Za-z])")
_TRON: Final = re.compile(rf"(?<![0-9A-Za-z])T[{_BASE58}]{{33}}(?![0-9A-Za-z])")
_LONG: Final = re.compile("[0-9A-Za-z]{26}")
_SIZE: Final = 25
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKS: Final = frozenset({1, 0x2BC830A3})
"""The remainders of a right address: BIP 173 and BIP 350."""


def wallets(text: str) -> Spans:
    """Yield addresses of Bitcoin, Ethereum and Tron wallets."""
    if not _LONG.search(text):
        return
    for pattern in (_OLD, _TRON):
        yield from (match.span() for match in pattern.finditer(text) if _is_base58(match[0]))
    yield from (match.span() for match in _NEW.finditer(text) if _is_bech32(match[0].lower()))
    yield from (match.span() for match in _ETHEREUM.finditer(text))


def _is_base58(address: str) -> bool:
    number = 0
    for sign in address:
        number = number * 58 + _BASE58.index(sign)
    if number >= 1 << 8 * _SIZE:
        return False
    data = number.to_bytes(_SIZE)
    return sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def _is_bech32(address: str) -> bool:
    head, _, tail = address.rpartition("1")
    values = [ord(c) >> 5 for c in head] + [0] + [ord(c) & 31 for c in head]
    values += [_BECH32.index(sign) for sign in tail]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, part in enumerate(_GENERATOR):
            check ^= part if top >> bit & 1 else 0
    return check in _CHECKS
