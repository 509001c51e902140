"""Who finds out what runs of feeds and watches come to, put together."""

from collections.abc import Mapping

from bot.digests import mood
from bot.digests.clock import Look
from bot.digests.feeding import Feeding
from bot.digests.fetching import Fetcher
from bot.digests.watching import Watching
from bot.feeds import Feeds
from bot.ledger.memory import Memory
from bot.runs import Finding
from generators.draft import Request, Text
from moderation.gate import Gate
from moderation.judge import scope_of
from moderation.tables import Action, Direction


def finders(memory: Memory, look: Look, gate: Gate, feeds: Feeds) -> Mapping[str, Finding]:
    """Return who finds out, by kind; the sentiment head's weights are read. Raises WeightsError."""
    head = mood.load()

    async def passes(text: str, request: Request) -> bool:
        seen = await gate.judge(Text(text), Direction.INPUT, scope_of(request))
        return seen.action < Action.HOLD

    def negative(text: str) -> bool:
        return head.score(text) > 0

    return {
        "feed": Feeding(
            memory=memory,
            look=look,
            fetch=Fetcher(feeds=feeds).fetch,
            passes=passes,
            most=feeds.most,
            negative=negative,
        ),
        "watch": Watching(memory=memory, look=look, negative=negative),
    }
