"""Reads what a request is about: the thread or the channel it was asked in. Writes nothing."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.intake.attached import Attached
from bot.intake.escaped import plain
from bot.intake.events import typed_id
from bot.intake.following import AT
from bot.intake.pictured import pictures_of
from bot.settings import Verb
from generators.draft import ContextUnavailable, EngineUnavailable, Line, Request

THREAD_LINES = 100
CHANNEL_LINES = 200
PAGE_LINES = 200
"""Of a thread that is read to its end, at a time."""
THREADS = 20
"""How many of a channel's threads are read in full; Slack takes about 50 such calls a minute."""
NEWEST = 20
"""Direct messages among which the one that asks is looked for."""
PAGES = 5
"""Of a channel's history, for a digest that goes on from the last one."""
OLD_THREADS_S = 7 * 24 * 3600
"""How old a message may be whose new replies such a digest still sees."""
TOO_MANY = 429
DEFAULT_HOURS = 24
MAX_HOURS = 24 * 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Fetches messages as lines: author, text, time, link."""

    client: AsyncWebClient
    verbs: Mapping[str, Verb]
    team_url: str
    names: dict[str, str] = field(default_factory=dict)
    """People's names by id, filled as they are met."""

    async def gather(self, request: Request) -> Request:
        """Return the request with the messages that its verb reads. Raises GenerationError."""
        to, files = request.about or request.reply_to, self.verbs[request.verb].files
        try:
            messages = await self._messages(request)
            if messages is None:
                return request
            if at := request.flags.get(AT):
                messages = [message for message in messages if message["ts"] == at]
                request = replace(request, flags=_without(request.flags))
            lines = [await self._line(to.channel, message) for message in messages]
            more = await self._attached(messages) if files else ()
        except SlackApiError as error:
            if error.response.status_code >= TOO_MANY:  # or 5xx: it is not about this channel
                raise EngineUnavailable("slack did not answer") from error
            if files and request.prompt.strip():
                return request  # a message that was shown to us says all that it is about
            raise ContextUnavailable(to.channel) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineUnavailable("slack did not answer") from error
        return replace(request, context=(*_before(request, messages, lines), *more))

    async def _messages(self, request: Request) -> list[dict[str, Any]] | None:
        verb, to = self.verbs[request.verb], request.about or request.reply_to
        if request.about and verb.reads == "thread" and to.thread_ts:
            return await self._end(to.channel, to.thread_ts)
        if verb.reads == "thread" and to.thread_ts:
            return await self._thread(to.channel, to.thread_ts)
        if verb.reads == "channel":
            return await self._channel(to.channel, Span.of(request))
        if verb.files and to.channel.startswith("D"):
            return await self._own(request)
        return None

    async def _own(self, request: Request) -> list[dict[str, Any]] | None:
        """Return the direct message that asks, where it is one of the newest."""
        answer = await self.client.conversations_history(
            channel=request.reply_to.channel, limit=NEWEST
        )
        return [each for each in _messages(answer) if _asks(each, request)] or None

    async def _attached(self, messages: list[dict[str, Any]]) -> tuple[Line, ...]:
        """Return the texts in files, the oldest first, those of the message that asks, too."""
        attached = Attached(self.client)
        lines = [
            Line(author=await self._name(str(message.get("user", ""))), text=text, ts=message["ts"])
            for message in messages
            if message.get("files") and not message.get("bot_id")
            for text in await attached.texts(message)
        ]
        return tuple(lines)

    async def _thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        answer = await self.client.conversations_replies(
            channel=channel, ts=ts, limit=THREAD_LINES, include_all_metadata=True
        )
        return _messages(answer)

    async def _end(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return the last messages of a thread, however long it is: who answers must know them."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while cursor != "":
            answer = await self.client.conversations_replies(
                channel=channel, ts=ts, limit=PAGE_LINES, cursor=cursor, include_all_metadata=True
            )
            found = [*found, *_messages(answer)][-THREAD_LINES:]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        return found

    async def _channel(self, channel: str, span: "Span") -> list[dict[str, Any]]:
        found = await self._history(channel, span)
        talked = [message for message in found if message.get("reply_count")]
        alive = [one for one in talked if span.reaches(one.get("latest_reply") or one["ts"])]
        for parent in alive[:THREADS]:
            found += (await self._thread(channel, parent["ts"]))[1:]
        # Replies follow their parent, so that a thread is read as one.
        within = [message for message in found if span.holds(message["ts"])]
        return sorted(within, key=lambda m: (m.get("thread_ts", m["ts"]), m["ts"]))

    async def _history(self, channel: str, span: "Span") -> list[dict[str, Any]]:
        """Return a channel's messages, newest first: a page, or for a span as many as there are."""
        found: list[dict[str, Any]] = []
        cursor = ""
        for _ in range(PAGES if span.exact else 1):
            answer = await self.client.conversations_history(
                channel=channel,
                oldest=f"{span.since - (OLD_THREADS_S if span.exact else 0):.6f}",
                limit=CHANNEL_LINES,
                include_all_metadata=True,
                **({"cursor": cursor} if cursor else {}),
            )
            found += _messages(answer)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return found

    async def _line(self, channel: str, message: Mapping[str, Any]) -> Line:
        ts, thread = str(message["ts"]), message.get("thread_ts")
        link = f"{self.team_url}archives/{channel}/p{ts.replace('.', '')}"
        if thread and thread != ts:
            link = f"{link}?thread_ts={thread}&cid={channel}"
        return Line(
            author=await self._name(str(message.get("user", ""))),
            text=plain(str(message.get("text", ""))),
            ts=ts,
            link=link,
            thread=str(thread or ""),
            reactions=sum(int(one.get("count", 0)) for one in message.get("reactions") or ()),
            writer=str(message.get("user", "")),
            answers=_answers(message),
            files=pictures_of(message),
        )

    async def _name(self, user: str) -> str:
        if user and user not in self.names:
            answer = await self.client.users_info(user=user)
            person: Mapping[str, Any] = answer.get("user", {})
            profile = person.get("profile", {})
            self.names[user] = profile.get("display_name") or person.get("real_name", "")
        return self.names.get(user) or "somebody"


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when messages are read, in seconds since 1970."""

    since: float
    until: float = math.inf
    exact: bool = False
    """Whether a digest goes on from the last one, so that nothing between may be left out."""

    def reaches(self, ts: str) -> bool:
        """Tell whether something that went on until then went on within it."""
        return not self.exact or float(ts) > self.since

    def holds(self, ts: str) -> bool:
        """Tell whether a message is of this time; Slack itself leaves out the older ones."""
        return not self.exact or self.since < float(ts) <= self.until

    @classmethod
    def of(cls, request: Request) -> "Span":
        """Return what a request asks for; only a schedule's says from when to when."""
        flags = request.flags
        if "since" not in flags:
            return cls(time.time() - _hours(request) * 3600)
        until = float(flags["until"])
        return cls(max(float(flags["since"]), until - MAX_HOURS * 3600), until, exact=True)


def _messages(answer: AsyncSlackResponse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.get("messages", [])
    return list(found)


def _without(flags: Mapping[str, str]) -> dict[str, str]:
    """Leave out which message is meant: it has been found."""
    return {name: value for name, value in flags.items() if name != AT}


def _hours(request: Request) -> int:
    said = request.flags.get("hours", str(DEFAULT_HOURS)).removesuffix("h")[:6]
    return min(int(said), MAX_HOURS) if said.isdecimal() and int(said) else DEFAULT_HOURS


def _before(
    request: Request, messages: list[dict[str, Any]], lines: list[Line]
) -> tuple[Line, ...]:
    """Leave out our own placeholder, other bots, joins, and the message that asks.

    Of a thread that the answer does not go to also what the person who asks said, where others did.
    """
    kept = [
        (message, line)
        for message, line in zip(messages, lines, strict=True)
        if not (_ours(message, request) or _asks(message, request))
        and message.get("subtype") in {None, "thread_broadcast"}
    ]
    others = [one for one in kept if request.about and one[0].get("user") != request.user]
    return tuple(line for _, line in others or kept)


def _answers(message: Mapping[str, Any]) -> str:
    """Return the id of the request that a message of ours answers, or nothing."""
    sent = message.get("metadata", {}).get("event_payload", {})
    return str(sent.get("request_id", "")) if message.get("bot_id") else ""


def _asks(message: Mapping[str, Any], request: Request) -> bool:
    channel = (request.about or request.reply_to).channel
    return typed_id(message.get("team"), channel, message["ts"]) == request.id


def _ours(message: Mapping[str, Any], request: Request) -> bool:
    sent = message.get("metadata", {}).get("event_payload", {})
    return bool(message.get("bot_id")) and (
        request.reply_to.thread_ts is None or sent.get("request_id") == request.id.hex
    )
