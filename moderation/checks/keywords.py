"""Which of many words a text has, read once however many words there are (Aho-Corasick)."""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter

import ahocorasick  # pyrefly: ignore[missing-import] - a compiled module without types

Present = Callable[[str], set[int]]
_meant = itemgetter(1)


def keywords(words: Mapping[str, Iterable[int]]) -> Present:
    """Return a function that tells which numbers the words in a lower-case text stand for.

    >>> sorted(keywords({"token": [1, 2], "ghp_": [3]})("the token ghp"))
    [1, 2]
    """
    automaton = ahocorasick.Automaton()
    for word, numbers in words.items():
        automaton.add_word(word, frozenset(numbers))
    automaton.make_automaton()

    def present(text: str) -> set[int]:
        return set().union(*set(map(_meant, automaton.iter(text))))

    return present


def either(words: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a text has any of the words; it stops at the first.

    >>> [either(["key", "token"])(text) for text in ("a token", "a toke")]
    [True, False]
    """
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, True)
    automaton.make_automaton()

    def has(text: str) -> bool:
        return next(automaton.iter(text), None) is not None

    return has


def places(words: Iterable[str]) -> Callable[[str], list[int]]:
    """Return a function that tells where in a lower-case text the words begin, each place once.

    >>> places(["pw", "pwd", "key"])("the key, pwd")
    [4, 9]
    """
    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, len(word) - 1)
    automaton.make_automaton()

    def beginnings(text: str) -> list[int]:
        return sorted({last - length for last, length in automaton.iter(text)})

    return beginnings
