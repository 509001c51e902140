"""The Events API over signed HTTP: the other way to the app, chosen by a request URL.

Signature and retry headers follow docs.slack.dev/authentication/verifying-requests-from-slack and
docs.slack.dev/apis/events-api. The URL is verified by the challenge before the first envelope.
"""

import asyncio
import hashlib
import hmac
import json
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from workspace.clock import Clock
from workspace.delivery import ACK_WITHIN_S, Ack, Envelope, Waiting
from workspace.ids import Ids
from workspace.wire import Json


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's `v0` signature of a request body.

    >>> signature("local", "0", b"")[:7]
    'v0=da99'
    """
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpPoster:
    """Posts envelopes to one URL."""

    def __init__(self, clock: Clock, ids: Ids, url: str, signing_secret: str) -> None:
        """Take the app's request URL; nothing is sent yet."""
        self._clock = clock
        self._ids = ids
        self._url = url
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None
        self._verified = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def ready(self, wait_s: float) -> bool:
        """Verify the URL if that was not done yet; `wait_s` is not waited for."""
        del wait_s
        if not self._verified:
            self._verified = await self._verify()
        return self._verified

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        """Post in the background; a 2xx answer is the acknowledgement."""
        del envelope_id
        task = asyncio.get_running_loop().create_task(self._post(envelope, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def disconnect(self, how: str) -> None:
        """Drop the kept connections; `how` makes no difference here."""
        del how
        await self.close()

    async def close(self) -> None:
        """Close the client session."""
        for task in list(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, envelope: Envelope, waiting: Waiting) -> None:
        content_type, body = _body(envelope)
        headers = self._signed(body) | {"Content-Type": content_type}
        if envelope.retry_attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.retry_attempt)
            headers["X-Slack-Retry-Reason"] = f"http_{envelope.retry_reason}"
        ack = await self._exchange(headers, body)
        if not waiting.done():
            waiting.set_result(ack)

    async def _verify(self) -> bool:
        challenge = self._ids.secret()
        body = json.dumps({"type": "url_verification", "challenge": challenge, "token": "local"})
        headers = self._signed(body.encode()) | {"Content-Type": "application/json"}
        ack = await self._exchange(headers, body.encode())
        return ack is not None and challenge in str(ack.payload)

    async def _exchange(self, headers: dict[str, str], body: bytes) -> Ack | None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=2 * ACK_WITHIN_S)
            )
        try:
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return None
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            return None
        return Ack(_answer(answer.content_type, text))

    def _signed(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock.now()))
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }


def _body(envelope: Envelope) -> tuple[str, bytes]:
    if envelope.type == "events_api":
        return "application/json", json.dumps(envelope.payload).encode()
    form = envelope.payload
    if envelope.type == "interactive":
        form = {"payload": json.dumps(envelope.payload)}
    return "application/x-www-form-urlencoded", urlencode(form).encode()


def _answer(content_type: str, text: str) -> Json | None:
    if not text:
        return None
    if content_type != "application/json":
        return {"text": text}
    try:
        payload = json.loads(text)
    except ValueError:
        return None
    return payload if isinstance(payload, dict) else None
