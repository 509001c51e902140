"""The workspace: everything it holds, and the way to tell the app about it.

Plain dictionaries and lists in memory; nothing survives the process.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass

from workspace import payloads
from workspace.agents import Agents
from workspace.clock import Clock
from workspace.delivery import Ack, Dispatcher, Envelope
from workspace.event_limit import EventLimit
from workspace.expiry import forget
from workspace.faults import Faults
from workspace.http_poster import HttpPoster, request_urls
from workspace.ids import Ids
from workspace.journal import Journal
from workspace.limits import Limits
from workspace.people import ALL_SCOPES, APP_ID, SIGNING_SECRET, Directory
from workspace.remains import Remains
from workspace.sockets import SocketHub
from workspace.thumbnails import Picture
from workspace.uploads import Uploads
from workspace.wire import Json

TRIGGER_S = 3.0
HOOK_S = 30 * 60.0
HOOK_USES = 5
_CALLS_KEPT = 100_000
_FILES_AT_ONCE = 2
_SHOWN_IN_BLOCKS = frozenset({"png", "jpg", "gif"})


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A `trigger_id`: opens one modal within 3 s; `view_id` is the modal it came from.

    `channel` is the conversation in which the person acted, if any.
    """

    user: str
    expires: float
    view_id: str = ""
    channel: str = ""
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
    display: str = "timeline"
    mode: str = ""


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file: its public object and its bytes; shown in blocks once it is processed.

    `is_submitted`: a form sent it to the app.
    """

    info: Json
    content: bytes = b""
    sha256: str = ""
    has_content: bool = False
    is_complete: bool = False
    snippet_type: str = ""
    is_processed: bool = False
    is_submitted: bool = False
    picture: Picture | None = None

    @property
    def size_bytes(self) -> int:
        """How much memory the file and its thumbnails take."""
        thumbs = self.picture.thumbs.values() if self.picture is not None else ()
        return len(self.content) + sum(len(each.content) for each in thumbs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A message that `chat.scheduleMessage` posts at `post_at`; `body` is what it says."""

    id: str
    user: str
    channel: str
    post_at: int
    created: int
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person allowed on the consent page, until the code is exchanged for tokens."""

    user: str
    scope: str
    user_scope: str
    redirect_uri: str
    challenge: str
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run of one of the app's functions; `state` is running, completed or failed."""

    id: str
    function: Json
    inputs: Json
    state: str = "running"
    outputs: Json | None = None
    error: str = ""


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
        self.sockets = SocketHub(self.clock, self.ids, APP_ID, self._uses_sockets)
        self.poster = HttpPoster(self.clock, self.ids, request_url, SIGNING_SECRET)
        self.dispatcher = Dispatcher(self.clock, self.ids, self.faults, self.journal)
        self.event_limit = EventLimit(self.clock)
        self._request_url = request_url
        self.page_token = self.ids.secret()
        self._manifest: Json = {}
        self.manifest = {}
        self.calls: deque[Json] = deque(maxlen=_CALLS_KEPT)
        self.triggers: dict[str, Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        self.agents = Agents()
        self.files: dict[str, StoredFile] = {}
        self.deleted_files: set[str] = set()
        self.remains = Remains()
        self.uploads = Uploads(self.clock, self.ids)
        self.darkroom = asyncio.Semaphore(_FILES_AT_ONCE)
        self.chores: dict[str, asyncio.Task[None]] = {}
        self.ephemerals: dict[str, list[Json]] = {}
        self.views: dict[str, Json] = {}
        self.view_users: dict[str, str] = {}
        self.stacks: dict[str, list[list[str]]] = {}
        self.homes: dict[str, Json] = {}
        self.revoked: set[str] = set()
        self.scheduled: dict[str, Scheduled] = {}
        self.grants: dict[str, Grant] = {}
        self.executions: dict[str, Execution] = {}
        self.unfurls: dict[str, tuple[str, str]] = {}
        self.emoji: dict[str, str] = {}

    @property
    def manifest(self) -> Json:
        """The app's manifest; setting it chooses how the app is reached, as Slack's settings do."""
        return self._manifest

    @manifest.setter
    def manifest(self, manifest: Json) -> None:
        self._manifest = manifest
        self.poster.urls = {} if self._uses_sockets() else request_urls(manifest)
        by_http = bool(self._request_url or self.poster.urls)
        self.dispatcher.carrier = self.poster if by_http else self.sockets

    def _uses_sockets(self) -> bool:
        return (self.manifest.get("settings") or {}).get("socket_mode_enabled") is not False

    @property
    def scopes(self) -> frozenset[str]:
        """The bot token's scopes: those of the manifest; all there are without one."""
        wanted = (self.manifest.get("oauth_config") or {}).get("scopes") or {}
        if "bot" not in wanted:
            return ALL_SCOPES
        return frozenset([*wanted["bot"], *(wanted.get("bot_optional") or ())])

    async def close(self) -> None:
        """Stop deliveries, connections and chores."""
        for task in [*self.chores.values()]:
            task.cancel()
        await asyncio.gather(*self.chores.values(), return_exceptions=True)
        self.clock.wake()
        await asyncio.gather(self.dispatcher.stop(), self.sockets.close())
        self.journal.close()
        await self.poster.close()

    def announce(self, event: Json) -> asyncio.Task[Ack | None] | None:
        """Send an event in the background; None when the app's manifest does not ask for it."""
        kind = str(event["type"])
        if not self._subscribes(kind, str(event.get("channel_type", ""))):
            self.dispatcher.skip(kind, "not_subscribed")
            return None
        if not self.event_limit.takes():
            self._withhold(kind)
            return None
        event_id = self.ids.next("Ev")
        body = payloads.event_callback(event, event_id, int(self.clock.now()))
        return self.dispatcher.publish(Envelope(type="events_api", kind=kind, payload=body))

    def files_ready(self, identity: str) -> bool:
        """Tell whether blocks may show a file: a processed PNG, JPEG or GIF picture.

        docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
        """
        stored = self.files.get(identity)
        if stored is None or not stored.is_processed or stored.picture is None:
            return False
        return stored.picture.kind in _SHOWN_IN_BLOCKS

    def chore(self, name: str, work: Coroutine[object, object, None]) -> None:
        """Do something in the background; `chores` holds it by name until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self.chores[name] = task
        task.add_done_callback(lambda _: self.chores.pop(name, None))

    def trigger(self, user: str, view_id: str = "", channel: str = "") -> str:
        """Return a new trigger id."""
        now = self.clock.now()
        forget(self.triggers, now)
        name = f"{self.ids.next('')}.{self.ids.secret()}"
        made = Trigger(user=user, expires=now + TRIGGER_S, view_id=view_id, channel=channel)
        self.triggers[name] = made
        return name

    def hook(self, user: str, channel: str, **place: str | bool) -> str:
        """Return a new response URL; `place` may give ts, thread_ts and is_ephemeral."""
        token = self.ids.secret()
        hook = Hook(user=user, channel=channel, expires=self.clock.now() + HOOK_S)
        hook.ts = str(place.get("ts", ""))
        hook.thread_ts = str(place.get("thread_ts", ""))
        hook.is_ephemeral = bool(place.get("is_ephemeral"))
        forget(self.hooks, self.clock.now())
        self.hooks[token] = hook
        return f"{self.base_url}/hooks/{token}"

    def _withhold(self, kind: str) -> None:
        """Keep an event back that is one too many; once a minute the app is told so."""
        self.dispatcher.skip(kind, "rate_limited")
        minute = self.event_limit.minute_to_tell()
        if minute:
            body = payloads.app_rate_limited(minute)
            told = Envelope(type="events_api", kind="app_rate_limited", payload=body)
            self.dispatcher.publish(told)

    def _subscribes(self, kind: str, channel_type: str) -> bool:
        settings = self.manifest.get("settings") or {}
        wanted = (settings.get("event_subscriptions") or {}).get("bot_events")
        if not wanted or kind == "function_executed":
            return True
        name = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
        name["mpim"] = "message.mpim"
        return (name.get(channel_type, kind) if kind == "message" else kind) in wanted
