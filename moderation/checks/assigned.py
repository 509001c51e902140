"""Values that a name calls a key, token, secret or password: in code, settings, XML and headers.

The name decides first (`.naming`), then the value: drawn at random, or for a password anything
that is no stand-in.
"""

import re
from collections.abc import Iterator, Sequence
from string import ascii_letters, digits
from typing import Final

from moderation.checks.keywords import places
from moderation.checks.linear import pairs
from moderation.checks.naming import Meaning, meaning
from moderation.checks.passwords import Found
from moderation.checks.placeholders import genuine, invented, varied, worded
from moderation.checks.rules import QUOTES

KEYWORDS: Final = (
    *("key", "token", "secret", "pass", "pwd", "pw", "psk", "auth", "cred", "salt"),
    *("密钥", "秘钥", "令牌", "凭证", "口令", "密码"),
)
_STARTS: Final = places(KEYWORDS)
_NAME: Final = rf"((?:{'|'.join(KEYWORDS)})[0-9A-Za-z_$-]{{0,30}})"
_SIGN: Final = r"(?:[?.+]=|!?:{0,3}={1,3}>?|:{1,3}|->|(?<![0-9A-Za-z_])is(?![0-9A-Za-z_])|是|为)"
_SETS: Final = rf"\s{{0,8}}(?:{_SIGN}|>)\s{{0,8}}"
_SETS_HERE: Final = rf"\s{{0,8}}(?:{_SIGN}[ \t]{{0,8}}|>\s{{0,12}})"
"""The same where the value must stand in the same line, unless it is in an element of XML."""
_CLOSES: Final = QUOTES + r"[)\]]{0,2}" + QUOTES + r"(?:\s?:\s?[A-Za-z]++| string)?"
_OPENS: Final = r"[(\[]?"
_BARE: Final = re.compile(
    r"(?i)" + _NAME + _CLOSES + _SETS_HERE + _OPENS + QUOTES + r"([0-9A-Za-z_+/.=~%:!-]{10,})"
)
_QUOTED: Final = re.compile(
    r"(?i)"
    + _NAME
    + _CLOSES
    + _SETS
    + _OPENS
    + r"[@bruf]{0,2}\\?[\"'`]([^\"'`\s\\]{5,200})\\?[\"'`]"
)
_LISTED: Final = re.compile(
    r"(?i)"
    + _NAME
    + QUOTES
    + r"(?:\s?,|\s?\(|\s)\s{0,3}[\"'`]([0-9A-Za-z_+/.=~%:!-]{16,200})[\"'`]"
)
_LINE: Final = pairs(
    r"(?im)^[ \t>+-]*(?:export |set |env |arg |declare -x |\$env:)?"
    r"([\w.-]*(?:pass|pwd|pw|psk|secret)[\w.-]{0,20})"
    r"[ \t]*(?:=|: )[ \t]*([^\s\"'#;,(){}\[\]<>]{5,200})[ \t]*\r?$"
)
_LINE_WORD: Final = re.compile("(?i)p(?:ass|wd?|sk)|secret")
_LETTERS_OF_NAMES: Final = ascii_letters + digits + "_.$-"
_QUALIFIERS: Final = frozenset(
    {"api", "access", "auth", "secret", "private", "client", "app", "service", "bearer", "refresh"}
    | {"session", "signing", "encryption", "master", "deploy", "license", "webhook", "public"}
)
"""Words that belong to the name though a space stands between."""
_NAME_LIMIT: Final = 60

_PLAIN: Final = re.compile(r"[0-9.:_+/-]+\Z|(?i:https?|arn|urn|sha[0-9]+|file|data|refs?|s3)[:/]")
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.){2,}[a-z]{2,}\Z")
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_PATH: Final = re.compile(r"(?:\.{0,2}/|~/|[A-Za-z]:\\)?(?:[\w.-]+/)+[\w.-]+\.[a-z]{2,5}\Z")
_LEAST_BITS: Final = 3.0
_LEAST: Final = 16
_LEAST_NAMED: Final = 10
_LETTERS: Final = re.compile("[A-Za-z]")
_DIGIT: Final = re.compile("[0-9]")
_IDENTIFIER: Final = re.compile(r"[A-Za-z]+(?:[_.][A-Za-z]+)+\Z")
_SECRET_WORD: Final = re.compile("(?i)pass|pwd|secret|token|key")
_LABEL: Final = re.compile(
    r"(?i)enter|your|please|confirm|forgot|pass(?:word|wd|wort|phrase)|new|current|invalid|wrong|"
    r"contrase|mot de|senha|incorrect|missing|\w+://"
)


