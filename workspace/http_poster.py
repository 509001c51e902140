"""The Events API over signed HTTP: the other way to the app, chosen by request URLs.

Signature and retry headers follow docs.slack.dev/authentication/verifying-requests-from-slack and
docs.slack.dev/apis/events-api. The events' URL is verified by the challenge before the first event;
commands and interactions go out without one, as Slack sends them.
"""

import asyncio
import hashlib
import hmac
import json
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from workspace.clock import Clock
from workspace.delivery import ACK_WITHIN_S, Ack, Answer, Envelope, Failure, Waiting
from workspace.ids import Ids
from workspace.wire import Json

_REDIRECTS = 2
_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
_NOT_ACKED = Failure("http_error", "http_error")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's `v0` signature of a request body.

    >>> signature("local", "0", b"")[:7]
    'v0=da99'
    """
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def request_urls(manifest: Json) -> dict[str, str]:
    """Return a manifest's request URLs by what goes there, without those it leaves empty.

    `event`, `interactive`, `options` (menus that load their options), and each `/command`.
    """
    settings = manifest.get("settings") or {}
    interactivity = settings.get("interactivity") or {}
    commands = (manifest.get("features") or {}).get("slash_commands") or ()
    urls = {
        "event": (settings.get("event_subscriptions") or {}).get("request_url"),
        "interactive": interactivity.get("request_url"),
        "options": interactivity.get("message_menu_options_url"),
        **{str(each.get("command")): each.get("url") for each in commands},
    }
    return {kind: str(url) for kind, url in urls.items() if url}


class HttpPoster:
    """Posts envelopes to the app's URLs."""

    timeout = "http_timeout"

    def __init__(self, clock: Clock, ids: Ids, url: str, signing_secret: str) -> None:
        """Take the URL of all that has none of its own in `urls`; nothing is sent yet."""
        self.urls: dict[str, str] = {}
        self._clock = clock
        self._ids = ids
        self._url = url
        self._secret = signing_secret
        self._session: aiohttp.ClientSession | None = None
        self._verified: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ready(self, envelope: Envelope, wait_s: float) -> bool:
        """Verify an event's URL if that was not done yet; `wait_s` is not waited for."""
        del wait_s
        url = self._url_of(envelope)
        if envelope.type == "events_api" and url not in self._verified and await self._verify(url):
            self._verified.add(url)
        return url in self._verified or (envelope.type != "events_api" and bool(url))

    async def send(self, envelope_id: str, envelope: Envelope, waiting: Waiting) -> None:
        """Post in the background; a 2xx answer is the acknowledgement."""
        del envelope_id
        task = asyncio.get_running_loop().create_task(self._post(envelope, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def check_ssl(self, command: str) -> bool:
        """Ask a command's URL what Slack asks now and then: `ssl_check=1`; whether it answers."""
        envelope = Envelope(type="slash_commands", kind=command, payload={})
        form = urlencode({"ssl_check": "1", "token": "local"}).encode()
        answer = await self._exchange(
            self._url_of(envelope), self._headers(form, is_form=True), form
        )
        return isinstance(answer, Ack)

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
        is_form, body = _body(envelope)
        headers = self._headers(body, is_form=is_form)
        if envelope.retry_attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.retry_attempt)
            headers["X-Slack-Retry-Reason"] = envelope.retry_reason
        answer = await self._exchange(self._url_of(envelope), headers, body)
        if not waiting.done():
            waiting.set_result(answer)

    async def _verify(self, url: str) -> bool:
        challenge = self._ids.secret()
        ask = {"type": "url_verification", "challenge": challenge, "token": "local"}
        body = json.dumps(ask).encode()
        answer = await self._exchange(url, self._headers(body, is_form=False), body)
        return isinstance(answer, Ack) and challenge in str(answer.payload)

    async def _exchange(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """Post; return the acknowledgement, or the failure under Slack's name for it."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=2 * ACK_WITHIN_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        try:
            async with self._session.post(
                url, data=body, headers=headers, max_redirects=_REDIRECTS + 1
            ) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return _failure(error)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            wants_no_more = answer.headers.get("X-Slack-No-Retry") == "1"
            return Failure("http_error", "http_error", retry=False) if wants_no_more else _NOT_ACKED
        return Ack(_answer(answer.content_type, text))

    def _url_of(self, envelope: Envelope) -> str:
        if envelope.type == "slash_commands":
            return self.urls.get(envelope.kind, self._url)
        if envelope.type == "events_api":
            return self.urls.get("event", self._url)
        interactive = self.urls.get("interactive", self._url)
        is_menu = envelope.kind == "block_suggestion"
        return self.urls.get("options", interactive) if is_menu else interactive

    def _headers(self, body: bytes, *, is_form: bool) -> dict[str, str]:
        timestamp = str(int(self._clock.now()))
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        return {
            "Content-Type": kind,
            "User-Agent": _AGENT,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }


def _failure(error: Exception) -> Failure:
    """Name a failure as Slack does in `x-slack-retry-reason`."""
    match error:
        case TimeoutError():
            reason = "http_timeout"
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            reason = "ssl_error"
        case aiohttp.TooManyRedirects():
            reason = "too_many_redirects"
        case aiohttp.ClientConnectionError():
            reason = "connection_failed"
        case _:
            reason = "unknown_error"
    return Failure(reason, reason)


def _body(envelope: Envelope) -> tuple[bool, bytes]:
    """Return whether the body is a form, and the body."""
    if envelope.type == "events_api":
        return False, json.dumps(envelope.payload).encode()
    form = envelope.payload
    if envelope.type == "interactive":
        form = {"payload": json.dumps(envelope.payload)}
    return True, urlencode(form).encode()


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
