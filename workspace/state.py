"""The workspace: everything it holds, and the way to tell the app about it.

Plain dictionaries and lists in memory; nothing survives the process.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from workspace import payloads
from workspace.clock import Clock
from workspace.delivery import Ack, Dispatcher, Envelope
from workspace.faults import Faults
from workspace.http_poster import HttpPoster
from workspace.ids import Ids
from workspace.journal import Journal
from workspace.limits import Limits
from workspace.people import ALL_SCOPES, APP_ID, SIGNING_SECRET, Directory
from workspace.sockets import SocketHub
from workspace.wire import Json

TRIGGER_S = 3.0
HOOK_S = 30 * 60.0
HOOK_USES = 5
_CALLS_KEPT = 100_000


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A `trigger_id`: opens one modal within 3 s; `view_id` is the modal it came from."""

    user: str
    expires: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Hook:
    """A `response_url`: five posts within 30 minutes. `ts` is the message it came from."""

    user: str
    channel: str
    expires: float
    ts: str = ""
    thread_ts: str = ""
    is_ephemeral: bool = False
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Stream:
    """A message that is being streamed; `state` is in_progress, completed or stopped."""

    channel: str
    thread_ts: str
    expires: float
    state: str = "in_progress"


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file: its public object and its bytes; usable once it is complete."""

    info: Json
    content: bytes = b""
    sha256: str = ""
    has_content: bool = False
    is_complete: bool = False


class Workspace:
    """One team with its people, channels, messages, files and views, and the app's connection."""

    def __init__(
        self, request_url: str = "", base_url: str = "", *, rate_limits: bool = True
    ) -> None:
        """Start with the default cast; `request_url` chooses signed HTTP instead of sockets."""
        self.base_url = base_url
        self.clock = Clock()
        self.limits = Limits(self.clock, enabled=rate_limits)
        self.ids = Ids(self.clock)
        self.faults = Faults()
        self.journal = Journal(self.clock)
        self.directory = Directory()
        self.sockets = SocketHub(self.clock, self.ids, APP_ID)
        self.poster = (
            HttpPoster(self.clock, self.ids, request_url, SIGNING_SECRET) if request_url else None
        )
        self.dispatcher = Dispatcher(self.clock, self.ids, self.faults, self.journal)
        self.dispatcher.carrier = self.poster or self.sockets
        self.page_token = self.ids.secret()
        self.manifest: Json = {}
        self.calls: deque[Json] = deque(maxlen=_CALLS_KEPT)
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        self.files: dict[str, StoredFile] = {}
        self.uploads: dict[str, str] = {}
        self.ephemerals: dict[str, list[Json]] = {}
        self.views: dict[str, Json] = {}
        self.view_users: dict[str, str] = {}
        self.stacks: dict[str, list[list[str]]] = {}
        self.homes: dict[str, Json] = {}

    @property
    def scopes(self) -> frozenset[str]:
        """The bot token's scopes: those of the manifest; all there are without one."""
        wanted = (self.manifest.get("oauth_config") or {}).get("scopes") or {}
        if "bot" not in wanted:
            return ALL_SCOPES
        return frozenset([*wanted["bot"], *(wanted.get("bot_optional") or ())])

    async def close(self) -> None:
        """Stop deliveries and connections."""
        await self.dispatcher.stop()
        if self.poster is not None:
            await self.poster.close()

    def announce(self, event: Json) -> asyncio.Task[Ack | None] | None:
        """Send an event in the background; None when the app's manifest does not ask for it."""
        kind = str(event["type"])
        if not self._subscribes(kind, str(event.get("channel_type", ""))):
            self.dispatcher.skip(kind, "not_subscribed")
            return None
        event_id = self.ids.next("Ev")
        body = payloads.event_callback(event, event_id, int(self.clock.now()))
        return self.dispatcher.publish(Envelope(type="events_api", kind=kind, payload=body))

    def files_ready(self, identity: str) -> bool:
        """Tell whether a file is complete, so that blocks may show it."""
        return identity in self.files and self.files[identity].is_complete

    def trigger(self, user: str, view_id: str = "") -> str:
        """Return a new trigger id."""
        name = f"{self.ids.next('')}.{self.ids.secret()}"
        expires = self.clock.now() + TRIGGER_S
        self.triggers[name] = Trigger(user=user, expires=expires, view_id=view_id)
        return name

    def hook(self, user: str, channel: str, **place: str | bool) -> str:
        """Return a new response URL; `place` may give ts, thread_ts and is_ephemeral."""
        token = self.ids.secret()
        hook = Hook(user=user, channel=channel, expires=self.clock.now() + HOOK_S)
        hook.ts = str(place.get("ts", ""))
        hook.thread_ts = str(place.get("thread_ts", ""))
        hook.is_ephemeral = bool(place.get("is_ephemeral"))
        self.hooks[token] = hook
        return f"{self.base_url}/hooks/{token}"

    def _subscribes(self, kind: str, channel_type: str) -> bool:
        settings = self.manifest.get("settings") or {}
        wanted = (settings.get("event_subscriptions") or {}).get("bot_events")
        if not wanted:
            return True
        name = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
        return (name.get(channel_type, kind) if kind == "message" else kind) in wanted
