"""Patterns that cannot be made slow: RE2 reads any text once, whatever the text.

RE2 knows no look-around; what must stand beside a value is checked by whoever asked for it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

import re2

Value = tuple[str, int, int]
"""A found value, and where it starts and ends in the text."""
Finder = Callable[[str], Iterator[Value]]
_Place = tuple[int, int]
_Search = Callable[[bytes, int, int], list[_Place]]
_UNANCHORED: Final = re2._Anchor.UNANCHORED  # noqa: SLF001 - see `_searching`
_NOWHERE: Final = (-1, -1)


def finder(pattern: str) -> Finder:
    """Return a function that yields what the pattern's first group matches, left to right.

    >>> list(finder("a(b+)")("ab abb"))
    [('b', 1, 2), ('bb', 4, 6)]
    """
    search = _searching(pattern)

    def find(text: str) -> Iterator[Value]:
        for (start, end), *_ in _groups(search, text):
            yield text[start:end], start, end

    return find


def prefixed(prefixes: Sequence[str], pattern: str) -> Finder:
    """Return a function that yields what begins with one of some words and goes on as a pattern.

    In the middle of a longer word it does not begin. The pattern is read by `re`, which is quicker
    with long runs; so that it stays linear, a run without a limit must not hold a whole prefix, or
    must match wherever it is long enough.

    >>> list(prefixed(["ab-", "cd-"], "[a-z]{2,}")("ab-xyz xab-xyz cd-e"))
    [('ab-xyz', 0, 6)]
    """
    match = re.compile(pattern, re.ASCII).match

    def find(text: str) -> Iterator[Value]:
        for prefix in prefixes:
            at = text.find(prefix)
            while at >= 0:
                rest = match(text, at + len(prefix)) if _begins(text, at) else None
                if rest:
                    yield text[at : rest.end()], at, rest.end()
                at = text.find(prefix, rest.end() if rest else at + 1)

    return find


def _begins(text: str, at: int) -> bool:
    """Tell whether a word may begin there: after a sign, another script, an escaped line end."""
    before = text[at - 1 : at]
    if before.isascii() and before.isalnum():
        return before in "nrt" and text[at - 2 : at - 1] == "\\"
    return True


def holds(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether the pattern matches anywhere.

    >>> [holds("a{2}$")(text) for text in ("baa", "aab")]
    [True, False]
    """
    search = _searching(pattern)

    def held(text: str) -> bool:
        data = text.encode()
        return search(data, 0, len(data))[0] != _NOWHERE

    return held


def beginnings(pattern: str) -> Callable[[str], Iterator[int]]:
    """Return a function that yields where the pattern begins, also inside others.

    Case does not count. The pattern begins with a letter or digit of ASCII, has no groups that
    count, and neither before nor after it stands such a sign.

    >>> list(beginnings("a{2}|b")("aa b aaab B"))
    [0, 3, 10]
    """
    search = _searching(rf"(?i)(?:^|[^0-9A-Za-z])(?:{pattern})(?:[^0-9A-Za-z]|$)")

    def find(text: str) -> Iterator[int]:
        data = text.encode()
        at, characters, counted = 0, 0, 0
        while (whole := search(data, at, len(data))[0]) != _NOWHERE:
            start = whole[0] if data[whole[0] : whole[0] + 1].isalnum() else _next(data, whole[0])
            characters += len(data[counted:start].decode())
            counted, at = start, start + 1
            yield characters

    return find


def _next(data: bytes, at: int) -> int:
    """Return where the character after the one at a place begins."""
    at += 1
    while data[at] & 0xC0 == 0x80:  # noqa: PLR2004 - what goes on a character in UTF-8
        at += 1
    return at


def pairs(pattern: str) -> Callable[[str], Iterator[tuple[str, str, int, int]]]:
    """Return a function that yields what two groups match, and where each of them starts.

    >>> list(pairs("(a+)=(b+)")("aa=b a=bb"))
    [('aa', 'b', 0, 3), ('a', 'bb', 5, 7)]
    """
    search = _searching(pattern)

    def find(text: str) -> Iterator[tuple[str, str, int, int]]:
        for (first, middle), (second, end), *_ in _groups(search, text):
            yield text[first:middle], text[second:end], first, second

    return find


def _searching(pattern: str) -> _Search:
    """Return RE2's own search, whose wrapper costs more than the search of a message."""
    search = re2.compile(pattern)._regexp.Match  # noqa: SLF001 - see above
    return partial(search, _UNANCHORED)


def _groups(search: _Search, text: str) -> Iterator[list[_Place]]:
    """Yield where the groups of each match start and end, in characters."""
    data = text.encode()
    size, at, known = len(data), 0, (0, 0)
    while at <= size:
        whole, *places = search(data, at, size)
        if whole == _NOWHERE:
            return
        if size == len(text):
            yield places
        else:
            read, known = _read(data, places, known)
            yield read
        at = max(whole[1], at + 1)


def _read(data: bytes, places: list[_Place], known: _Place) -> tuple[list[_Place], _Place]:
    """Return places in bytes as places in characters; `known` is a place in both."""
    counted = dict([known])
    last = known[0]
    for at in sorted({at for place in places for at in place if at >= 0}):
        counted[at] = counted[last] + len(data[last:at].decode())
        last = at
    return [(counted[start], counted[end]) if start >= 0 else _NOWHERE for start, end in places], (
        last,
        counted[last],
    )
