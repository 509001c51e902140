"""Whether a text has nothing but words of one vocabulary: what a small picture model was taught.

Such a model draws nothing that it has no word for, so a policy may trust its pictures where nobody
can look at them; of a word that it does not know, nobody knows what it makes.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

_TOKEN: Final = re.compile(r"[^\W_]+")
_BETWEEN: Final = re.compile(r"[\s,.;:!?'\"()\-，。、；：！？（）]*")


def wholly(text: str, vocabulary: Collection[str]) -> bool:
    """Tell whether every word of a text is of the vocabulary, and there is one.

    Words are apart where they are written so; Chinese is taken apart into words of the vocabulary.

    >>> known = ("a", "red", "bicycle", "红色", "自行车")
    >>> [wholly(text, known) for text in ("A red bicycle.", "红色自行车", "redbicycle", "a 🔫", "")]
    [True, True, False, False, False]
    """
    folded = _folded(text)
    known = frozenset(map(_folded, vocabulary))
    tokens = _TOKEN.findall(folded)
    if not tokens or not _BETWEEN.fullmatch(_TOKEN.sub("", folded)):
        return False
    return all(token in known or _composed(token, known) for token in tokens)


def _composed(token: str, known: frozenset[str]) -> bool:
    """Tell whether a run of letters that no space parts is made of known words."""
    if any(letter.isascii() for letter in token):
        return False

    sizes = sorted({len(word) for word in known})
    reached = [True]
    for end in range(1, len(token) + 1):
        fits = (size <= end and reached[end - size] for size in sizes)
        ends = (token[end - size : end] in known for size in sizes)
        reached.append(any(fit and word for fit, word in zip(fits, ends, strict=True)))
    return reached[-1]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
