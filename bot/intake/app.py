"""Where Slack's envelopes arrive: understood, committed, and only then acknowledged.

Everything happens in one Bolt middleware, because Bolt acknowledges an event before its listener
runs: what only a listener knows of is lost in a crash. No listener exists, and so nobody is handed
Bolt's `say`, `respond` or `client`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.intake.events import Reader
from bot.intake.meanings import Changed, Decision, HomeOpened, Press, StopPressed
from bot.ledger.ledger import Ledger
from bot.ledger.writer import LedgerUnavailable
from bot.life.breaker import Breaker
from bot.life.metrics import Metrics
from generators.draft import Destination, Request

log = logging.getLogger(__name__)

ACKNOWLEDGED, MALFORMED, UNAVAILABLE = 200, 400, 503
ACCEPT_S = 2.5
"""How long an acknowledgement may wait for the database; Slack waits 3 s for it."""
REST_S = 1.0
"""How long the database is left alone once it did not answer several times."""


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
    pressed: Callable[[Press], Awaitable[object]] | None = None
    stop: Callable[[str], object] = lambda request_id: request_id
    """Ends the work on a request if it is under way in this process."""
    goes_on: Callable[[StopPressed], Awaitable[object]] | None = None
    """Tells a person that what others asked is not theirs to stop."""
    let_in: Callable[[Request], Request] = lambda request: request
    """Returns what is kept of a request, by nothing but what its envelope says."""
    changed: Callable[[str], None] = lambda _who: None
    """Hears of a person or a user group that is not as it was."""
    checked: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = lambda _body: None
    """Returns what is to be mended in a form, which then is not taken; None where nothing is."""
    metrics: Metrics = field(default_factory=Metrics)
    database: Breaker = field(default_factory=lambda: Breaker(name="database", rest_s=REST_S))
    """While it is open, nothing waits for the database only to be refused."""
    aside: set[asyncio.Task[None]] = field(default_factory=set)
    """Work that nobody waits for; asyncio itself keeps only weak references."""

    async def take(self, body: Mapping[str, Any]) -> int:
        """Act on one payload and return the status to answer with: 200, or 503 to get it again.

        400 for what no documentation of Slack's describes.
        """
        began = time.perf_counter()
        status = await self._taken(body)
        self.metrics.acks.observe(time.perf_counter() - began)
        if status != ACKNOWLEDGED:
            self.metrics.refused.labels(str(status)).inc()
        return status

    async def settled(self) -> None:
        """Wait until nothing goes on that was begun after an ack."""
        while self.aside:
            await asyncio.wait(self.aside)

    async def _taken(self, body: Mapping[str, Any]) -> int:
        try:
            meaning = self.reader.meaning(body)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            about = {"error": type(error).__name__}
            log.warning("an envelope is not understood: %(error)s", about)
            return MALFORMED
        match meaning:
            case Request() as request:
                return await self._accept(self.let_in(request), body)
            case StopPressed() as pressed:
                return await self._stop(pressed)
            case other:
                self._heard(other)
        return ACKNOWLEDGED

    def _heard(self, meaning: Decision | Press | HomeOpened | Changed | None) -> None:
        """Begin what nobody has to wait for."""
        match meaning:
            case Decision() as decision:
                self._start(self._decide(decision))
            case Press() as press if self.pressed is not None:
                self._start(_quietly(self.pressed(press)))
            case HomeOpened() as opened:
                self._start(_quietly(self.home(opened)))
            case Changed(who):
                self.changed(who)
            case None | Press():
                pass

    async def _accept(self, request: Request, body: Mapping[str, Any]) -> int:
        try:
            new = await self._stored(request)
        except LedgerUnavailable:
            about = {"request": request.name}
            log.error("%(request)s was not taken: the database does not answer", about)  # noqa: TRY400 - one line says it
            return UNAVAILABLE
        if new:
            self.wake()
            event = body.get("event", {})
            about = request.about or Destination(channel="")
            origin = str(body.get("channel_id") or event.get("channel") or about.channel)
            if request.reply_to.channel == request.user and not origin.startswith("D"):
                thread = event.get("thread_ts") or about.thread_ts
                here = Destination(channel=origin, thread_ts=thread)
                self._start(_quietly(self.pointed(request, here)))
        return ACKNOWLEDGED

    async def _stored(self, request: Request) -> bool:
        """Commit a request, or say in time that it cannot be. Raises LedgerUnavailable.

        One that was given up may be stored yet; Slack tells of it again, under the same id.
        """
        if not self.database.admits():
            raise LedgerUnavailable("open")
        try:
            async with asyncio.timeout(ACCEPT_S):
                new = await self.ledger.accept(request)
        except (TimeoutError, LedgerUnavailable) as error:
            self.database.failed()
            raise LedgerUnavailable(type(error).__name__) from error
        self.database.succeeded()
        (self.metrics.accepted if new else self.metrics.duplicates.labels(request.verb)).inc()
        return new

    async def _stop(self, pressed: StopPressed) -> int:
        """End what this person asked there; it is durable before the ack."""
        here = pressed.here
        try:
            async with asyncio.timeout(ACCEPT_S):
                done = await self.ledger.stop(here.channel, here.thread_ts or "", pressed.user)
        except (TimeoutError, LedgerUnavailable):
            return UNAVAILABLE
        for request_id in done.ended:
            self.stop(request_id)
        self.wake()
        if done.others and not done.ended and self.goes_on is not None:
            self._start(_quietly(self.goes_on(pressed)))
        return ACKNOWLEDGED

    async def _decide(self, decision: Decision) -> None:
        await _quietly(self.decided(decision))
        self.wake()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.aside.add(task)
        task.add_done_callback(self.aside.discard)


class Commit(AsyncMiddleware):
    """The only middleware. As a class, because Bolt looks in a payload for what a function takes.

    That takes time, and raises where a payload is not as Bolt thinks.
    """

    def __init__(self, intake: Intake) -> None:
        """Take who takes the payloads."""
        self._intake = intake

    @override
    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse:
        """Answer; nothing comes after it."""
        wrong = problems(self._intake, req.body)
        if wrong is not None:
            kind: dict[str, Sequence[str] | str] = {"content-type": "application/json"}
            return BoltResponse(status=ACKNOWLEDGED, body=dict(wrong), headers=kind)
        return BoltResponse(status=await self._intake.take(req.body), body="")


def problems(intake: Intake, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what is to be mended in a form; what is no form has nothing."""
    try:
        return intake.checked(body)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None  # taking it says so


def bolt(client: AsyncWebClient, intake: Intake, signing_secret: str | None = None) -> AsyncApp:
    """Return the Bolt app whose first and last middleware is the intake.

    What comes over HTTP must be signed; Bolt verifies that first. The intake comes before Bolt's
    own authorisation, which asks Slack who we are before the first ack.
    """
    quiet = logging.getLogger("atelier.bolt")
    quiet.setLevel(logging.ERROR)  # it warns that a token in the environment stays unused

    return AsyncApp(
        client=client,
        logger=quiet,
        signing_secret=signing_secret,
        before_authorize=Commit(intake),
    )


async def _quietly(work: Awaitable[object]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a courtesy that fails must not end the bot
        log.warning("a side task failed with %(error)s", {"error": type(error).__name__})