def assigned(text: str, known: bytearray) -> Iterator[Found]:
    """Yield what stands after a name that calls it secret.

    `known` has a byte for each character, zero where it is not known to be secret; what is known
    is left out, and whoever takes what is found marks it.

    >>> text = 'api_key = "x7Kq02mZp94TnB31"'
    >>> {text[start:end] for _, start, end in assigned(text, bytearray(len(text)))}
    {'x7Kq02mZp94TnB31'}
    >>> list(assigned('public_key = "x7Kq02mZp94TnB31"', bytearray(31)))
    []
    """
    quoted = '"' in text or "'" in text or "`" in text
    numbered = _DIGIT.search(text) is not None
    starts = _starts(text) if quoted or numbered else []
    if quoted:
        yield from _quoted(text, starts, known)
    if numbered:
        yield from _bare(text, starts, known)
    if quoted and numbered:
        yield from _listed(text, starts, known)
    yield from _lonely(text, known)


def _starts(text: str) -> list[int]:
    """Return where words begin that call a value secret; no letter may become two."""
    plain = text if text.isascii() else text.replace("\u0130", "I").replace("\u017f", "s")
    return _STARTS(plain.lower())


def _named(
    form: re.Pattern[str], text: str, starts: Sequence[int]
) -> Iterator[tuple[str, str, int, int]]:
    """Yield name and value of each match that begins at a start, and where both begin.

    Each start costs a bounded time: what has no limit in the forms is never given back.
    """
    at = 0
    for start in starts:
        match = form.match(text, start) if start >= at else None
        if match:
            at = match.end()
            yield match[1], match[2], start, match.start(2)


def _quoted(text: str, starts: Sequence[int], known: bytearray) -> Iterator[Found]:
    for name, value, at, start in _named(_QUOTED, text, starts):
        if known.find(0, start, start + len(value)) < 0:
            continue
        told = meaning(_whole(text, name, at))
        if told is Meaning.PASSWORD and _is_no_label(value):
            yield "password", start, start + len(value)
        elif _is_key(told, value):
            yield "key", start, start + len(value)


def _bare(text: str, starts: Sequence[int], known: bytearray) -> Iterator[Found]:
    for name, value, at, start in _named(_BARE, text, starts):
        end = start + len(value.rstrip(".,;:!-"))
        fresh = known.find(0, start, end) >= 0 and text[end : end + 1] not in {"(", "["}
        if fresh and _is_key(meaning(_whole(text, name, at)), text[start:end]):
            yield "key", start, end


def _listed(text: str, starts: Sequence[int], known: bytearray) -> Iterator[Found]:
    """Yield what stands in quotes after its name with no sign between: in calls and in pairs."""
    for name, value, at, start in _named(_LISTED, text, starts):
        end = start + len(value)
        fresh = known.find(0, start, end) >= 0
        if fresh and _is_key(meaning(_whole(text, name, at)), value):
            yield "key", start, end


def _lonely(text: str, known: bytearray) -> Iterator[Found]:
    """Yield the value of a line that sets nothing else, where it is a password."""
    if "=" not in text and ": " not in text:
        return
    for name, value, _, start in _LINE(text) if _LINE_WORD.search(text) else ():
        end = start + len(value)
        fresh = known.find(0, start, end) >= 0
        if fresh and meaning(name) is Meaning.PASSWORD and _is_no_label(value):
            yield "password", start, end


def _whole(text: str, name: str, at: int) -> str:
    """Return a name with what stands before the word in it that says it is secret."""
    before = text[max(0, at - _NAME_LIMIT) : at]
    apart = before.rstrip(_LETTERS_OF_NAMES)
    name = before[len(apart) :] + name
    last = apart[-16:].split(" ")[-2:-1]
    joins = last and last[0].lower() in _QUALIFIERS and not name.startswith("$")
    return f"{last[0]} {name}" if joins else name


def _is_no_label(value: str) -> bool:
    """Tell whether a quoted or lonely value may be a password: not a label, call or reference."""
    if invented(value) or _LABEL.match(value) or value.startswith(("/", "./", "~/", "`", "$(")):
        return False
    if (worded(value) or _IDENTIFIER.match(value)) and _SECRET_WORD.search(value):
        return False
    return not (value[:1].isupper() and value[1:].islower() and value.isalpha())


def _is_key(told: Meaning, value: str) -> bool:
    if told is Meaning.HARMLESS:
        return False
    if told is Meaning.PERHAPS:
        return len(value) >= _LEAST and not _UUID.match(value) and _random(value)
    return len(value) >= _LEAST_NAMED and _random(value)


def _random(value: str) -> bool:
    if not (_DIGIT.search(value) and _LETTERS.search(value) and varied(value, _LEAST_BITS)):
        return False
    if _PLAIN.match(value) or ("/" in value and _PATH.match(value)):
        return False
    return not ("." in value and _HOST.match(value)) and genuine(value)
