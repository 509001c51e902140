"""Removes our own spare messages: a second one for the same part of the same request.

There is one where Slack stored a post so late that it was no longer expected and had been made
again. A message goes only if the one that the ledger knows is seen beside it, and if it is nobody's
answer: a placeholder that still says what it said at first, or the copy of a later part or a card.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import marks
from bot.delivery.marks import Key, Message
from bot.delivery.slack import MOST
from bot.ledger.rows import now_ms
from bot.ledger.spares import ASIDE, PLACEHOLDER, Spot, spots, standing
from bot.ledger.writer import LedgerUnavailable, Writer
from bot.views.notices import Notice

log = logging.getLogger(__name__)

DAY_MS = 24 * 3_600_000
EVERY_S = 3600.0
LATELY_MS = 2 * 3_600_000
"""How far back is looked every hour; at the start it is a day."""
PAUSE_S = 3.0
"""Between two reads: 20 of the 50 a minute that Slack allows (conversations.replies, tier 3)."""

_OPENINGS = re.compile(
    "|".join(
        re.escape(sentence).replace(r"\{n\}", r"\S+")
        for item in (Notice.WORKING, Notice.CHECKING, Notice.QUEUED)
        for sentence in item.value
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Janitor:
    """Looks after the start and every hour, never in a hurry."""

    reader: AsyncWebClient
    client: AsyncWebClient
    writer: Writer
    removed: Callable[[int], None] = lambda _count: None
    """Hears how many messages were removed."""
    pause_s: float = PAUSE_S
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Tidy up, until cancelled."""
        span_ms = DAY_MS
        while True:
            await self.tidy(span_ms)
            await self.sleep(EVERY_S)
            span_ms = LATELY_MS

    async def tidy(self, span_ms: int) -> int:
        """Remove what is spare of the last `span_ms`; return how many messages that were."""
        since_ms, removed = now_ms() - span_ms, 0
        try:
            for spot in await self.writer.read(lambda session: spots(session, since_ms)):
                removed += await self._tidy(spot, since_ms / 1000)
                await self.sleep(self.pause_s)
        except (LedgerUnavailable, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("spare messages are looked for later: %(error)s", {"error": error})
        else:
            log.info("%(count)s spare messages were removed", {"count": removed})
        self.removed(removed)
        return removed

    async def _tidy(self, spot: Spot, since_s: float) -> int:
        try:
            found = _ours(await self._messages(spot, since_s))
            if len(found) == len({key for key, _ in found}):
                return 0
            requests = {request for (request, _), _ in found}
            known = await self.writer.read(lambda session: standing(session, requests))
            spare = list(_spare(found, known))
            for message in spare:
                await self.client.chat_delete(channel=spot.channel, ts=message["ts"])
        except SlackApiError as error:  # we are no longer there, or somebody was faster
            code = str(error.response.get("error"))
            log.warning("a place cannot be tidied up: %(code)s", {"code": code})
            return 0
        return len(spare)

    async def _messages(self, spot: Spot, since_s: float) -> Sequence[Message]:
        given: dict[str, Any] = {"channel": spot.channel, "include_all_metadata": True}
        given |= {"oldest": f"{since_s:.6f}", "limit": MOST}
        if spot.thread_ts:
            answer = await self.reader.conversations_replies(ts=spot.thread_ts, **given)
        else:
            answer = await self.reader.conversations_history(**given)
        messages: Sequence[Message] = answer["messages"] or ()
        return messages


def _ours(messages: Iterable[Message]) -> list[tuple[Key, Message]]:
    """Return the messages that are ours, each with what it stands for."""
    return [(key, message) for message in messages if (key := marks.key_of(message))]


def _spare(found: list[tuple[Key, Message]], known: Mapping[Key, str]) -> Iterable[Message]:
    there = {(key, message["ts"]) for key, message in found}
    for key, message in found:
        ts = known.get(key)
        if ts is not None and ts != message["ts"] and (key, ts) in there and _is_copy(key, message):
            yield message


def _is_copy(key: Key, message: Message) -> bool:
    """Tell whether nothing is lost with it: it is no answer of its own."""
    is_opening = _OPENINGS.fullmatch(str(message.get("text", ""))) is not None
    return is_opening or _is_unused(message) or key[1] not in {ASIDE, PLACEHOLDER}


def _is_unused(message: Message) -> bool:
    """Tell whether a stream shows nothing but its task: nothing was ever streamed into it."""
    blocks = message.get("blocks") or ()
    return bool(blocks) and len(marks.tasks(message)) == len(blocks)
