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
        for match in compiled.finditer(text):
            start, end = match.span(1)
            yield text[start:end], start, end

    return find
