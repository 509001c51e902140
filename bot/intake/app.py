"""Where Slack's envelopes arrive: understood, committed, and only then acknowledged.

Everything happens in one Bolt middleware, because Bolt acknowledges an event before its listener
runs: what only a listener knows of is lost in a crash. No listener exists, and so nobody is handed
Bolt's `say`, `respond` or `client`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.intake.events import Decision, HomeOpened, Reader
from bot.ledger.ledger import Ledger
from bot.ledger.writer import LedgerUnavailable
from generators.draft import Destination, Request

log = logging.getLogger(__name__)

ACKNOWLEDGED, UNAVAILABLE = 200, 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes what Slack sends."""

    reader: Reader
    ledger: Ledger
    wake: Callable[[], None]
    """Called when there is something to claim."""
    decided: Callable[[Decision], Awaitable[object]]
    home: Callable[[HomeOpened], Awaitable[object]]
    pointed: Callable[[Request, Destination], Awaitable[object]]
    """Tells a person that the answer comes elsewhere."""
    aside: set[asyncio.Task[None]] = field(default_factory=set)
    """Work that nobody waits for; asyncio itself keeps only weak references."""

    async def take(self, body: Mapping[str, Any]) -> int:
        """Act on one payload and return the status to answer with: 200, or 503 to get it again."""
        match self.reader.meaning(body):
            case Request() as request:
                return await self._accept(request, body)
            case Decision() as decision:
                self._start(self._decide(decision))
            case HomeOpened() as opened:
                self._start(_quietly(self.home(opened)))
            case None:
                pass
        return ACKNOWLEDGED

    async def _accept(self, request: Request, body: Mapping[str, Any]) -> int:
        try:
            new = await self.ledger.accept(request)
        except LedgerUnavailable:
            log.error("%s was not taken: the database does not answer", request.name)  # noqa: TRY400 - one line says it
            return UNAVAILABLE
        if new:
            self.wake()
            event = body.get("event", {})
            origin = str(body.get("channel_id") or event.get("channel", ""))
            if request.reply_to.channel == request.user and not origin.startswith("D"):
                here = Destination(channel=origin, thread_ts=event.get("thread_ts"))
                self._start(_quietly(self.pointed(request, here)))
        return ACKNOWLEDGED

    async def _decide(self, decision: Decision) -> None:
        await _quietly(self.decided(decision))
        self.wake()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.aside.add(task)
        task.add_done_callback(self.aside.discard)


def bolt(client: AsyncWebClient, intake: Intake) -> AsyncApp:
    """Return the Bolt app whose first and last middleware is the intake.

    It comes before Bolt's own authorisation, which asks Slack who we are before the first ack.
    """
    quiet = logging.getLogger("atelier.bolt")
    quiet.setLevel(logging.ERROR)  # it warns that a token in the environment stays unused

    async def commit(body: dict[str, Any]) -> BoltResponse:
        return BoltResponse(status=await intake.take(body), body="")

    return AsyncApp(client=client, logger=quiet, before_authorize=commit)


async def _quietly(work: Awaitable[object]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a courtesy that fails must not end the bot
        log.warning("a side task failed with %s", type(error).__name__)
