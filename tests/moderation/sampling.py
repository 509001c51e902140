"""Random text that a rule's pattern matches, and in it the part that is the secret."""

from random import Random
from re import _constants as codes  # pyrefly: ignore[missing-module-attribute] - has no stub
from re import _parser as parser  # pyrefly: ignore[missing-module-attribute] - has no stub
from string import ascii_letters, digits
from typing import Any, Final

_KINDS: Final = {
    codes.CATEGORY_DIGIT: digits,
    codes.CATEGORY_WORD: ascii_letters + digits + "_",
    codes.CATEGORY_SPACE: " ",
}
_OTHERS: Final = " ;|\nqQ9"
"""Of what a class excludes, these are tried."""
_MORE: Final = 6
"""So many repetitions beyond the fewest."""


def sampled(pattern: str, random: Random) -> tuple[str, str]:
    """Return a text that the pattern matches and what its first group is in it."""
    groups: dict[int, str] = {}
    return _joined(parser.parse(pattern), random, groups), groups[1]


def _joined(parts: Any, random: Random, groups: dict[int, str]) -> str:
    return "".join(_part(code, value, random, groups) for code, value in parts)


def _part(code: Any, value: Any, random: Random, groups: dict[int, str]) -> str:
    if code in {codes.LITERAL, codes.NOT_LITERAL, codes.IN}:
        return random.choice(_class(value if code is codes.IN else [(code, value)]))
    if code is codes.BRANCH:
        return _joined(random.choice(value[1]), random, groups)
    if code is codes.SUBPATTERN:
        text = _joined(value[3], random, groups)
        if value[0]:
            groups[value[0]] = text
        return text
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
        fewest, most, parts = value
        times = random.randint(fewest, min(most, fewest + _MORE))
        return "".join(_joined(parts, random, groups) for _ in range(times))
    assert code is codes.AT, code
    return ""


def _class(items: Any) -> str:
    found = ""
    for code, value in items:
        if code in {codes.LITERAL, codes.NOT_LITERAL}:
            found += chr(value)
        elif code is codes.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        elif code is codes.CATEGORY:
            found += _KINDS[value]
    if items[0][0] in {codes.NEGATE, codes.NOT_LITERAL}:
        return "".join(sign for sign in _OTHERS if sign not in found)
    return found
