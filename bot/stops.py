"""What this process works on and may be told to stop."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Stopped(Exception):  # noqa: N818 - reads as the state it names
    """Who asked has pressed stop."""


class Stops:
    """The work under way, by the ids of the requests."""

    def __init__(self) -> None:
        """Start with nothing under way."""
        self._scopes: dict[str, asyncio.Timeout] = {}

    def stop(self, request_id: str) -> None:
        """End the work on a request at its next wait, if it is under way here."""
        scope = self._scopes.get(request_id)
        if scope is not None:
            scope.reschedule(0)  # a time long past

    @asynccontextmanager
    async def during(self, request_id: str) -> AsyncGenerator[None]:
        """Let the work in this block be stopped. Raises Stopped."""
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._scopes[request_id] = scope
                yield
        except TimeoutError as error:
            if not scope.expired():
                raise  # it is the work's own
            raise Stopped from error
        finally:
            self._scopes.pop(request_id, None)
