"""Everything that was shown or happened, in order: the page's stream and the tests' evidence.

Objects in it are never changed after they are published; every later state is a new record.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from workspace.clock import Clock
from workspace.wire import Json

_KEPT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event. `audience` None means the developer stream; `shown` says what a person saw."""

    id: int
    at: float
    event: Json
    audience: frozenset[str] | None
    shown: str | None

    def is_for(self, user: str) -> bool:
        """Tell whether this person's page receives it."""
        return self.audience is None or user in self.audience


class Journal:
    """An append-only list with followers; the oldest half goes when it is full (400,000)."""

    def __init__(self, clock: Clock) -> None:
        """Start empty."""
        self._clock = clock
        self._records: list[Record] = []
        self._dropped = 0
        self._followers: set[asyncio.Event] = set()
        self._is_closed = False

    @property
    def last_id(self) -> int:
        """The id of the newest record; 0 when there is none."""
        return self._dropped + len(self._records)

    def publish(
        self, event: Json, audience: frozenset[str] | None = None, shown: str | None = None
    ) -> None:
        """Append an event and wake the followers."""
        self._records.append(
            Record(
                id=self.last_id + 1,
                at=self._clock.now(),
                event=event,
                audience=audience,
                shown=shown,
            )
        )
        if len(self._records) > 2 * _KEPT:
            del self._records[:_KEPT]
            self._dropped += _KEPT
        for follower in self._followers:
            follower.set()

    def close(self) -> None:
        """End every `follow` once it has yielded what there is."""
        self._is_closed = True
        for follower in self._followers:
            follower.set()

    def since(self, after_id: int, user: str) -> Iterator[Record]:
        """Return the records after `after_id` that this person's page receives."""
        start = max(0, after_id - self._dropped)
        return (record for record in self._records[start:] if record.is_for(user))

    def shown_to(self, user: str) -> list[Record]:
        """Return what this person has been shown, each state of it, oldest first."""
        return [record for record in self.since(0, user) if record.shown is not None]

    async def follow(
        self, after_id: int, user: str, *, idle_s: float = 15.0
    ) -> AsyncGenerator[Record | None, None]:
        """Yield records as they come; None after `idle_s` without any (time for a heartbeat)."""
        news = asyncio.Event()
        self._followers.add(news)
        try:
            while True:
                news.clear()
                found = list(self.since(after_id, user))
                after_id = self.last_id
                for record in found:
                    yield record
                if self._is_closed:
                    return
                if not await _within(news, idle_s):
                    yield None
        finally:
            self._followers.discard(news)


async def _within(news: asyncio.Event, idle_s: float) -> bool:
    try:
        async with asyncio.timeout(idle_s):
            return await news.wait()
    except TimeoutError:
        return False
