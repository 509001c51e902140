"""What settles the runs of feeds and watches, put together."""

from collections.abc import Mapping

from bot.digests import mood
from bot.digests.clock import Look, Settling
from bot.digests.feeding import Feeding
from bot.digests.fetching import Fetcher
from bot.digests.watching import Watching
from bot.feeds import Feeds
from bot.ledger.memory import Memory
from bot.ledger.schedules import Schedules
from generators.draft import Request, Text
from moderation.gate import Gate
from moderation.judge import scope_of
from moderation.tables import Action, Direction


def settling(
    schedules: Schedules, memory: Memory, look: Look, gate: Gate, feeds: Feeds
) -> Mapping[str, Settling]:
    """Return what settles each kind; the sentiment head's weights are read. Raises WeightsError."""
    head = mood.load()

    async def passes(text: str, request: Request) -> bool:
        seen = await gate.judge(Text(text), Direction.INPUT, scope_of(request))
        return seen.action < Action.HOLD

    def negative(text: str) -> bool:
        return head.score(text) > 0

    return {
        "feed": Feeding(
            schedules=schedules,
            memory=memory,
            look=look,
            fetch=Fetcher(feeds=feeds).fetch,
            passes=passes,
            most=feeds.most,
            negative=negative,
        ),
        "watch": Watching(
            schedules=schedules,
            memory=memory,
            look=look,
            negative=negative,
        ),
    }
