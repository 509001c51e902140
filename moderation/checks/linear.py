"""Patterns that cannot be made slow: RE2 reads any text once, whatever the text.

RE2 knows no look-around; what must stand beside a value is checked by whoever asked for it.
"""

from collections.abc import Callable, Iterator

import re2

Value = tuple[str, int, int]
"""A found value, and where it starts and ends in the text."""
Finder = Callable[[str], Iterator[Value]]


def finder(pattern: str) -> Finder:
    """Return a function that yields what the pattern's first group matches, left to right.

    >>> list(finder("a(b+)")("ab abb"))
    [('b', 1, 2), ('bb', 4, 6)]
    """
    compiled = re2.compile(pattern)

    def find(text: str) -> Iterator[Value]:
        for match in compiled.finditer(_bytes(text)):
            start, end = match.span(1)
            yield text[start:end], start, end

    return find


def holds(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether the pattern matches anywhere.

    >>> [holds("a{2}$")(text) for text in ("baa", "aab")]
    [True, False]
    """
    compiled = re2.compile(pattern)
    return lambda text: compiled.search(_bytes(text)) is not None


def pairs(pattern: str) -> Callable[[str], Iterator[tuple[str, str, int, int]]]:
    """Return a function that yields what two groups match, and where each of them starts.

    >>> list(pairs("(a+)=(b+)")("aa=b a=bb"))
    [('aa', 'b', 0, 3), ('a', 'bb', 5, 7)]
    """
    compiled = re2.compile(pattern)

    def find(text: str) -> Iterator[tuple[str, str, int, int]]:
        for match in compiled.finditer(_bytes(text)):
            (first, middle), (second, end) = match.span(1), match.span(2)
            yield text[first:middle], text[second:end], first, second

    return find


def _bytes(text: str) -> str | bytes:
    """Return text whose characters are bytes as bytes, which need no counting of offsets."""
    return text.encode() if text.isascii() else text
