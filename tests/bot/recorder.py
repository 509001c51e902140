"""A Slack in memory with the methods of `bot.delivery.slack.Slack`, scripted to go wrong."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from bot.delivery.slack import OutcomeUnknown, Slack, SlackRefused
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


Trouble = Lost | SlackRefused | OutcomeUnknown | None
UNKNOWN = OutcomeUnknown("ServerDisconnectedError")


def refused(code: str) -> SlackRefused:
    return SlackRefused(code)


@dataclass
class Recorder(Slack):
    """Keeps what it is given. `script` holds the troubles of each method's next calls."""

    script: dict[str, list[Trouble]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Channels that the bot is not in."""
    messages: list[Message] = field(default_factory=list)
    ephemeral: list[tuple[str, str, Page]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    homes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    crowded: bool = False
    """Whether Slack's allowance has room for nothing but answers."""

    @override
    def has_room(self) -> bool:
        return not self.crowded

    channels: dict[str, str] = field(default_factory=lambda: {"reviewers": "C9"})
    people: frozenset[str] = frozenset({BO, CHEN})

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
    async def post_ephemeral(self, channel: str, page: Page, user: str, thread: str | None) -> None:
        self._begins("post_ephemeral", channel)
        self.ephemeral.append((channel, user, page))

    @override
    async def update(self, channel: str, ts: str, page: Page) -> None:
        self._begins("update", channel)
        (message,) = [m for m in self.messages if (m.channel, m.ts) == (channel, ts)]
        message.pages.append(page)

    @override
    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        self._begins("publish_home")
        self.homes.append((user, view))

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
        return next((m.ts for m in ours if m.metadata["event_payload"] == key), "")

    @override
    async def channel_id(self, name: str) -> str:
        self._begins("channel_id")
        return self.channels.get(name, "")

    @override
    async def members(self, channel: str) -> frozenset[str]:
        self._begins("members")
        return self.people

    @override
    async def upload(self, file: File, channel: str | None, thread_ts: str | None) -> str:
        self._begins("upload", channel)
        self.uploads.append(Upload(file, channel, thread_ts))
        return f"F{len(self.uploads)}"
