"""A Slack in memory with the methods of `bot.delivery.slack.Slack`, scripted to go wrong."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from bot.delivery.codes import STREAMING
from bot.delivery.marks import key_of
from bot.delivery.slack import (
    Granted,
    OutcomeUnknown,
    Recipient,
    Slack,
    SlackRefused,
)
from bot.views.render import File, Page
from tests.bot.builders import BO, CHEN


@dataclass
class Message:
    """One message, and everything that it ever said."""

    channel: str
    ts: str
    thread_ts: str | None
    metadata: dict[str, Any]
    pages: list[Page]
    chunks: list[dict[str, Any]] = field(default_factory=list)
    """What was streamed into it."""
    stopped: bool = False

    @property
    def raw(self) -> dict[str, Any]:
        """As Slack returns it, as far as it tells whose message it is."""
        tasks = [{"type": "task_card", "task_id": each["id"]} for each in self.chunks[:1]]
        return {"metadata": self.metadata, "blocks": tasks}

    @property
    def streaming(self) -> bool:
        return bool(self.chunks) and not self.stopped

    @property
    def streamed(self) -> str:
        return "".join(str(each.get("text", "")) for each in self.chunks)

    @property
    def page(self) -> Page:
        return self.pages[-1]


@dataclass(frozen=True)
class Lost:
    """The call happens, but its answer is lost."""


@dataclass(frozen=True)
class Upload:
    file: File
    channel: str | None
    thread_ts: str | None


Trouble = Lost | SlackRefused | OutcomeUnknown | RuntimeError | None
UNKNOWN = OutcomeUnknown("ServerDisconnectedError")


def refused(code: str) -> SlackRefused:
    return SlackRefused(code)


async def unheeded(_file_id: str) -> None:
    return None


@dataclass
class Recorder(Slack):
    """Keeps what it is given. `script` holds the troubles of each method's next calls."""

    script: dict[str, list[Trouble]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Channels that the bot is not in."""
    messages: list[Message] = field(default_factory=list)
    ephemeral: list[tuple[str, str, Page]] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    forms: list[dict[str, Any]] = field(default_factory=list)
    homes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sessions: list[tuple[str, str, str]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    crowded: bool = False
    """Whether Slack's allowance has room for nothing but answers."""

    @override
    def has_room(self, *methods: str) -> bool:
        return not self.crowded

    channels: dict[str, str] = field(default_factory=lambda: {"reviewers": "C9"})
    people: frozenset[str] = frozenset({BO, CHEN})
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """User objects of whoever is not a plain member of T1."""
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    """Channels that only their members read."""
    shared: dict[str, list[str]] = field(default_factory=dict)
    """The workspaces that share a channel over Slack Connect."""

    def at(self, channel: str, *, thread_ts: str | None = None) -> list[Message]:
        return [m for m in self.messages if (m.channel, m.thread_ts) == (channel, thread_ts)]

    def _begins(self, method: str, channel: str | None = None) -> bool:
        """Note a call, fail as scripted, and tell whether its answer will be lost."""
        self.calls[method] += 1
        trouble = self.script[method].pop(0) if self.script.get(method) else None
        if isinstance(trouble, Exception):
            raise trouble
        if channel in self.absent:
            raise SlackRefused("not_in_channel")
        return isinstance(trouble, Lost)

    @override
    async def post(
        self, channel: str, page: Page, thread_ts: str | None, metadata: dict[str, Any]
    ) -> str:
        lost = self._begins("post", channel)
        ts = f"{1000 + len(self.messages)}.5"
        self.messages.append(Message(channel, ts, thread_ts, metadata, [page]))
        if lost:
            raise UNKNOWN
        return ts

    @override
    async def delete(self, channel: str, ts: str) -> None:
        self._begins("delete", channel)
        self.deleted.append((channel, ts))

    @override
    async def post_ephemeral(self, channel: str, page: Page, user: str, thread: str | None) -> None:
        self._begins("post_ephemeral", channel)
        self.ephemeral.append((channel, user, page))

    @override
    async def update(
        self, channel: str, ts: str, page: Page, metadata: dict[str, Any] | None = None
    ) -> None:
        self._begins("update", channel)
        message = self._message(channel, ts)
        if message.streaming:
            raise SlackRefused(STREAMING)
        message.pages.append(page)
        message.metadata = metadata or message.metadata

    def _message(self, channel: str, ts: str) -> Message:
        (message,) = [m for m in self.messages if (m.channel, m.ts) == (channel, ts)]
        return message

    @override
    async def start_stream(self, to: Recipient, task: dict[str, Any]) -> str:
        lost = self._begins("start_stream", to.channel)
        ts = f"{1000 + len(self.messages)}.5"
        self.messages.append(Message(to.channel, ts, to.thread_ts, {}, [], [task]))
        if lost:
            raise UNKNOWN
        return ts

    @override
    async def append_stream(self, channel: str, ts: str, chunk: dict[str, Any]) -> None:
        lost = self._begins("append_stream", channel)
        message = self._message(channel, ts)
        if not message.streaming:
            raise SlackRefused("message_not_in_streaming_state")
        message.chunks.append(chunk)
        if lost:
            raise UNKNOWN

    @override
    async def stop_stream(self, channel: str, ts: str, metadata: dict[str, Any]) -> None:
        lost = self._begins("stop_stream", channel)
        message = self._message(channel, ts)
        if message.streaming:
            message.metadata, message.stopped = metadata, True
        if lost:
            raise UNKNOWN

    @override
    async def set_session(self, to: Recipient, status: str) -> None:
        self._begins("set_session", to.channel)
        self.sessions.append((to.channel, to.thread_ts, status))

    @override
    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        self._begins("publish_home")
        self.homes.append((user, view))

    @override
    async def open_form(self, trigger_id: str, view: dict[str, Any]) -> None:
        self._begins("open_form")
        assert trigger_id
        self.forms.append(view)

    @override
    async def update_form(self, view_id: str, view: dict[str, Any]) -> None:
        self._begins("update_form")
        assert view_id
        self.forms.append(view)

    @override
    async def open_dm(self, user: str) -> str:
        self._begins("open_dm")
        return f"D{user}"

    @override
    async def find(
        self, channel: str, thread_ts: str | None, since_s: float, key: dict[str, Any]
    ) -> str:
        self._begins("find", channel)
        ours = (m for m in self.messages if m.channel == channel and m.thread_ts == thread_ts)
        known = (key["request_id"], key["part"])
        return next((m.ts for m in ours if key_of(m.raw) == known), "")

    @override
    async def channel_id(self, name: str) -> str:
        self._begins("channel_id")
        return self.channels.get(name, "")

    @override
    async def members(self, channel: str) -> frozenset[str]:
        self._begins("members")
        return self.people

    @override
    async def person(self, user: str) -> dict[str, Any]:
        self._begins("person")
        return {"id": user, "team_id": "T1", **self.users.get(user, {})}

    @override
    async def group(self, group: str) -> frozenset[str]:
        self._begins("group")
        if group not in self.groups:
            raise SlackRefused("no_such_subteam")
        return self.groups[group]

    @override
    async def channel(self, channel: str) -> dict[str, Any]:
        self._begins("channel", channel)
        teams = self.shared.get(channel)
        private = channel in self.private
        shared = {"is_ext_shared": teams is not None, "shared_team_ids": teams}
        return {"id": channel, "is_private": private, **shared}

    @override
    async def upload(
        self, file: File, channel: str | None, thread_ts: str | None, granted: Granted = unheeded
    ) -> str:
        await granted(f"F{len(self.uploads) + 1}")
        lost = self._begins("upload", channel)
        self.uploads.append(Upload(file, channel, thread_ts))
        if lost:
            raise UNKNOWN
        return f"F{len(self.uploads)}"

    @override
    async def places(self, file_id: str) -> frozenset[str]:
        self._begins("places")
        shared = self.uploads[int(file_id[1:]) - 1 : int(file_id[1:])]
        return frozenset(upload.channel for upload in shared if upload.channel)
