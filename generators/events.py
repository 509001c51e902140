"""The events of a streamed answer, read so that nothing of the reading outlives the call.

The SDK's own reader leaves generators that are nested in each other to the garbage collector
wherever an answer ends early: they are closed in any order then, also after their loop is gone.
Knows nothing of what an answer says.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Final

import httpx2

from generators.draft import DeadlineExceeded, EngineCrashed

Event = Mapping[str, object]
DONE: Final = "[DONE]"
_ENDS: Final = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""Of lines; a carriage return at the end of what came may be half of one."""


async def events(response: httpx2.Response) -> AsyncGenerator[Event, None]:
    """Yield the JSON object of each event, up to the end; the response is closed afterwards.

    Raises ValueError for what is no such object, Refused for an error; DeadlineExceeded where the
    server is silent for too long, EngineCrashed where it breaks off.
    """
    heard = _Heard()
    try:
        async with aclosing(response.aiter_bytes()) as pieces:
            async for piece in pieces:
                for said in heard.of(piece):
                    if said.startswith(DONE):
                        return
                    yield _object(said)
    except httpx2.TimeoutException as error:
        raise DeadlineExceeded("The engine took too long.") from error
    except httpx2.RequestError as error:
        raise EngineCrashed("The engine broke off.") from error


class Refused(ValueError):  # noqa: N818 - reads as what happened
    """An event tells of an error, of this type, as the OpenAI API names them."""

    def __init__(self, kind: str) -> None:
        """Take the type, which may be empty; what the event says of it could quote a prompt."""
        super().__init__("An event tells of an error.")
        self.kind = kind


class _Heard:
    """Bytes as lines, and lines as what an event says: the part of the format that is in use."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []
        self._data: list[str] = []

    def of(self, piece: bytes) -> Iterator[str]:
        """Return what the events say that end with a further piece."""
        self._begun.append(piece)
        if b"\n" not in piece and b"\r" not in piece:
            return
        *lines, rest = _ENDS.split(b"".join(self._begun))
        self._begun = [rest]
        for line in lines:
            name, _, value = line.decode().partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif not line and self._data:
                yield "\n".join(self._data)
                self._data.clear()


def _object(said: str) -> Event:
    told = json.loads(said)
    if not isinstance(told, dict):
        raise ValueError("An event is no part of an answer.")  # noqa: TRY004 - so for all senseless
    if error := told.get("error"):
        raise Refused(str(error.get("type", "")) if isinstance(error, dict) else "")
    return told
