"""The gate at the door: what comes over HTTP, judged before anything of it is parsed.

In this order, and each refused with an empty body: the place (404, 405), ASCII headers (400), at
most 1 MiB in at most 5 s (413, 408), a fresh signature of Slack's that was not seen before (401),
an object of reasonable depth (400). Only then does Bolt get it, and verifies the signature itself.

Slack signs the body and the time of sending (docs.slack.dev/authentication/verifying-requests-from-
slack), so a delivery that it repeats has a signature of its own, and is no replay.
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.intake.events import PATH

MAX_BODY_BYTES = 1 << 20
READ_S = 5.0
FRESH_S = 300
"""How far Slack's clock and ours may be apart (Slack's own advice)."""
SEEN_S = 2 * FRESH_S
SEEN = 100_000
"""Signatures that are remembered; more than 166 a second would push out the oldest."""
MAX_DEPTH = 64
MAX_FIELDS = 64

_TIMESTAMP = re.compile(rb"[0-9]{10}")
_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_ONCE = frozenset(
    {b"content-type", b"content-length", b"x-slack-signature", b"x-slack-request-timestamp"}
)
"""Headers of which a second one could say something else to whoever reads the other one."""
_NESTED = (dict, list)
_OK = 200
RETRY_REASONS = frozenset(
    {
        "http_timeout",
        "connection_failed",
        "http_error",
        "ssl_error",
        "too_many_redirects",
        "unknown_error",
    }
)
"""docs.slack.dev/apis/events-api, Retries."""

Json = dict[str, Any]
Headers = Mapping[bytes, bytes]
Receive = Callable[[], Awaitable[Json]]
Send = Callable[[Json], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A request that passed: its body as it was signed and as it was read, and its headers."""

    raw: str
    body: Json
    headers: dict[str, str]


class Refused(Exception):  # noqa: N818 - reads as the state it names
    """It does not come in; `status` says which kind of no."""

    def __init__(self, status: int) -> None:
        """Take the HTTP status."""
        super().__init__(status)
        self.status = status


class Gone(Exception):  # noqa: N818 - reads as the state it names
    """Whoever asked went away."""


class Seen:
    """Signatures that were let in within the last ten minutes. Only Slack's own fill it."""

    def __init__(self, now: Callable[[], float] = time.monotonic, most: int = SEEN) -> None:
        """Remember nothing yet."""
        self._now = now
        self._most = most
        self._until: dict[bytes, float] = {}

    def add(self, signature: bytes) -> bool:
        """Remember a signature; False when it is known."""
        now = self._now()
        while self._until and (
            next(iter(self._until.values())) <= now or len(self._until) >= self._most
        ):
            del self._until[next(iter(self._until))]
        if signature in self._until:
            return False
        self._until[signature] = now + SEEN_S
        return True

    def forget(self, signature: bytes) -> None:
        """Let a signature in again: what it came with was not taken."""
        self._until.pop(signature, None)


