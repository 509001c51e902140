"""Calls to Slack's Web API, with what every call needs: waiting when told to, and honest errors.

The client must be made without retry handlers: a post that is repeated below this module would be
a second message (docs.slack.dev/apis/web-api/rate-limits for `Retry-After`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.delivery import marks
from bot.delivery.codes import DELETED, OVER, UNSURE
from bot.delivery.pacing import Pace
from bot.life.token import REFUSED
from bot.views.render import Block, File, Page

log = logging.getLogger(__name__)

Answer = dict[str, Any]
Told = Callable[[str, str], None]
Granted = Callable[[str], Awaitable[None]]
_Call = Callable[[], Awaitable[AsyncSlackResponse]]

TRIES = 6
MAX_WAIT_S = 60.0
MOST = 999
"""Messages that one call returns at most (docs.slack.dev, conversations.history)."""
TOO_MANY = 429
UNKNOWN = "unknown"


class SlackRefused(Exception):  # noqa: N818 - reads as the state it names
    """Slack said no; `code` is its documented error code."""

    def __init__(self, code: str) -> None:
        """Take Slack's error code."""
        super().__init__(code)
        self.code = code


class OutcomeUnknown(Exception):  # noqa: N818 - reads as the state it names
    """The answer was lost, or says that Slack failed: it may or may not have happened."""


class TokenRefused(OutcomeUnknown):
    """Slack takes no call with this token; it may again, and the message is not given up."""


def _untold(_method: str, _result: str) -> None:
    return None


