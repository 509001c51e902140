"""Telling what somebody drew at random from what somebody wrote: stand-ins, names, prose.

Knows no list of known examples: only what stand-ins have in common, in English and Chinese.
"""

import re
from collections import Counter
from math import log2
from typing import Final

from moderation.checks.keywords import either

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
_LADDERS: Final = frozenset(
    row[at : at + 8]
    for row in ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "9876543210987654321")
    for at in range(len(row) - 7)
)
"""Eight neighbours in a row, which nobody's wrote either."""
_CLIMBS: Final = either(_LADDERS)
_TELLS: Final = either({*_LADDERS, *_INVENTED, "example", "...", "…"})
"""Tells whether a value has anything that a stand-in or a ladder has; nearly none does."""
_OPENS_TEMPLATE: Final = frozenset("<[{$%#@_*&!poegvldsr")
"""What `_TEMPLATE` may begin with."""
_SEGMENT: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_LONGISH: Final = re.compile(r"[A-Za-z][a-z]{3,}|[A-Z]{4,}")
"""Where pieces may be that are long enough to be said, and mostly more than those."""
_NO_SIGNS: Final = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > ord("z"))
"""All but ASCII's letters and digits."""
_SPOKEN: Final = re.compile(
    r"(?i)(?=[a-z]{4,16}\Z)(?!.*[bcdfghjklmnpqrstvwxz]{4})(?!.*[aeiouy]{4})(?=.*[aeiouy])"
    r"(?!.*[jqvwxz][bcdfghjkmnpqtvwxz])(?!.*(?:[bcdfghjklmnpqrstvwxz]q|q[^u]))"
)
"""A piece of letters that a person could say: no heap of consonants, no lonely q."""
_SPOKEN_LEAST: Final = 4
_APART: Final = re.compile("[^0-9a-z]+")
_FEW: Final = 48
"""Characters that are counted quicker one by one."""
_FEWEST: Final = 2
_ROUNDING: Final = 1e-9
_WORDED: Final = 0.75
"""The share of a value in pronounceable pieces above which it is a name and no key."""


def invented(value: str) -> bool:
    """Tell a stand-in from a secret: `xxxx`, `<token>`, `your-key-here`, `${PASSWORD}`.

    >>> [invented(value) for value in ("sk-xxxxxxxxxxxx", "<token>", "your-key", "Tr0ub4dor&3")]
    [True, True, True, False]
    """
    lower = value.lower()
    return _stands_in(value, lower, striking=_striking(lower))


def drawn(value: str) -> bool:
    """Tell whether a token could come from a random generator: no ladder, no run, no words.

    >>> [drawn(value) for value in ("1234567890abcdef", "x7Kq02mZp9", "my-service-account")]
    [False, True, False]
    """
    lower = value.lower()
    return _is_random(value, lower, striking=_striking(lower))


def genuine(value: str) -> bool:
    """Tell whether a value was drawn and is no stand-in either, for less than both cost.

    >>> [genuine(value) for value in ("x7Kq02mZp9", "xxxxxxxxxx", "my-service-account")]
    [True, False, False]
    """
    lower = value.lower()
    striking = _striking(lower)
    return _is_random(value, lower, striking=striking) and not _stands_in(
        value, lower, striking=striking
    )


def _striking(lower: str) -> bool:
    """Tell whether a value may have a run, a ladder or a word of stand-ins: few have any."""
    return not lower.isascii() or _repeats(lower.encode()) or _TELLS(lower)


def _is_random(value: str, lower: str, *, striking: bool) -> bool:
    if striking and (_runs(lower, "a ") or _CLIMBS(lower)):
        return False
    return not worded(value)


def _stands_in(value: str, lower: str, *, striking: bool) -> bool:
    if _is_sample(value, lower) or (striking and _is_shown(value, lower)):
        return True
    if value.isalnum() and value.isascii():  # of one piece, and nothing that templates are made of
        return lower.startswith("getenv")
    return _is_template(value, lower)


def _is_sample(value: str, lower: str) -> bool:
    """Tell a word that stands where a secret would, or one sign alone; digits may be a number."""
    alone = lower and lower.count(lower[0]) == len(lower)
    return lower in _SAMPLES or bool(alone and not value.isdigit())


def _is_shown(value: str, lower: str) -> bool:
    """Tell what is there to show a form: an example, what is left out, a run, an invented word."""
    if "example" in lower or "..." in value or "…" in value:
        return True
    return _runs(lower, "0123456789a ") or not _INVENTED.isdisjoint(_APART.split(lower))


def _is_template(value: str, lower: str) -> bool:
    opens = lower[:1] in _OPENS_TEMPLATE or not lower.isascii()
    if opens and _TEMPLATE.match(value):
        return True
    if ("(" in value or "[" in value) and _CALL.match(value):
        return True
    if ("$" in value or "{{" in value) and _VARIABLE.search(value):
        return True
    refers = "." in value or "->" in value or "::" in value
    return refers and _REFERENCE.match(value) is not None and worded(value)


def _runs(value: str, but: str) -> bool:
    """Tell whether a sign that is none of some others stands many times in a row."""
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
    data = value.encode()
    signs = data.translate(None, _NO_SIGNS)
    if 4 * (len(signs) - len(signs.translate(None, b"0123456789"))) > len(value):
        return False
    enough = _WORDED * len(signs)
    if not signs or sum(map(len, _LONGISH.findall(value))) < enough:
        return False
    shouted = "_" in value or "-" in value
    long = [
        piece
        for piece in _SEGMENT.findall(value)
        if len(piece) >= _SPOKEN_LEAST and (shouted or not piece.isupper())
    ]
    return sum(len(piece) for piece in long if _SPOKEN.match(piece)) >= enough


def varied(value: str, least_bits: float) -> bool:
    """Tell whether the entropy reaches a least value, mostly from the number of signs alone.

    >>> [varied(value, 3.0) for value in ("x7Kq02mZp9", "aaaabbbb")]
    [True, False]
    """
    kinds, length = len(set(value)), len(value)
    if kinds < _FEWEST:
        return entropy(value) >= least_bits
    most = length - kinds + 1  # times that one sign stands there, if all others stand there once
    if log2(length) - most * log2(most) / length > least_bits + _ROUNDING:
        return True
    return entropy(value) >= least_bits


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits a character.

    >>> entropy("aabb")
    1.0
    """
    if not value:
        return 0.0
    few = len(value) < _FEW
    counts = map(value.count, set(value)) if few else Counter(value).values()
    return log2(len(value)) - sum(n * log2(n) for n in counts if n > 1) / len(value)
