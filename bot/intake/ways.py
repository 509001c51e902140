"""The two ways in: connections that the bot opens, or signed HTTP that Slack posts."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from bot.intake.events import PATH
from bot.intake.http import Door
from bot.life.listener import Listener


class Way(Protocol):
    """How what Slack sends gets to the bot."""

    @property
    def up(self) -> bool:
        """Whether anything can get in now."""
        ...

    @property
    def silent_s(self) -> float:
        """Seconds since Slack sent anything at all."""
        ...

    @property
    def url(self) -> str:
        """Where Slack has to post to; empty where it has not."""
        ...

    async def open(self) -> None:
        """Let Slack in, or be ready to once `watch` runs."""
        ...

    async def watch(self) -> None:
        """Keep the way open, until cancelled; an error says that it cannot be."""
        ...

    async def close(self) -> None:
        """Let nothing more in, once what came is answered."""
        ...

    async def abandon(self) -> None:
        """Let nothing more in, at once."""
        ...


@dataclass(slots=True, kw_only=True)
class Post:
    """HTTP: a listener with the gate behind it."""

    door: Door
    host: str
    port: int
    _listener: Listener | None = field(default=None, init=False)

    @property
    def up(self) -> bool:
        """Whether it listens."""
        return self._listener is not None and self._listener.started

    @property
    def silent_s(self) -> float:
        """Not known, and no sign of trouble: there is no connection that could be dead."""
        return 0.0

    @property
    def url(self) -> str:
        """Where it listens; the proxy before it has another name."""
        return f"{self._listener.url}{PATH}" if self._listener else ""

    async def open(self) -> None:
        """Take the port. Raises OSError."""
        self._listener = Listener(self.door, self.host, self.port)

    async def watch(self) -> None:
        """Answer; once it was closed, only wait to be cancelled."""
        if self._listener is not None:
            await self._listener.run_until_stopped()
        if self._listener is None or self._listener.should_exit:
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Take nothing new, and finish what is being answered."""
        if self._listener is not None:
            await self._listener.stop()

    async def abandon(self) -> None:
        """Nothing is left to close: it ends with `watch`."""
