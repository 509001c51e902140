"""Which of many words a text has, read once however many words there are (Aho-Corasick)."""

from collections.abc import Callable, Iterable, Mapping

import ahocorasick  # pyrefly: ignore[missing-import] - a compiled module without types

Present = Callable[[str], set[int]]


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
        seen = {numbers for _, numbers in automaton.iter(text)}
        return set().union(*seen)

    return present
