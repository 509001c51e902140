"""Drafts of an answer as a generator would yield them, and a check that does what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, cycle, takewhile
from uuid import UUID

from generators.draft import Content, Cost, Destination, Draft, Request, Text, UserId, words
from moderation.gate import Finding, Gate, Verdict
from moderation.policy import Direction

HERE = Destination(channel="C1", thread_ts="1.0")
REQUEST = Request(id=UUID(int=7), verb="ask", prompt="?", user=UserId("U1"), reply_to=HERE)


def draft(content: Content | str) -> Draft:
    whole = Text(content) if isinstance(content, str) else content
    return Draft(request=REQUEST, content=whole, cost=Cost(model="none"))


async def growing(text: str, sizes: Sequence[int]) -> AsyncIterator[Draft]:
    """Yield the text as it grows by pieces of these sizes, over and over, and then whole."""
    for end in takewhile(lambda end: end < len(text), accumulate(cycle(sizes))):
        yield draft(text[:end])
    yield draft(text)


def streamed(gate: Gate, text: str, sizes: Sequence[int]) -> list[Verdict]:
    async def collect() -> list[Verdict]:
        return [verdict async for verdict in gate.stream(growing(text, sizes))]

    return asyncio.run(collect())


def reviewed(gate: Gate, content: Content | str) -> Verdict:
    return asyncio.run(gate.review(draft(content)))


@dataclass(frozen=True, slots=True)
class Told:
    """Answers what it is told to, given the words."""

    answer: Callable[[str], Sequence[Finding]]
    name: str = "told"

    def inspect(self, content: Content, direction: Direction) -> Sequence[Finding]:
        del direction
        return self.answer(words(content))


def finds(word: str, category: str, replacement: str = "") -> Told:
    """Return a check that finds each place of a word."""

    def answer(text: str) -> Sequence[Finding]:
        starts = [at for at in range(len(text)) if text.startswith(word, at)]
        return [
            Finding(
                category=category,
                detector="told",
                start=at,
                end=at + len(word),
                replacement=replacement,
            )
            for at in starts
        ]

    return Told(answer, name=f"finds {word}")
