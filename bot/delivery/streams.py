"""Answers that are streamed as they are written, where Slack has room for it.

The placeholder begins as a stream whose only task says what the bot does. What was appended can
never be taken back, so only what the gate cleared is, and only while each part begins with the one
before. Everything else ends the stream, and from then on the message is an ordinary one, which is
changed. Which streams are open is known to this process alone: another one that finds a message
being streamed into ends that, too.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.delivery import marks
from bot.delivery.codes import STREAMLESS
from bot.delivery.marks import Key
from bot.delivery.slack import OutcomeUnknown, Recipient, Slack, SlackRefused
from bot.views.live import streamable
from generators.draft import Request

log = logging.getLogger(__name__)

APPEND, START, STOP = "chat.appendStream", "chat.startStream", "chat.stopStream"
LIFE_S = 240.0
"""Slack ends each stream after five minutes (slackapi/python-slack-sdk issue 1859)."""
REST_S = 3600.0
"""How long a workspace that has no streams is not asked again."""


@dataclass(slots=True)
class Stream:
    """One message that is being streamed into, by this process only."""

    key: Key
    title: str
    until_s: float
    said: str = ""
    """All that was appended; not even a part of it can be taken back."""
    broken: bool = False
    """Whether nobody knows what it says, so that nothing more may be appended."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Streams:
    """The streams that this process has open, by channel and message."""

    def __init__(self, slack: Slack, now: Callable[[], float] = time.monotonic) -> None:
        """Take the way out; `now` counts seconds."""
        self._slack = slack
        self._now = now
        self._open: dict[tuple[str, str], Stream] = {}
        self._resting_until_s = 0.0

    async def start(self, request: Request, key: Key, title: str) -> str:
        """Begin a message in the thread of a request; return its ts, or nothing where none was.

        Raises OutcomeUnknown.
        """
        to = recipient(request)
        if (
            to is None
            or self._now() < self._resting_until_s
            or not self._slack.has_room(START, STOP)
        ):
            return ""
        try:
            ts = await self._slack.start_stream(to, _task(key, title))
        except SlackRefused as refused:
            self._refused(refused.code)
            return ""
        self._forget()
        self._open[to.channel, ts] = Stream(key, title, self._now() + LIFE_S)
        return ts

    async def tell(self, channel: str, ts: str, title: str) -> bool:
        """Say in an open stream what the bot does; False where there is none."""
        stream = self._live(channel, ts)
        if stream is None:
            return False
        async with stream.lock:
            if title != stream.title and self._slack.has_room(APPEND):
                stream.title = title
                return await self._append(channel, ts, stream, _task(stream.key, title))
            return True

    async def extend(self, channel: str, ts: str, text: str) -> bool:
        """Append what this beginning of an answer has beyond the last; False where it cannot be."""
        stream = self._live(channel, ts)
        if stream is None or not streamable(text):
            return False
        async with stream.lock:
            if stream.broken or not text.startswith(stream.said):
                return False
            more = text[len(stream.said) :]
            if not more or not self._slack.has_room(APPEND):
                return True
            chunk = {"type": "markdown_text", "text": more}
            stream.said = text
            return await self._append(channel, ts, stream, chunk)

    async def finish(self, channel: str, ts: str) -> Key | None:
        """End the stream into a message if this process has one open; return whose it was."""
        stream = self._open.get((channel, ts))
        if stream is None:
            return None
        async with stream.lock:
            stream.broken = True
            await self.stop(channel, ts, stream.key)
            self._open.pop((channel, ts), None)
        return stream.key

    async def stop(self, channel: str, ts: str, key: Key) -> None:
        """End a stream, whoever opened it. Raises OutcomeUnknown."""
        try:
            await self._slack.stop_stream(channel, ts, marks.metadata(key))
        except SlackRefused as refused:  # whether it goes on, the next change of it will tell
            about = {"request": key[0], "code": refused.code}
            log.warning("%(request)s: a stream cannot be ended: %(code)s", about)

    async def _append(self, channel: str, ts: str, stream: Stream, chunk: dict[str, str]) -> bool:
        """Append a chunk; from its call to its answer nobody knows what the message says."""
        stream.broken = True
        try:
            await self._slack.append_stream(channel, ts, chunk)
        except (SlackRefused, OutcomeUnknown):
            return False
        stream.broken = False
        return True

    def _live(self, channel: str, ts: str) -> Stream | None:
        stream = self._open.get((channel, ts))
        is_live = stream is not None and not stream.broken and self._now() < stream.until_s
        return stream if is_live else None

    def _refused(self, code: str) -> None:
        if code in STREAMLESS:
            self._resting_until_s = self._now() + REST_S
            log.warning("Slack streams no answers here: %(code)s", {"code": code})

    def _forget(self) -> None:
        """Drop what Slack has ended by itself: work that went on elsewhere."""
        now = self._now() - LIFE_S
        self._open = {where: one for where, one in self._open.items() if one.until_s > now}


def recipient(request: Request) -> Recipient | None:
    """Return who a stream is for; None where Slack streams nothing: outside of threads."""
    to = request.reply_to
    if not to.thread_ts or to.only_for or not request.team or to.channel.startswith(("U", "W")):
        return None
    return Recipient(to.channel, to.thread_ts, request.user, request.team)


def _task(key: Key, title: str) -> dict[str, str]:
    task = {"type": "task_update", "id": marks.task_id(key), "title": title[:256]}
    return task | {"status": "in_progress"}
