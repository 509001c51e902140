"""What is written in Base64, in hex or percent-encoded, read as a person could read it.

Only what decodes to printable text counts; nothing is decompressed or decrypted.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
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
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no printable text has, and most of what is no text has soon."""
_LEAST_HEX: Final = 24
_URL_SAFE: Final = str.maketrans("-_", "+/")


def decoded(text: str) -> Iterator[Decoded]:
    """Yield each stretch of code that stands for printable text.

    >>> list(decoded("see cGFzc3dvcmQ6IHN3b3JkZmlzaA=="))
    [('password: swordfish', 4, 32)]
    """
    longest = 0
    for match in _BASE64.finditer(text):
        longest = max(longest, match.end() - match.start())
        plain = base64_text(match[0])
        if plain:
            yield plain, *match.span()
    for pattern, decode in _others(text, longest):
        for match in pattern.finditer(text):
            plain = decode(match[0])
            if plain:
                yield plain, *match.span()


def _others(text: str, longest: int) -> Iterator[tuple[re.Pattern[str], Callable[[str], str]]]:
    """Yield the other codes that the text may have: hex reads as Base64 too, `longest` of it."""
    if longest >= _LEAST_HEX:
        yield _HEX, _hex_text
    if "%" in text:
        yield _PERCENT, _percent_text
    if "\\" in text:
        yield _ESCAPED, _escaped_text


def base64_text(code: str) -> str:
    """Return the printable text that Base64 stands for, or nothing."""
    if code.isdigit():
        return ""  # whose first two digits begin no character of UTF-8
    if not _PURE(code):
        code = _GAPS.sub("", code).rstrip("=").translate(_URL_SAFE)
    probe = _bytes(code[:_PROBE])
    if _CONTROL.search(probe) or not _text(probe, cut=len(code) > _PROBE):
        return ""
    return _text(_bytes(code[: len(code) - (len(code) % 4 == 1)]))


def _bytes(code: str) -> bytes:
    try:
        return a2b_base64(code + "=" * (-len(code) % 4))
    except ValueError:  # also where a sign is none of ASCII
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
