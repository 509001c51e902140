"""Getting an envelope to the app: acknowledgement within 3 s, redelivery of events, the log.

How it travels is a `Carrier` (Socket Mode or signed HTTP). Redelivery follows Slack's documented
schedule: at once, after a minute, after five minutes. Only events are redelivered; a slash command
or an interaction that is not acknowledged is shown to the person as failed.

Every attempt is a row of `log` whose `outcome` says what became of it: `acked`; `no_ack` (nothing
came within 3 s), `dropped` (by a fault), `no_connection`, or the reason that the carrier gives,
such as `http_error`; `stopped` with the workspace; `pending` and `held` (by a fault) until then. An
event that was not even attempted is a row too: `not_subscribed` or `rate_limited`. The last attempt
of an event that was never acknowledged has `given_up`.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from workspace.clock import Clock
from workspace.faults import Effect, Faults
from workspace.ids import Ids
from workspace.journal import Journal
from workspace.wire import Json

ACK_WITHIN_S = 3.0
RETRY_AFTER_S = (0.0, 60.0, 300.0)
_LOGGED = 100_000
_PAYLOADS_KEPT = 2_000
_SENT, _ACKED = "out", "ack"


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


@dataclass(frozen=True, slots=True)
class Failure:
    """No acknowledgement: the `outcome` of the row, Slack's name for it, whether to try again."""

    outcome: str
    reason: str = ""
    retry: bool = True


_STOPPED = Failure("stopped", retry=False)

Answer: TypeAlias = Ack | Failure
Waiting: TypeAlias = asyncio.Future[Answer]


class Carrier(Protocol):
    """A way to the app."""

    timeout: str
    """Slack's name for an acknowledgement that did not come in time."""

    async def ready(self, envelope: Envelope, wait_s: float) -> bool:
        """Wait until this envelope can be sent, at most `wait_s`."""
        ...

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        """Send, and see to it that `waiting` receives the acknowledgement or the failure."""
        ...

    async def disconnect(self, how: str) -> None:
        """Break the connections: `soft`, `hard`, `warning` or `link_disabled`."""
        ...


