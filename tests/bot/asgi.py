"""Calls an ASGI app without a socket, as strictly as a server would."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.intake.events import PATH

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_531_420_618

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


def signature(raw: bytes, timestamp: bytes, secret: str = SECRET) -> bytes:
    base = b"v0:" + timestamp + b":" + raw
    return b"v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest().encode()


def signed(
    raw: bytes, *, now: float = NOW, kind: str = "application/json", secret: str = SECRET
) -> Headers:
    """Return the headers of a request as Slack signs it."""
    timestamp = str(int(now)).encode()
    return [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(raw)).encode()),
        (b"x-slack-request-timestamp", timestamp),
        (b"x-slack-signature", signature(raw, timestamp, secret)),
    ]


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


FORM = "application/x-www-form-urlencoded"


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


async def call(
    app: Callable[..., Any],
    raw: bytes | Iterable[bytes] = b"",
    headers: Headers = [],  # noqa: B006 - nobody changes it
    *,
    path: str = PATH,
    method: str = "POST",
) -> Answer:
    """Send one request; the pieces of its body come one after another."""
    pieces = [raw] if isinstance(raw, bytes) else [*raw]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    if isinstance(raw, bytes):
        messages = [{"type": "http.request", "body": raw}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": headers}
    await app(scope, receive, send)
    start, end = sent
    return Answer(start["status"], dict(start["headers"]), end["body"])