async def _unheeded(_file_id: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Recipient:
    """The thread that is streamed into, and who asked there."""

    channel: str
    thread_ts: str
    user: str
    team: str


class Slack:
    """The one client that writes."""

    def __init__(self, client: AsyncWebClient, pace: Pace, told: Told = _untold) -> None:
        """Take the client, which carries token, address and session, and who may call when.

        `told` hears of each call its method and its end: `ok`, Slack's code, or `unknown`.
        """
        self._client = client
        self._pace = pace
        self._told = told
        self._directs: dict[str, str] = {}

    def has_room(self, *methods: str) -> bool:
        """Tell whether a call that may be left out would hold up none that may not.

        Of these methods, or an update.
        """
        return all(self._pace.spare(method) for method in methods or ("chat.update",))

    async def post(self, channel: str, page: Page, thread_ts: str | None, metadata: Answer) -> str:
        """Post a message and return its ts. Raises SlackRefused, OutcomeUnknown."""
        answer = await self._called(
            "chat.postMessage",
            lambda: self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread_ts,
                text=page.text,
                blocks=page.blocks,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            ),
            channel,
        )
        return str(answer["ts"])

    async def post_ephemeral(self, channel: str, page: Page, user: str, thread: str | None) -> None:
        """Show a message to one person in a channel. Raises SlackRefused, OutcomeUnknown."""
        await self._called(
            "chat.postEphemeral",
            lambda: self._client.chat_postEphemeral(
                channel=channel, user=user, thread_ts=thread, text=page.text, blocks=page.blocks
            ),
        )

    async def update(
        self, channel: str, ts: str, page: Page, metadata: Answer | None = None
    ) -> None:
        """Change a message; the same change twice is one. Raises SlackRefused, OutcomeUnknown."""
        await self._repeated(
            "chat.update",
            lambda: self._client.chat_update(
                channel=channel, ts=ts, text=page.text, blocks=page.blocks, metadata=metadata
            ),
        )

    async def start_stream(self, to: Recipient, task: Answer) -> str:
        """Begin a message that is streamed, with a task; return its ts. It never waits its turn.

        Raises SlackRefused, OutcomeUnknown.
        """
        answer = await self._unwaited(
            "chat.startStream",
            lambda: self._client.chat_startStream(
                channel=to.channel,
                thread_ts=to.thread_ts,
                recipient_user_id=to.user,
                recipient_team_id=to.team,
                chunks=[task],
            ),
        )
        return str(answer["ts"])

    async def append_stream(self, channel: str, ts: str, chunk: Answer) -> None:
        """Add text or a task to a stream, for good. Raises SlackRefused, OutcomeUnknown."""
        await self._unwaited(
            "chat.appendStream",
            lambda: self._client.chat_appendStream(channel=channel, ts=ts, chunks=[chunk]),
        )

    async def stop_stream(self, channel: str, ts: str, metadata: Answer) -> None:
        """End a stream, however often this is called. Raises SlackRefused, OutcomeUnknown."""
        try:
            await self._repeated(
                "chat.stopStream",
                lambda: self._client.chat_stopStream(channel=channel, ts=ts, metadata=metadata),
            )
        except SlackRefused as refused:
            if refused.code not in OVER:
                raise

    async def set_session(self, to: Recipient, status: str) -> None:
        """Say what a thread's agent session does: `processing` shows people a stop button.

        docs.slack.dev/reference/methods/agents.sessions.setStatus. Raises SlackRefused,
        OutcomeUnknown.
        """
        await self._unwaited(
            "agents.sessions.setStatus",
            lambda: self._client.agents_sessions_setStatus(
                channel_id=to.channel,
                thread_ts=to.thread_ts,
                status=status,
                initiator_user_id=to.user,
            ),
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours, or a file where `ts` is its id; what is gone is deleted.

        Raises SlackRefused, OutcomeUnknown.
        """
        try:
            if ts.startswith("F"):
                await self._repeated("files.delete", lambda: self._client.files_delete(file=ts))
            else:
                delete = partial(self._client.chat_delete, channel=channel, ts=ts)
                await self._repeated("chat.delete", delete)
        except SlackRefused as refused:
            if refused.code not in DELETED:
                raise

    async def publish_home(self, user: str, view: Answer) -> None:
        """Show a person the app's home. Raises SlackRefused, OutcomeUnknown."""
        await self._repeated(
            "views.publish", lambda: self._client.views_publish(user_id=user, view=view)
        )

    async def open_form(self, trigger_id: str, view: Answer) -> None:
        """Open a form for whoever pressed a button; once, for a trigger lives 3 seconds.

        Raises SlackRefused, OutcomeUnknown.
        """
        await self._called(
            "views.open", lambda: self._client.views_open(trigger_id=trigger_id, view=view)
        )

    async def update_form(self, view_id: str, view: Answer) -> None:
        """Show another form in the place of one. Raises SlackRefused, OutcomeUnknown."""
        await self._repeated(
            "views.update", lambda: self._client.views_update(view_id=view_id, view=view)
        )

    async def open_dm(self, user: str) -> str:
        """Return the channel of the direct messages with a person."""
        if user not in self._directs:  # it never changes
            answer = await self._repeated(
                "conversations.open", lambda: self._client.conversations_open(users=user)
            )
            self._directs[user] = str(answer["channel"]["id"])
        return self._directs[user]

    async def find(self, channel: str, thread_ts: str | None, since_s: float, key: Answer) -> str:
        """Return the ts of our message that stands for `key`, or nothing."""
        oldest = f"{since_s:.6f}"
        if thread_ts:
            answer = await self._repeated(
                "conversations.replies",
                lambda: self._client.conversations_replies(
                    channel=channel,
                    ts=thread_ts,
                    oldest=oldest,
                    limit=MOST,
                    include_all_metadata=True,
                ),
            )
        else:
            answer = await self._repeated(
                "conversations.history",
                lambda: self._client.conversations_history(
                    channel=channel, oldest=oldest, limit=MOST, include_all_metadata=True
                ),
            )
        for message in answer["messages"]:
            if marks.key_of(message) == (key["request_id"], key["part"]):
                return str(message["ts"])
        return ""

    async def channel_id(self, name: str) -> str:
        """Return the id of a channel by its name or id; empty when the bot does not see it."""
        cursor: str | None = None
        while cursor != "":
            list_page = partial(
                self._client.conversations_list,
                types="public_channel,private_channel",
                limit=1000,
                cursor=cursor,
            )
            answer = await self._repeated("conversations.list", list_page)
            for channel in answer["channels"]:
                if name.removeprefix("#") in {channel["id"], channel["name"]}:
                    return str(channel["id"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
        return ""

    async def members(self, channel: str) -> frozenset[str]:
        """Return who is in a channel (the first thousand)."""
        answer = await self._repeated(
            "conversations.members",
            lambda: self._client.conversations_members(channel=channel, limit=1000),
        )
        return frozenset(answer["members"])

    async def person(self, user: str) -> Answer:
        """Return the user object of a person."""
        answer = await self._repeated("users.info", lambda: self._client.users_info(user=user))
        return dict(answer.get("user") or {})

    async def group(self, group: str) -> frozenset[str]:
        """Return who is in a user group."""
        answer = await self._repeated(
            "usergroups.users.list", lambda: self._client.usergroups_users_list(usergroup=group)
        )
        return frozenset(answer["users"])

    async def channel(self, channel: str) -> Answer:
        """Return the conversation object of a channel."""
        answer = await self._repeated(
            "conversations.info", lambda: self._client.conversations_info(channel=channel)
        )
        return dict(answer.get("channel") or {})

    async def upload(
        self, file: File, channel: str | None, thread_ts: str | None, granted: Granted = _unheeded
    ) -> str:
        """Upload a file, share it where a channel is given, and return its id.

        Three steps: docs.slack.dev/messaging/working-with-files#uploading_files. `granted` hears
        the id before the first byte is sent.
        """
        grant = await self._repeated(
            "files.getUploadURLExternal",
            lambda: self._client.files_getUploadURLExternal(
                filename=file.name, length=len(file.data), alt_txt=file.alt or None
            ),
        )
        await granted(str(grant["file_id"]))
        await self._send_bytes(str(grant["upload_url"]), file.data)
        await self._called(
            "files.completeUploadExternal",
            lambda: self._client.files_completeUploadExternal(
                files=[{"id": grant["file_id"], "title": file.name}],
                channel_id=channel,
                thread_ts=thread_ts,
            ),
        )
        return str(grant["file_id"])

    async def places(self, file_id: str) -> frozenset[str]:
        """Return the channels that a file is shared in; none for a file that Slack does not know.

        docs.slack.dev/reference/objects/file-object: `shares`.
        """
        try:
            answer = await self._repeated(
                "files.info", lambda: self._client.files_info(file=file_id)
            )
        except SlackRefused:
            return frozenset()
        shares = (answer.get("file") or {}).get("shares") or {}
        return frozenset(channel for side in shares.values() for channel in side)

    async def _send_bytes(self, url: str, data: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=data, headers=headers, allow_redirects=False) as answer,
            ):
                answer.raise_for_status()
        except aiohttp.ClientError as error:
            raise OutcomeUnknown("upload") from error

    async def _unwaited(self, method: str, call: _Call) -> Answer:
        """Make one call that may as well be left out: where Slack says to wait, it was refused."""
        await self._pace.turn(method)
        answer = await self._tried(method, call)
        if answer is None:
            raise SlackRefused("ratelimited")
        return answer

    async def _called(self, method: str, call: _Call, channel: str = "") -> Answer:
        for _ in range(TRIES):
            await self._pace.turn(method, channel)
            answer = await self._tried(method, call)
            if answer is not None:
                return answer
        raise OutcomeUnknown("ratelimited")

    async def _tried(self, method: str, call: _Call) -> Answer | None:
        """Make one call; None where Slack says to wait before it."""
        try:
            answer = await call()
        except SlackApiError as error:
            code = _code(error)
            if error.response.status_code == TOO_MANY:
                self._wait(method, error)
                return None
            self._told(method, code)
            raise _meant(code) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._told(method, UNKNOWN)
            raise OutcomeUnknown(type(error).__name__) from error
        self._told(method, "ok")
        return answer.data if isinstance(answer.data, dict) else {}

    def _wait(self, method: str, error: SlackApiError) -> None:
        wait_s = min(float(error.response.headers.get("Retry-After", 1)), MAX_WAIT_S)
        asked = {"wait_s": wait_s, "method": method}
        log.warning("Slack asks to wait %(wait_s)s s before %(method)s", asked)
        self._told(method, "ratelimited")
        self._pace.told(method, wait_s)

    async def _repeated(self, method: str, call: _Call) -> Answer:
        for attempt in range(TRIES):
            try:
                return await self._called(method, call)
            except TokenRefused:
                raise
            except OutcomeUnknown:
                await asyncio.sleep(min(0.2 * 2**attempt, 5))
        return await self._called(method, call)


def with_picture(page: Page, block: Block) -> Page:
    """Return a page with a block put before its small print."""
    kinds = [one["type"] for one in page.blocks]
    at = kinds.index("context") if "context" in kinds else len(kinds)
    return Page(page.text, [*page.blocks[:at], block, *page.blocks[at:]])


def _meant(code: str) -> SlackRefused | OutcomeUnknown:
    if code in REFUSED:
        return TokenRefused(code)
    return OutcomeUnknown(code) if code in UNSURE else SlackRefused(code)


def _code(error: SlackApiError) -> str:
    data = error.response.data
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])
    return "internal_error"
