"""Numbers and tokens spelled out with a gap after each character, read without the gaps."""

import re
from collections.abc import Callable, Iterator
from typing import Final

Spans = Iterator[tuple[int, int]]

_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z])[+]?[0-9](?:[ ._-]{1,2}[0-9]){9,}(?![0-9A-Za-z])")
_APART: Final = re.compile(r"[0-9][ ._-]{1,2}[0-9][ ._-]{1,2}[0-9][ ._-]")
"""What such numbers have early, and others seldom."""
_GAPS: Final = 9
"""Fewest gaps between ten digits."""
_SIGNS: Final = re.compile(r"(?<!\S)[!-~](?: [!-~]){11,}(?!\S)")


def spaced(find: Callable[[str], Spans]) -> Callable[[str], Spans]:
    """Return what finds the same in digits that stand apart, one by one: `1 3 8 0 0 ...`."""

    def find_spaced(text: str) -> Spans:
        if not _APART.search(text):
            return
        for match in _DIGITS.finditer(text):
            places = [at for at, sign in enumerate(match[0]) if sign.isdigit() or sign == "+"]
            joined = "".join(match[0][at] for at in places)
            for start, end in find(joined):
                yield match.start() + places[start], match.start() + places[end - 1] + 1

    return find_spaced


def spelled(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each stretch of characters that stand apart, joined, and its place in the text.

    >>> list(spelled("x: g h p _ 0 1 2 3 4 5 6 7"))
    [('ghp_01234567', 3, 26)]
    """
    for match in _SIGNS.finditer(text) if text.count(" ") > _GAPS else ():
        yield match[0].replace(" ", ""), *match.span()
