"""A generator that writes slowly, so that a test can see an answer grow, and press stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from generators.draft import Cost, Draft, Request, Text

SENTENCES = 24
COST = Cost(model="slow", prompt_tokens=3, output_tokens=5)


def sentence(number: int) -> str:
    """Return one sentence of every answer; the words are plain in both languages."""
    return f"Sentence {number} is about returns & refunds, 第{number}句谈退款 🎉."


def answer(sentences: int = SENTENCES) -> str:
    """Return the beginning of every answer."""
    return " ".join(sentence(number) for number in range(sentences))


@dataclass(frozen=True, slots=True)
class Slowly:
    """Writes a sentence every so many seconds as the prompt says."""

    tools: object

    async def drafts(self, request: Request) -> AsyncIterator[Draft]:
        """Yield a growing answer."""
        wait_s = float(request.prompt.split()[0])
        for sentences in range(1, SENTENCES + 1):
            await asyncio.sleep(wait_s)
            yield Draft(request=request, content=Text(answer(sentences)), cost=COST)
