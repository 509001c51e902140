"""What was found, as it is answered from: close enough, in the right language, by document."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from generators.sentences import language
from generators.support.index import Hit
from generators.tools import Knowledge, Passage


def evidence(question: str, found: Sequence[Passage], knowledge: Knowledge) -> list[Passage]:
    """Return the documents that cover a question, best first; none when nothing is close enough."""
    close = in_language(question, [one for one in found if knowledge.confident([one])])
    docs = {one.doc for one in close}
    return by_document([*close, *(one for one in found if one.doc in docs)])


def in_language(question: str, passages: Sequence[Passage]) -> Sequence[Passage]:
    """Prefer pieces in the language of the question, and take what there is where there is none."""
    same = [one for one in passages if language(one.text) == language(question)]
    return same or passages


def by_document(passages: Iterable[Passage]) -> list[Passage]:
    """Put pieces of the same document together in their order: one source with one number."""
    parts: dict[str, list[Passage]] = {}
    for one in dict.fromkeys(passages):
        parts.setdefault(one.doc, []).append(one)
    return [_joined(sorted(pieces, key=_position)) for pieces in parts.values()]


def _position(passage: Passage) -> int:
    return passage.position if isinstance(passage, Hit) else 0


def _joined(parts: Sequence[Passage]) -> Passage:
    texts = dict.fromkeys(part.text for part in parts)
    return replace(parts[0], text="\n".join(texts))
