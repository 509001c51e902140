"""Text as the heads read it: one spelling for all the ways in which a word can be disguised.

Folds look-alike letters, invisible characters, digits for letters, letters set apart, letters
repeated, traditional Chinese. Offsets are lost; `moderation.normalise` keeps them.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Container
from itertools import product
from typing import Final

from moderation.heads.lookalikes import LETTERS, SIMPLIFIED

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Mn", "Me", "Cs", "Co", "Cn"})
_LEET: Final = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t"}
_SIGNS: Final = {"@": "a", "$": "s", "!": "i", "*": ""}
_HAN: Final = "\u3400-\u9fff"

_ENTITY: Final = re.compile(r"<[@#!]([^<>|]{1,40})(?:\|[^<>]{0,80})?>")
_LINK: Final = re.compile(r"https?://\S+")
_MENTION: Final = re.compile(r"(?<!\S)[@#][\w.\-]{1,40}")
_APART: Final = re.compile(r"(?<![a-z0-9'])[a-z](?:[ ._\-*|/]{1,3}[a-z](?![a-z0-9'])){2,}")
_GAP: Final = re.compile(r"[ ._\-*|/]+")
_HAN_APART: Final = re.compile(
    rf"(?<=[{_HAN},!?])[ \t._\-*|/~+]+(?=[{_HAN}])|(?<=[{_HAN}])[ \t._\-*|/~+]+(?=[,!?])"
)
_MIXED: Final = re.compile(r"(?=[a-z0-9$@!*]{0,24}[a-z])[a-z0-9$@!*]{3,24}")
_INSIDE: Final = re.compile(r"(?<=[a-z])[0-9$@!*]{1,3}(?=[a-z])|(?<=[a-z])[$]{1,3}(?![0-9a-z])")
_RUN: Final = re.compile(r"([a-z])\1{2,}")
_REPEATED: Final = re.compile(r"([^a-z0-9\s])\1{2,}")
_LONGEST: Final = 18
"""Letters of a word that is looked for among letters that stand apart."""
_SHORT: Final = 5
"""So many letters between wider gaps may still be two words; more are a word that is not known."""
_CHOICES: Final = 32
"""So many spellings of one word are looked up; a longer one takes the first."""


def fold(text: str, known: Container[str] = frozenset()) -> str:
    """Return the text in one spelling, with a space at each end.

    `known` decides where a spelling could stand for several words.

    >>> fold("YOU are an id1ot, looool", {"idiot", "lol"})
    ' you are an idiot, lol '
    >>> fold("f u c k 傻 * 逼")
    ' fuck 傻逼 '
    >>> fold("g o  h o m e, l.e.t u.s, b e c a l m", {"be", "calm"})
    ' go home, let us, be calm '
    """
    text = _LINK.sub(" url ", _ENTITY.sub(" user ", text))
    text = _MENTION.sub(" user ", _characters(text))
    text = _HAN_APART.sub("", _APART.sub(lambda match: _together(match[0], known), text))
    text = _RUN.sub(r"\1\1\1", _REPEATED.sub(r"\1\1", text))
    text = _MIXED.sub(lambda match: _respelled(match[0], known), text)
    return f" {' '.join(text.split())} "


def _characters(text: str) -> str:
    if not text.isascii():
        text = text.translate({ord(character): _plain(character) for character in set(text)})
    return text.lower()


def _plain(character: str) -> str:
    """Return what one character stands for; its name, if it is a picture."""
    known = SIMPLIFIED.get(character) or LETTERS.get(character)
    if known:
        return known
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "So" and character > "\u2fff":
        return f" {unicodedata.name(character, '').lower()} "
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(one for one in parts if unicodedata.category(one) not in _INVISIBLE)
    return "".join(LETTERS.get(one, one) for one in unicodedata.normalize("NFC", kept))


def _together(apart: str, known: Container[str]) -> str:
    """Return the words of letters set apart; a gap unlike most, with a blank, is between words."""
    gaps = _GAP.findall(apart)
    usual = max(gaps, key=Counter(gaps).__getitem__)
    words = "".join(
        letter + (" " if gap != usual and " " in gap else "")
        for letter, gap in zip(_GAP.split(apart), [*gaps, usual], strict=True)
    ).split()
    rare = _SHORT if len(words) > 1 else len(apart)
    return " ".join(_parted(word, known) if len(word) <= rare else word for word in words)


def _parted(letters: str, known: Container[str]) -> str:
    """Return the fewest known words that make up the letters, or the letters as they are."""
    if letters in known:
        return letters
    fewest = [0, *[len(letters) + 1] * len(letters)]
    last = [0] * (len(letters) + 1)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST), end):
            if fewest[start] + 1 < fewest[end] and letters[start:end] in known:
                fewest[end], last[end] = fewest[start] + 1, start
    if fewest[-1] > len(letters):
        return letters
    words, end = list[str](), len(letters)
    while end:
        words.append(letters[last[end] : end])
        end = last[end]
    return " ".join(reversed(words))


def _respelled(word: str, known: Container[str]) -> str:
    """Return the first spelling of a word that is known, or the likeliest."""
    if word in known or (word.isalpha() and not _RUN.search(word)):
        return word
    plain = _INSIDE.sub(lambda match: _choice(match[0]), word)
    parts = re.split(r"(\[[^\]]*\]|([a-z])\2{2})", plain)
    # Each split yields text, the part with its choices, and the letter of a run.
    options = [_options(parts[at]) for at in range(len(parts)) if at % 3 != 2]  # noqa: PLR2004 - see above
    made = ("".join(chosen) for chosen, _ in zip(product(*options), range(_CHOICES), strict=False))
    first = next(made)
    return first if first in known else next((one for one in made if one in known), first)


def _choice(signs: str) -> str:
    """Return a class like `[il]` for each sign that stands for letters, or the signs themselves."""
    if any(sign not in _LEET and sign not in _SIGNS for sign in signs):
        return signs
    return "".join(f"[{_LEET.get(sign, _SIGNS.get(sign, ''))}]" for sign in signs)


def _options(part: str) -> tuple[str, ...]:
    if part.startswith("["):
        return tuple(part[1:-1]) or ("",)
    if _RUN.fullmatch(part):
        return part[0], part[0] * 2
    return (part,)
