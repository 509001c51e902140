"""Text as checks read it: full-width folded, invisible characters gone, every offset traceable.

What a person reads as one word can be spelled with characters that no pattern expects: full-width
letters, zero-width joiners, combining strokes, the digits of another script. Here they become
plain. So do Cyrillic and Greek letters that look Latin, in a word that has Latin letters too; a
word of one script stays what it is.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_DROPPED: Final = frozenset({"Cc", "Cf", "Mn", "Me"})
"""General categories nobody sees alone: controls, zero-width and bidi marks, combining marks."""
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Hangul fillers: letters by category, blank to the eye."""
_QUOTES: Final = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
_DASHES: Final = frozenset({"Pd"})
_MINUS: Final = "\u2212"
_ODD: Final = re.compile(r"[^\t\n\r -~]")
_LATIN: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u03bf\u03b1\u03c1\u03bd\u03b9\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d"
    "\u039f\u03a1\u03a4\u03a5\u03a7\u0131\u0261\u0251",
    "aeopcyxijsdhqwABEKMHOPCTYXIJSoapvikABEZHIKMNOPTYXiga",
)
"""Cyrillic, Greek and other letters that nobody can tell from Latin ones by sight."""
_LOOKALIKES: Final = frozenset(map(chr, _LATIN))
_MIXED: Final = re.compile(
    rf"[0-9A-Za-z_]*(?:[{''.join(map(chr, _LATIN))}][0-9A-Za-z_]*)+",
)
_LETTER: Final = re.compile("[A-Za-z]")
_RARE: Final = re.compile(
    "[^\t\n\r -~\u4e00-\u9fff\u3001\u3002\u300a-\u300d"
    "\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u201c\u201d\u2014]"
)
"""What is not met in every Chinese message."""
_COMMON: Final = tuple(
    zip("\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u201c\u201d\u2014", '!(),:;?""-', strict=True)
)
"""The punctuation of every Chinese message, and what each of it folds to."""


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
    r"""Fold each character by NFKC, drop what is invisible, and undo mixed scripts.

    >>> normalise("\uff50\uff57：\u200bx").text
    'pw:x'
    """
    if text.isascii() and not _ODD.search(text):
        return Plain(text, range(len(text) + 1))
    if not _RARE.search(text):
        return Plain(_punctuated(text), range(len(text) + 1))
    folds = {ord(character): _fold(character) for character in set(text)}
    folded = _unmixed(text.translate(folds))
    if all(len(fold) == 1 for fold in folds.values()):
        return Plain(folded, range(len(text) + 1))
    origin = [at for at, character in enumerate(text) for _ in folds[ord(character)]]
    return Plain(folded, (*origin, len(text)))


def _punctuated(text: str) -> str:
    for sign, plain in _COMMON:
        text = text.replace(sign, plain)
    return text


def _unmixed(text: str) -> str:
    """Write in Latin letters what only looks so, where a word mixes scripts; no length changes."""
    if _LOOKALIKES.isdisjoint(text):
        return text
    return _MIXED.sub(
        lambda word: word[0].translate(_LATIN) if _LETTER.search(word[0]) else word[0], text
    )


@lru_cache(maxsize=8192)
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
