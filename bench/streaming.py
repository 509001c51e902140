"""How far a moderated stream lags behind the model: the hold-back, in tokens of four characters.

The lag of a character is how many more had been made when it was released. The peer waits for the
whole answer, so that its first character lags by all the others. Time plays no part but in the
last row, which compares the work of judging a growing answer with judging it once.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from itertools import cycle
from statistics import mean
from uuid import UUID

from bench import texts
from bench.figures import Figure
from generators.draft import Cost, Destination, Draft, Request, Text, UserId
from moderation.checks import standard
from moderation.finding import Check
from moderation.gate import Gate
from moderation.policy import Policy

LENGTH = 4_000
GOAL_TOKENS = 25
"""Tokens that a character may lag behind on average; secrets that are out too early have tests."""
_TOKENS = (1, 5, 3, 6, 2, 4, 7)
"""Characters of the synthetic tokens; a Chinese token is often one or two, which lags no less."""
_TOKEN = mean(_TOKENS)
_FENCED = "Here it is:\n\n```python\n{}```\n\nThat is all. "
_REQUEST = Request(
    id=UUID(int=1), verb="ask", prompt="", user=UserId("U1"), reply_to=Destination(channel="D1")
)


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Stream every kind of text; `scale` is the share of the length."""
    length = max(200, round(LENGTH * scale))
    gate = Gate(placing(), Policy())
    for kind, text in _answers(length).items():
        lags = asyncio.run(lags_of(gate, text))
        buffered = range(len(text))
        for name, of, goal in (("mean", mean, GOAL_TOKENS), ("most", max, None)):
            yield Figure(
                what=f"lag, {name}, {kind}",
                unit="tokens",
                ours=of(lags) / _TOKEN,
                peer=of(buffered) / _TOKEN,
                peer_is="full buffering",
                goal=goal,
            )
    yield asyncio.run(_work(gate, texts.english(length)))


def placing() -> list[Check]:
    """Return the checks that hold a stream back; the heads know no place (see `bench gate`)."""
    return [check for check in standard() if check.name != "heads"]


async def lags_of(gate: Gate, text: str) -> list[int]:
    """Stream a text through the gate and return the lag of each of its characters."""
    made, lags = [0], list[int]()
    async for verdict in gate.stream(_drafts(text, made)):
        body = verdict.draft.content
        if isinstance(body, Text):
            lags += (made[0] - at - 1 for at in range(len(lags), len(body.body)))
    return lags


async def _drafts(text: str, made: list[int]) -> AsyncGenerator[Draft, None]:
    """Yield ever longer drafts, and keep in `made` how many characters there are."""
    at = 0
    for size in cycle(_TOKENS):
        at = min(at + size, len(text))
        made[0] = at
        yield Draft(request=_REQUEST, content=Text(text[:at]), cost=Cost(model="bench"))
        if at == len(text):
            return


async def _work(gate: Gate, text: str) -> Figure:
    """Compare the CPU time of the whole stream with that of one review at the end."""
    started = time.process_time()
    await lags_of(gate, text)
    streamed_s = time.process_time() - started
    fresh = Gate(placing(), Policy())  # the other remembers what it has judged
    started = time.process_time()
    await fresh.review(Draft(request=_REQUEST, content=Text(text), cost=Cost(model="bench")))
    reviewed_s = time.process_time() - started
    return Figure(
        what=f"judging {len(text):,} characters of English as they come",
        unit="CPU ms",
        ours=streamed_s * 1000,
        peer=reviewed_s * 1000,
        peer_is="one review of the whole",
    )


def _answers(length: int) -> dict[str, str]:
    prose = texts.english(length // 3)
    fenced = prose + _FENCED.format(texts.code(length // 3)) + prose
    return {
        "English": texts.english(length),
        "Chinese": texts.chinese(length),
        "a third in a code fence": fenced,
        "all in a code fence": _FENCED.format(texts.code(length)),
        "full of findings": texts.incidents(length),
    }
