"""Telling what somebody drew at random from what somebody wrote: stand-ins, names, prose.

Knows no list of known examples: only what stand-ins have in common, in English and Chinese.
"""

import re
from collections import Counter
from math import log2
from string import digits
from typing import Final

from moderation.checks.keywords import keywords

_INVENTED: Final = frozenset(
    {
        "changeme",
        "changeit",
        "dummy",
        "example",
        "fake",
        "fixme",
        "foobar",
        "here",
        "insert",
        "mock",
    }
    | {"placeholder", "redacted", "removed", "replace", "replaceme", "sample", "todo", "xxx"}
    | {"xxxx", "xxxxx", "your", "yours", "notreal", "masked", "hidden"}
)
_SAMPLES: Final = frozenset(
    {"false", "none", "null", "pass", "passwd", "password", "pwd", "secret", "token", "true"}
    | {"undefined", "string", "optional", "required", "nil", "empty", "default", "prompt", "key"}
    | {"passphrase", "passwort", "text", "varchar", "hidden", "unset", "apikey", "api_key", "test"}
)
_TEMPLATE: Final = re.compile(
    r"[<\[]|\{(?!SS?HA\}|[0-9A-Za-z+/]{16,}={0,2}\}\Z)|\$(?:[{(]|[A-Za-z_]\w*(?:[^\w$;]|\Z))"
    r"|%[({sdA-Z]|#\{|@[A-Za-z_.-]+@\Z|__\w+__\Z|\*{3}|&[a-z]"
    r"|(?i:process\.env|os\.|env[.(\[]|getenv|var\.|local\.|data\.|secrets?\.|vault:|ref[:+]|!\w)"
)
_VARIABLE: Final = re.compile(r"\$[A-Z_]{4,}\Z|\$\{|\{\{")
_REFERENCE: Final = re.compile(
    r"[A-Za-z_][A-Za-z_0-9]{0,40}(?:(?:\.|->|::)[A-Za-z_][A-Za-z_0-9]{0,40})+\Z"
)
_CALL: Final = re.compile(r"[A-Za-z_][\w.]*(?:\([\w\s,.='\"-]*\)?|\[[\w\s,.='\"-]*\]?)\Z")
_RUN: Final = 6
"""The same sign so often in a row, which nobody's generator wrote; zeros in Base64 are A."""
_LADDERS: Final = keywords(
    {
        row[at : at + 8]: [0]
        for row in ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "9876543210987654321")
        for at in range(len(row) - 7)
    }
)
"""Eight neighbours in a row, which nobody's wrote either."""
_SEGMENT: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SPOKEN: Final = re.compile(
    r"(?i)(?=[a-z]{4,16}\Z)(?!.*[bcdfghjklmnpqrstvwxz]{4})(?!.*[aeiouy]{4})(?=.*[aeiouy])"
    r"(?!.*[jqvwxz][bcdfghjkmnpqtvwxz])(?!.*(?:[bcdfghjklmnpqrstvwxz]q|q[^u]))"
)
"""A piece of letters that a person could say: no heap of consonants, no lonely q."""
_SPOKEN_LEAST: Final = 4
_APART: Final = re.compile("[^0-9a-z]+")
_FEW: Final = 48
"""Characters that are counted quicker one by one."""
_WORDED: Final = 0.75
"""The share of a value in pronounceable pieces above which it is a name and no key."""


def invented(value: str) -> bool:
    """Tell a stand-in from a secret: `xxxx`, `<token>`, `your-key-here`, `${PASSWORD}`.

    >>> [invented(value) for value in ("sk-xxxxxxxxxxxx", "<token>", "your-key", "Tr0ub4dor&3")]
    [True, True, True, False]
    """
    lower = value.lower()
    if lower in _SAMPLES or "example" in lower or "..." in value or "…" in value:
        return True
    if _runs(lower, "0123456789a ") or (len(set(lower)) == 1 and not value.isdigit()):
        return True
    if value.isalnum() and value.isascii():  # of one piece, and nothing that templates are made of
        return lower in _INVENTED or lower.startswith("getenv")
    if _TEMPLATE.match(value) or _CALL.match(value) or _VARIABLE.search(value):
        return True
    if not _INVENTED.isdisjoint(_APART.split(lower)):
        return True
    return _REFERENCE.match(value) is not None and worded(value)


def drawn(value: str) -> bool:
    """Tell whether a token could come from a random generator: no ladder, no run, no words.

    >>> [drawn(value) for value in ("1234567890abcdef", "x7Kq02mZp9", "my-service-account")]
    [False, True, False]
    """
    lower = value.lower()
    if _runs(lower, "a ") or _LADDERS(lower):
        return False
    return not worded(value)


def _runs(value: str, but: str) -> bool:
    """Tell whether a sign that is none of some others stands many times in a row."""
    if value.isascii() and not _repeats(value.encode()):
        return False
    return any(sign * _RUN in value for sign in set(value) if sign not in but)


def _repeats(data: bytes) -> bool:
    """Tell whether some byte may stand so often in a row: next to its like, nothing differs."""
    number = int.from_bytes(data)
    return bytes(_RUN - 1) in (number ^ number >> 8).to_bytes(len(data) or 1)


def worded(value: str) -> bool:
    """Tell whether most of a value is pieces that could be said aloud, as in a name.

    >>> [worded(value) for value in ("sklearnStyle-interface-2", "kX93hQzP-wL2")]
    [True, False]
    """
    if 4 * sum(map(value.count, digits)) > len(value):
        return False
    pieces = _SEGMENT.findall(value)
    shouted = "_" in value or "-" in value
    long = [p for p in pieces if len(p) >= _SPOKEN_LEAST and (shouted or not p.isupper())]
    enough = _WORDED * sum(map(len, pieces))
    if not pieces or sum(map(len, long)) < enough:
        return False
    return sum(len(piece) for piece in long if _SPOKEN.match(piece)) >= enough


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits a character.

    >>> entropy("aabb")
    1.0
    """
    if not value:
        return 0.0
    few = len(value) < _FEW
    counts = [
        n for n in (map(value.count, set(value)) if few else Counter(value).values()) if n > 1
    ]
    return log2(len(value)) - sum(n * log2(n) for n in counts) / len(value)
