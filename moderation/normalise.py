"""Text as checks read it: full-width folded, invisible characters gone, every offset traceable.

What a person reads as one word can be spelled with characters that no pattern expects: full-width
letters, zero-width joiners, combining strokes, the digits of another script. Here they become
plain. Letters of one script that look like another's (Cyrillic a) are not folded.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_DROPPED: Final = frozenset({"Cc", "Cf", "Mn", "Me"})
"""General categories nobody sees alone: controls, zero-width and bidi marks, combining marks."""
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul fillers: letters by category, blank to the eye."""
_QUOTES: Final = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
_DASHES: Final = frozenset({"Pd"})
_MINUS: Final = "\u2212"


@dataclass(frozen=True, slots=True)
class Plain:
    """Folded text, and for each of its characters the index in the text it came from."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        r"""Return the characters of the original text that `text[start:end]` stands for.

        >>> normalise("a\u200b\uff22!").span(0, 2)
        (0, 3)
        """
        if start >= end:
            return self.origin[start], self.origin[start]
        return self.origin[start], self.origin[end - 1] + 1


def normalise(text: str) -> Plain:
    r"""Fold each character by NFKC and drop what is invisible.

    >>> normalise("\uff50\uff57：\u200bx").text
    'pw:x'
    """
    if text.isascii() and text.isprintable():
        return Plain(text, range(len(text) + 1))
    folds = {ord(character): _fold(character) for character in set(text)}
    folded = text.translate(folds)
    if all(len(fold) == 1 for fold in folds.values()):
        return Plain(folded, range(len(text) + 1))
    origin = [at for at, character in enumerate(text) for _ in folds[ord(character)]]
    return Plain(folded, (*origin, len(text)))


def _fold(character: str) -> str:
    if character.isspace():
        return character if character in "\t\n\r" else _blank(character)
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"  # half a surrogate pair, which no encoder takes
    compatible = "".join(map(_plain, unicodedata.normalize("NFKC", character)))
    return character if " " in compatible else compatible


def _blank(space: str) -> str:
    return "\n" if space in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" else " "


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in _DROPPED or character in _FILLERS:
        return ""
    if category in _DASHES or character == _MINUS:
        return "-"
    return _QUOTES.get(character, character)
