"""How much of a server's answer is read at all, and in which form: plain JSON or plain events.

A server of models may be anybody's, or a proxy that stands before it. What it sends is refused
before a library makes objects of it: compressed bodies (a small one may unpack to gigabytes), pages
for people, and more bytes than any answer needs. Knows nothing of what an answer says.
"""

from collections.abc import AsyncIterator
from email.message import Message
from typing import Final

import httpx2
from typing_extensions import override

from generators.draft import EngineCrashed, EngineUnavailable

MIB: Final = 1 << 20
BODY_BYTES: Final = 64 * MIB
"""Of one answer: eight pictures of 2,048 pixels a side, or 256 vectors, are less."""
EVENTS_BYTES: Final = 32 * MIB
"""Of all events of one stream: some 80,000 pieces of text."""
LINE_BYTES: Final = MIB
ERROR_BYTES: Final = MIB
PLAIN: Final = "identity"
"""The value of Accept-Encoding under which a server may not compress."""
_EVENTS: Final = "text/event-stream"


async def bounded(response: httpx2.Response) -> None:
    """Refuse what is no answer of an API and bound the rest: a hook of the HTTP client.

    Raises EngineUnavailable, and EngineCrashed while the answer is read.
    """
    if response.headers.get("content-encoding", PLAIN).strip().lower() not in {"", PLAIN}:
        raise EngineUnavailable("The engine compresses its answers though it was told not to.")
    kind = _kind(response.headers.get("content-type", ""))
    if response.is_success and kind != _EVENTS and not _is_json(kind):
        raise EngineUnavailable("Something that is no engine answers at its address.")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        pictures = "/images/" in response.request.url.path
        response.stream = _Counted(
            response.stream, kind, succeeded=response.is_success, pictures=pictures
        )


class _Counted(httpx2.AsyncByteStream):
    """The bytes of an answer, up to a limit."""

    def __init__(
        self, inner: httpx2.AsyncByteStream, kind: str, *, succeeded: bool, pictures: bool
    ) -> None:
        self._inner = inner
        self._in_lines = kind == _EVENTS and not pictures  # a picture is one line
        usual = EVENTS_BYTES if self._in_lines else BODY_BYTES
        self._most = usual if succeeded else ERROR_BYTES

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = line = 0
        async for piece in self._inner:
            read += len(piece)
            ended = piece.rfind(b"\n")
            line = line + len(piece) if ended < 0 else len(piece) - ended - 1
            if read > self._most or (self._in_lines and line > LINE_BYTES):
                raise EngineCrashed("The engine's answer has no end.")
            yield piece

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def _kind(told: str) -> str:
    header = Message()
    header["content-type"] = told
    return header.get_content_type()


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")