def _untold(_number: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The ASGI app that Slack posts to."""

    secret: str
    """Slack's signing secret."""
    take: Callable[[Posted], Awaitable[int]]
    """Takes what passed, and returns the status to answer with."""
    now: Callable[[], float] = time.time
    seen: Seen = field(default_factory=Seen)
    refused: Callable[[str], None] = _untold
    """Told the status of each request that does not come in."""
    checked: Callable[[Json], Mapping[str, Any] | None] = lambda _body: None
    """Returns what is to be mended in a form, which then is not taken; None where nothing is."""
    repeated: Callable[[str], None] = _untold
    """Told why Slack sends again what it sent before; nothing else depends on that."""

    async def __call__(self, scope: Json, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        try:
            status, body = await self._answer(scope, receive)
        except Refused as refused:
            self.refused(str(refused.status))
            status, body = refused.status, b""
        except Gone:
            return
        await _send(send, status, body)

    async def _answer(self, scope: Json, receive: Receive) -> tuple[int, bytes]:
        if scope["path"] != PATH:
            raise Refused(404)
        if scope["method"] != "POST":
            raise Refused(405)
        headers = _headers(scope["headers"])
        raw = await _body(headers, receive)
        signature = self._signed(headers, raw)
        status = 0
        try:
            posted = _posted(headers, raw)
            if b"x-slack-retry-num" in headers:
                self.repeated(_reason(headers))
            said = _formality(posted.body)
            wrong = self.checked(posted.body) if said is None else None
            said = json.dumps(wrong).encode() if wrong is not None else said
            status = await self.take(posted) if said is None else _OK
        finally:
            if status != _OK:
                self.seen.forget(signature)
        return status, said or b""

    def _signed(self, headers: Headers, raw: bytes) -> bytes:
        """Return the signature, which is Slack's, of these minutes, and new. Raises Refused."""
        timestamp = headers.get(b"x-slack-request-timestamp", b"")
        signature = headers.get(b"x-slack-signature", b"")
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            raise Refused(401)
        if abs(self.now() - int(timestamp)) > FRESH_S:
            raise Refused(401)
        base = b"v0:" + timestamp + b":" + raw
        ours = b"v0=" + hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest().encode()
        if not hmac.compare_digest(ours, signature) or not self.seen.add(timestamp + signature):
            raise Refused(401)
        return timestamp + signature


def passing(app: AsyncApp) -> Callable[[Posted], Awaitable[int]]:
    """Return what hands to Bolt, which must know the signing secret, what passed the gate."""

    async def take(posted: Posted) -> int:
        try:
            request = AsyncBoltRequest(body=posted.raw, headers=dict(posted.headers))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
            raise Refused(400) from None  # Bolt looks for teams and users where a number stands
        # Bolt takes any form with the word "payload" in it for an interaction, and drops commands.
        request.body = posted.body
        return (await app.async_dispatch(request)).status

    return take


def _headers(given: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in given:
        if not (name.isascii() and value.isascii()) or (name in _ONCE and name in headers):
            raise Refused(400)
        headers[name] = value
    return headers


async def _body(headers: Headers, receive: Receive) -> bytes:
    """Read the body, and of one that is too large no more than it takes to know."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit():
        raise Refused(400)
    if int(length[:20]) > MAX_BODY_BYTES:
        raise Refused(413)
    raw = bytearray()
    try:
        async with asyncio.timeout(READ_S):
            async for chunk in _chunks(receive):
                raw += chunk
                if len(raw) > MAX_BODY_BYTES:
                    raise Refused(413)
    except TimeoutError:
        raise Refused(408) from None
    return bytes(raw)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        more = bool(message.get("more_body"))
        yield message.get("body", b"")


def _posted(headers: Headers, raw: bytes) -> Posted:
    """Read a body as the object or form that it must be. Raises Refused."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode()
    try:
        text = raw.decode()
        match kind:
            case "application/json":
                body = _object(text)
            case "application/x-www-form-urlencoded":
                body = _form(text)
            case _:
                raise Refused(400)
    except (ValueError, RecursionError):
        raise Refused(400) from None
    passed = (b"x-slack-signature", b"x-slack-request-timestamp")
    signed = {name.decode(): headers[name].decode() for name in passed}
    return Posted(text, body, {"content-type": kind, **signed})


def _object(text: str) -> Json:
    """Return a JSON object of at most 64 levels. Raises Refused, ValueError, RecursionError."""
    value = json.loads(text)
    brackets = text.count("{") + text.count("[")
    if not isinstance(value, dict) or (brackets > MAX_DEPTH and _too_deep(value)):
        raise Refused(400)
    return value


def _form(text: str) -> Json:
    """Return a form's fields, or the object in its `payload`. Raises what `_object` raises."""
    if text.startswith("{"):  # Bolt would read it as JSON
        raise Refused(400)
    fields = dict(
        parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    )
    if not fields:
        raise Refused(400)
    return _object(fields["payload"]) if "payload" in fields else fields


def _too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterator[object]:
    match value:
        case dict():
            yield from (each for each in value.values() if isinstance(each, _NESTED))
        case list():
            yield from (each for each in value if isinstance(each, _NESTED))


def _formality(body: Json) -> bytes | None:
    """Return what Slack's two checks of the URL are answered; None for everything else."""
    if body.get("type") == "url_verification":
        challenge = body.get("challenge")
        if not isinstance(challenge, str) or not challenge.isprintable():
            raise Refused(400)
        return json.dumps({"challenge": challenge}).encode()
    return b"" if body.get("ssl_check") == "1" else None


def _reason(headers: Headers) -> str:
    reason = headers.get(b"x-slack-retry-reason", b"").decode()
    return reason if reason in RETRY_REASONS else "other"


async def _send(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
