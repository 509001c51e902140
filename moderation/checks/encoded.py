"""What is written in Base64, in hex or percent-encoded, read as a person could read it.

Only what decodes to printable text counts; nothing is decompressed or decrypted.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

Decoded = tuple[str, int, int]
"""The readable text, and where in the text its code starts and ends."""

_BASE64: Final = re.compile(
    r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{16,}(?:\r?\n[ \t]*[0-9A-Za-z+/_-]{16,})*={0,2}"
)
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){12,}(?![0-9A-Za-z])")
_PERCENT: Final = re.compile(
    r"(?<![0-9A-Za-z_.~+=&:/@!$*%-])(?:[0-9A-Za-z_.~+=&:/@!$*-]*%[0-9A-Fa-f]{2}){2,}[0-9A-Za-z_.~+-]*"
)
_ESCAPED: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}){8,}")
_GAPS: Final = re.compile(r"\s+")
_PURE: Final = re.compile(r"[0-9A-Za-z+/]+\Z").match
_PROBE: Final = 32
"""Characters that are decoded first: a picture gives itself away in them."""
_URL_SAFE: Final = str.maketrans("-_", "+/")


def decoded(text: str) -> Iterator[Decoded]:
    """Yield each stretch of code that stands for printable text.

    >>> list(decoded("see cGFzc3dvcmQ6IHN3b3JkZmlzaA=="))
    [('password: swordfish', 4, 32)]
    """
    for sign, pattern, decode in _CODES:
        for match in pattern.finditer(text) if sign in text else ():
            plain = decode(match[0])
            if plain:
                yield plain, *match.span()


def base64_text(code: str) -> str:
    """Return the printable text that Base64 stands for, or nothing."""
    if code.isdigit():
        return ""  # whose first two digits begin no character of UTF-8
    if not _PURE(code):
        code = _GAPS.sub("", code).rstrip("=").translate(_URL_SAFE)
    if not _text(_bytes(code[:_PROBE]), cut=len(code) > _PROBE):
        return ""
    return _text(_bytes(code[: len(code) - (len(code) % 4 == 1)]))


def _bytes(code: str) -> bytes:
    try:
        return b64decode(code + "=" * (-len(code) % 4))
    except binascii.Error:
        return b""


def _hex_text(code: str) -> str:
    return _text(bytes.fromhex(code))


def _percent_text(code: str) -> str:
    plain = unquote(code)
    return plain if plain.isprintable() and plain != code else ""


def _escaped_text(code: str) -> str:
    return _text(bytes.fromhex(re.sub(r"\\x|\\u00", "", code)))


def _text(data: bytes, *, cut: bool = False) -> str:
    """Return printable UTF-8 as text, else nothing; of data that was cut, the last may be half."""
    try:
        text = data.decode("utf-8", "ignore" if cut else "strict")
    except UnicodeDecodeError:
        return ""
    if cut and len(text.encode()) < len(data) - 3:
        return ""
    plain = text.replace("\n", "").replace("\r", "").replace("\t", "")
    return text if plain.isprintable() else ""


_CODES: Final = (
    ("", _BASE64, base64_text),
    ("", _HEX, _hex_text),
    ("%", _PERCENT, _percent_text),
    ("\\", _ESCAPED, _escaped_text),
)
