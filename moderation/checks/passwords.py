"""Passwords as people write them in chat, English and Chinese: by the words around the value.

A password of plain letters after an English word is not found: "the password is wrong" reads the
same. After a Chinese word it is, for there ASCII letters stand out.
"""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checks.linear import finder

_QUOTE: Final = r"[\"'`「『【]?"
_VALUE: Final = r"([!#-&(-;=?-_a-~]{4,})"
"""A run of visible ASCII without quotes or angle brackets."""
_QUOTED: Final = r"[\"'`]([ !#-&(-;=?-_a-~]{4,80})[\"'`]"
_ENGLISH: Final = (
    r"(?i)(?:pass ?word|passwd|pass ?phrase|passcode|pwd|(?:^|[^a-z])(?:pw|pin|otp|pin code|"
    r"(?:verification|security|one-time) code))"
)
_FOR: Final = r"(?: (?:for|to|of|on) [^\n:=]{1,40}?)?"
_IS: Final = r"\s{0,3}(?: is now | is | was | to |=>|:=|->|==|=|: ?is |:)\s{0,3}"
_CHINESE: Final = r"(?:密码|密碼|口令|验证码|驗證碼|校验码|(?i:PIN码|pin))"
_SHI: Final = (
    r"\s{0,3}(?:已?(?:设置|设定|修改|更改|重置|改|换)(?:为|成了?)|设[为成]|[就还都]?是|为|:|=|->)"
    r"\s{0,3}"
)

_QUOTED_ENGLISH: Final = finder(_ENGLISH + _FOR + _QUOTE + _IS + _QUOTED)
_STATED_ENGLISH: Final = finder(_ENGLISH + _FOR + _QUOTE + _IS + _QUOTE + _VALUE)
_STATED_CHINESE: Final = finder(_CHINESE + _SHI + _QUOTE + _VALUE)
_BESIDE_ENGLISH: Final = finder(_ENGLISH + r"\s{1,3}" + _VALUE)
_BESIDE_CHINESE: Final = finder(_CHINESE + r"\s{0,3}" + _VALUE)
_CURL: Final = finder(r"curl[^\n]*?\s(?:-u|--user)[ =]?[\"']?[^\s:\"']+:([^\s\"']{3,})")
_CLIENT: Final = finder(
    r"(?:mysql|mysqldump|sshpass|redis-cli)[^\n]*?\s-[pa] ?[\"']?([^\s\"'-][^\s\"']{3,})"
)
_URL: Final = finder(r"(?i)[a-z][a-z0-9+.-]*://[^\s/:@\"'<>]*:([^\s/@\"'<>]{3,})@")

_WORDS: Final = re.compile(
    r"pass|pwd|pw|pin|otp|code|密码|密碼|口令|验证码|驗證碼|校验码", re.IGNORECASE
)
_SHORTEST: Final = 4
"""A PIN's length."""
_ENDING: Final = ".,;:?!)]}"
_SYMBOL: Final = re.compile(r"[!@#$%^&*+=~|\\{}?]")
_LETTER: Final = re.compile(r"[A-Za-z]")
_DIGIT: Final = re.compile(r"[0-9]")
_COUNTED: Final = frozenset("位个年月日天次元字号")
"""What follows a number that says how long or how many, not what."""
_KNOWN: Final = frozenset(
    {"ascii", "argon2", "aes256", "base64", "bcrypt", "https", "json", "oauth2", "utf-8", "utf8"}
    | {"required", "string", "sha1", "sha256", "sha512", "unicode", "wrong", "invalid"}
)

Found = tuple[str, int, int]
"""The kind of secret, and its start and end in the folded text."""


def passwords(text: str) -> Iterator[Found]:
    """Yield every password that the words around it give away, whatever it looks like.

    >>> [text[a:b] for text in ["the password is Tr0ub4dor&3."] for _, a, b in passwords(text)]
    ['Tr0ub4dor&3']
    >>> list(passwords("the password is required, and your password is too short"))
    []
    """
    if _WORDS.search(text):
        yield from _stated(text)
        yield from _beside(text)
    for find in (_CURL, _CLIENT):
        for value, start, end in find(text):
            if not value.isdigit():  # a numeric user and group
                yield "password", start, end
    for _, start, end in _URL(text):
        yield "url", start, end


def _stated(text: str) -> Iterator[Found]:
    for find in (_QUOTED_ENGLISH, _STATED_ENGLISH):
        for value, start, _ in find(text):
            if _typed(value):
                yield "password", *_trimmed(value, start)
    for value, start, end in _STATED_CHINESE(text):
        counted = text[end : end + 1] in _COUNTED
        if not counted and (_typed(value) or _latin(value)):
            yield "password", *_trimmed(value, start)


def _beside(text: str) -> Iterator[Found]:
    """Without a word like "is" between, only a value with a symbol in it counts."""
    for find in (_BESIDE_ENGLISH, _BESIDE_CHINESE):
        for value, start, _ in find(text):
            if _typed(value) and _SYMBOL.search(value.rstrip(_ENDING)):
                yield "password", *_trimmed(value, start)


def _typed(value: str) -> bool:
    """Tell whether a value reads as a password: letters with digits or symbols, or digits alone."""
    value = value.rstrip(_ENDING)
    if len(value) < _SHORTEST or "://" in value or "(" in value or value.lower() in _KNOWN:
        return False
    if value.isdigit():
        return True
    return bool(_LETTER.search(value) and (_DIGIT.search(value) or _SYMBOL.search(value)))


def _latin(value: str) -> bool:
    value = value.rstrip(_ENDING)
    return value.isalpha() and len(value) > _SHORTEST and value.lower() not in _KNOWN


def _trimmed(value: str, start: int) -> tuple[int, int]:
    return start, start + len(value.rstrip(".,;:)"))