class Dispatcher:
    """Sends envelopes over the carrier and remembers what became of each."""

    def __init__(self, clock: Clock, ids: Ids, faults: Faults, journal: Journal) -> None:
        """Start without a carrier; `carrier` is set before the first envelope."""
        self.log: deque[Json] = deque(maxlen=_LOGGED)
        self.sent: deque[tuple[Json, Envelope]] = deque(maxlen=_PAYLOADS_KEPT)
        self.carrier: Carrier
        self.befall: Callable[[Effect], Awaitable[None]] = self._disconnect
        self._clock = clock
        self._ids = ids
        self._faults = faults
        self._journal = journal
        self._tasks: set[asyncio.Task[Ack | None]] = set()
        self._waiting: set[Waiting] = set()
        self._held: list[tuple[int, Waiting]] = []
        self._is_stopped = False

    def publish(self, envelope: Envelope) -> asyncio.Task[Ack | None]:
        """Send in the background, with redeliveries; the task ends with the ack or None."""
        task = asyncio.get_running_loop().create_task(self._insist(envelope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def deliver(self, envelope: Envelope) -> Ack | None:
        """Send once and wait for the acknowledgement; None when there was none within 3 s."""
        _, answer = await self._attempt(envelope, ACK_WITHIN_S)
        return answer if isinstance(answer, Ack) else None

    def skip(self, kind: str, outcome: str) -> None:
        """Note an event that the app is not sent."""
        self.log.append(_row("", Envelope(type="events_api", kind=kind, payload={}), outcome))

    async def stop(self) -> None:
        """Give up everything that is still on its way; whoever waits for it is told so."""
        self._is_stopped = True
        for waiting in list(self._waiting):
            _settle(waiting, _STOPPED)
        tasks = list(self._tasks)
        _, late = await asyncio.wait(tasks, timeout=0.5) if tasks else (None, set())
        for task in late:
            task.cancel()

    async def _insist(self, envelope: Envelope) -> Ack | None:
        """Attempt, and attempt again on the schedule; wait for a connection between attempts."""
        patience_s = (ACK_WITHIN_S, *RETRY_AFTER_S[1:], ACK_WITHIN_S)
        started = self._clock.now()
        row, answer = await self._attempt(envelope, patience_s[0])
        for attempt, pause_s in enumerate(RETRY_AFTER_S, start=1):
            if isinstance(answer, Ack):
                return answer
            failed = min(self._clock.now(), started + ACK_WITHIN_S)
            if not answer.retry or not await self._pause(failed + pause_s - self._clock.now()):
                break
            started = self._clock.now()
            reason = answer.reason or self.carrier.timeout
            row, answer = await self._attempt(envelope.again(attempt, reason), patience_s[attempt])
        if isinstance(answer, Ack):
            return answer
        row["given_up"] = True
        return None

    async def _attempt(self, envelope: Envelope, patience_s: float) -> tuple[Json, Answer]:
        """Send once; return the row of the log and what came of it."""
        effect = self._faults.for_envelope((envelope.type, envelope.kind))
        row = self._note(envelope)
        if effect.late_s or effect.reorder:
            await self._hold(row, effect)
        if effect.happens:
            await self.befall(effect)
        if effect.reset == "before":
            await self.carrier.disconnect("hard")
        answer: Answer = Failure("no_connection")
        if self._is_stopped:
            answer = _STOPPED
        elif await self.carrier.ready(envelope, patience_s):
            answer = await self._send(row, envelope, effect)
        acked = isinstance(answer, Ack)
        row |= {"acked": acked, "outcome": "acked" if isinstance(answer, Ack) else answer.outcome}
        self._publish(_ACKED, row)
        return row, answer

    async def _send(self, row: Json, envelope: Envelope, effect: Effect) -> Answer:
        waiting = self._wait(ACK_WITHIN_S, Failure("dropped" if effect.drop else "no_ack"))
        if not effect.drop:
            await self.carrier.send(row["envelope_id"], envelope, waiting)
        for _ in range(effect.duplicate):
            await self._copy(row["envelope_id"], envelope)
        if effect.reset == "after":
            await self.carrier.disconnect("hard")
        if self._held:
            self._let_go()
        answer = await waiting
        if effect.delay_s and not await self._pause(min(effect.delay_s, ACK_WITHIN_S)):
            return _STOPPED
        return Failure("no_ack") if effect.delay_s >= ACK_WITHIN_S else answer

    async def _copy(self, envelope_id: str, envelope: Envelope) -> None:
        """Send the same thing once more; nobody waits for its acknowledgement, but it is noted."""
        row = self._note(envelope)
        row["copy_of"] = envelope_id
        waiting = self._wait(ACK_WITHIN_S, Failure("no_ack"))
        waiting.add_done_callback(functools.partial(_conclude, row))
        await self.carrier.send(row["envelope_id"], envelope, waiting)

    async def _disconnect(self, effect: Effect) -> None:
        if effect.disconnect is not None:
            await self.carrier.disconnect(effect.disconnect)

    async def _hold(self, row: Json, effect: Effect) -> None:
        """Keep an envelope back: for a time, or until others have gone out (3 s at the most)."""
        row["outcome"] = "held"
        if effect.late_s:
            await self._pause(effect.late_s)
        if effect.reorder:
            waiting = self._wait(ACK_WITHIN_S, _STOPPED)
            self._held.append((effect.reorder, waiting))
            await waiting

    def _let_go(self) -> None:
        """Count one envelope that went out; send those that have let enough others pass."""
        kept: list[tuple[int, Waiting]] = []
        for left, waiting in self._held:
            if left > 1:
                kept.append((left - 1, waiting))
            else:
                _settle(waiting, _STOPPED)
        self._held = kept

    async def _pause(self, seconds: float) -> bool:
        """Wait on the clock; False when the workspace stops meanwhile."""
        if seconds > 0:
            await self._wait(seconds, _STOPPED)
        return not self._is_stopped

    def _wait(self, seconds: float, otherwise: Answer) -> Waiting:
        """Return something to be answered within so many seconds, else with `otherwise`."""
        waiting: Waiting = asyncio.get_running_loop().create_future()
        if self._is_stopped:
            waiting.set_result(_STOPPED)
            return waiting
        alarm = self._clock.after(seconds, functools.partial(_settle, waiting, otherwise))
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)
        waiting.add_done_callback(lambda _: alarm.cancel())
        return waiting

    def _note(self, envelope: Envelope) -> Json:
        """Write a row for an envelope that is about to go out."""
        row = _row(self._ids.envelope(), envelope, "pending")
        self.log.append(row)
        self.sent.append((row, envelope))
        self._publish(_SENT, row)
        return row

    def _publish(self, direction: str, row: Json) -> None:
        self._journal.publish({"type": "envelope", "direction": direction, "summary": dict(row)})


def _settle(waiting: Waiting, answer: Answer) -> None:
    if not waiting.done():
        waiting.set_result(answer)


def _conclude(row: Json, waiting: Waiting) -> None:
    answer = waiting.result()
    row["acked"] = isinstance(answer, Ack)
    row["outcome"] = "acked" if isinstance(answer, Ack) else answer.outcome


def _row(envelope_id: str, envelope: Envelope, outcome: str) -> Json:
    return {
        "envelope_id": envelope_id,
        "type": envelope.type,
        "kind": envelope.kind,
        "event_id": envelope.payload.get("event_id", ""),
        "retry_attempt": envelope.retry_attempt,
        "retry_reason": envelope.retry_reason,
        "acked": False,
        "outcome": outcome,
    }
