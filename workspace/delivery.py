"""Getting an envelope to the app: acknowledgement within 3 s, redelivery of events, the log.

How it travels is a `Carrier` (Socket Mode or signed HTTP). Redelivery follows Slack's documented
schedule: at once, after a minute, after five minutes. Only events are redelivered; a slash command
or an interaction that is not acknowledged is shown to the person as failed.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

from workspace.clock import Clock
from workspace.faults import Effect, Faults
from workspace.ids import Ids
from workspace.journal import Journal
from workspace.wire import Json

ACK_WITHIN_S = 3.0
RETRY_AFTER_S = (0.0, 60.0, 300.0)
_LOGGED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the app is sent. `kind` is the event's or the interaction's own type."""

    type: str
    kind: str
    payload: Json
    accepts_response: bool = False
    retry_attempt: int = 0
    retry_reason: str = ""

    def again(self, attempt: int, reason: str) -> "Envelope":
        """Return the same thing as a redelivery."""
        return replace(self, retry_attempt=attempt, retry_reason=reason)


@dataclass(frozen=True, slots=True)
class Ack:
    """The app's acknowledgement; `payload` is what it answered with, if anything."""

    payload: Json | None = None


Waiting = asyncio.Future[Ack | None]


class Carrier(Protocol):
    """A way to the app."""

    async def ready(self, wait_s: float) -> bool:
        """Wait until something can be sent, at most `wait_s`."""
        ...

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        """Send, and see to it that `waiting` receives the acknowledgement (None: refused)."""
        ...

    async def disconnect(self, how: str) -> None:
        """Break the connections: `soft` announces it, `hard` does not."""
        ...


class Dispatcher:
    """Sends envelopes over the carrier and remembers what became of each."""

    def __init__(self, clock: Clock, ids: Ids, faults: Faults, journal: Journal) -> None:
        """Start without a carrier; `carrier` is set before the first envelope."""
        self.log: deque[Json] = deque(maxlen=_LOGGED)
        self.carrier: Carrier
        self._clock = clock
        self._ids = ids
        self._faults = faults
        self._journal = journal
        self._tasks: set[asyncio.Task[Ack | None]] = set()

    def publish(self, envelope: Envelope) -> asyncio.Task[Ack | None]:
        """Send in the background, with redeliveries; the task ends with the ack or None."""
        task = asyncio.get_running_loop().create_task(self._insist(envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def deliver(self, envelope: Envelope) -> Ack | None:
        """Send once and wait for the acknowledgement; None when there was none within 3 s."""
        return await self._attempt(envelope, ACK_WITHIN_S)

    def skip(self, kind: str, outcome: str) -> None:
        """Note an event that the app is not sent."""
        self.log.append(_row("", Envelope(type="events_api", kind=kind, payload={}), outcome))

    async def stop(self) -> None:
        """Give up everything that is still on its way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _insist(self, envelope: Envelope) -> Ack | None:
        """Attempt, and attempt again on the schedule; wait for a connection between attempts."""
        patience_s = (ACK_WITHIN_S, *RETRY_AFTER_S[1:], ACK_WITHIN_S)
        started = self._clock.now()
        ack = await self._attempt(envelope, patience_s[0])
        for attempt, pause_s in enumerate(RETRY_AFTER_S, start=1):
            if ack is not None:
                break
            due = started + ACK_WITHIN_S + pause_s
            await self._clock.sleep(max(0.0, due - self._clock.now()))
            started = self._clock.now()
            ack = await self._attempt(envelope.again(attempt, "timeout"), patience_s[attempt])
        return ack

    async def _attempt(self, envelope: Envelope, patience_s: float) -> Ack | None:
        effect = self._faults.for_envelope((envelope.type, envelope.kind))
        if effect.late_s or effect.delay_s:
            await self._clock.sleep(effect.late_s + effect.delay_s)
        if effect.disconnect or effect.reset == "before":
            await self.carrier.disconnect(effect.disconnect or "hard")
        row = _row(self._ids.envelope(), envelope, "pending")
        self.log.append(row)
        self._journal.publish({"type": "envelope", "direction": "out", "summary": dict(row)})
        if not await self.carrier.ready(patience_s):
            row["outcome"] = "no_connection"
            return None
        ack = await self._send(row["envelope_id"], envelope, effect)
        row |= {"acked": ack is not None, "outcome": "acked" if ack else "no_ack"}
        self._journal.publish({"type": "envelope", "direction": "ack", "summary": dict(row)})
        return ack

    async def _send(self, envelope_id: str, envelope: Envelope, effect: Effect) -> Ack | None:
        waiting: Waiting = asyncio.get_running_loop().create_future()
        alarm = self._clock.after(ACK_WITHIN_S, lambda: _give_up(waiting))
        try:
            if not effect.drop:
                await self.carrier.send(envelope_id, envelope, waiting)
            for _ in range(effect.duplicate):
                copy: Waiting = asyncio.get_running_loop().create_future()
                await self.carrier.send(self._ids.envelope(), envelope, copy)
            if effect.reset == "after":
                await self.carrier.disconnect("hard")
            return await waiting
        finally:
            alarm.cancel()


def _give_up(waiting: Waiting) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _row(envelope_id: str, envelope: Envelope, outcome: str) -> Json:
    return {
        "envelope_id": envelope_id,
        "type": envelope.type,
        "kind": envelope.kind,
        "retry_attempt": envelope.retry_attempt,
        "acked": False,
        "outcome": outcome,
    }
