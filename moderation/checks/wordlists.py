"""Words that somebody who runs a workspace wants to hear of, by the lists of the policy.

Finds a word as a person reads it, whatever its case and width: by itself where its letters have
spaces between words, anywhere where they do not, as in Chinese. Which list counts where, the policy
says: a finding is named `word.<list>`.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import ahocorasick  # pyrefly: ignore[missing-import] - a compiled module without types

from generators.draft import Content, words
from moderation.checks.spans import Span, findings
from moderation.finding import Finding
from moderation.normalise import normalise
from moderation.tables import Direction
from moderation.words import WordList

_UNSPACED: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
"""How the names of letters begin that are written without spaces between words."""


@dataclass(frozen=True, slots=True)
class WordLists:
    """Finds `word.<list>`; of words that overlap, the list that is named first comes first."""

    lists: Mapping[str, WordList]
    name: str = "words"
    _found: Any = field(init=False, repr=False, compare=False)
    """The words in one automaton, each with its lists and its length."""

    def __post_init__(self) -> None:
        """Build the automaton: as long as all the words together."""
        object.__setattr__(self, "_found", _automaton(self.lists))

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        """Return each word of a list, whoever wrote it."""
        del direction  # the policy knows
        plain = normalise(words(content))
        return findings(self.name, plain, self._spans(_folded(plain.text)))

    def _spans(self, text: str) -> Iterator[Span]:
        for last, (length, names) in self._found.iter(text):
            start, end = last + 1 - length, last + 1
            if _apart(text, start) and _apart(text, end):
                for name in names:
                    yield Span(category=f"word.{name}", start=start, end=end, replacement="[word]")


def _automaton(lists: Mapping[str, WordList]) -> Any:  # noqa: ANN401 - ahocorasick has no types
    named: dict[str, list[str]] = {}
    for name, words_of in lists.items():
        for word in words_of.words:
            named.setdefault(_folded(normalise(word).text.strip()), []).append(name)
    automaton = ahocorasick.Automaton()
    for word, names in named.items():
        if word:
            automaton.add_word(word, (len(word), names))
    automaton.make_automaton()
    return automaton


def _folded(text: str) -> str:
    """Return the text in lower case, as many characters long.

    >>> _folded("STRASSE İ")
    'strasse İ'
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _apart(text: str, at: int) -> bool:
    """Tell whether a word may begin or end there."""
    if not 0 < at < len(text):
        return True
    before, after = text[at - 1], text[at]
    return not (_joins(before) and _joins(after))


def _joins(character: str) -> bool:
    if not (character.isalnum() or character == "_"):
        return False
    return not unicodedata.name(character, "").startswith(_UNSPACED)
