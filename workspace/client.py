"""An async client of the control API: act as a person, and wait for what happens.

    async with Client(url) as slack:
        asked = await slack.say("ana", "general", "@atelier hello")
        reply = await slack.wait_for(is_from_bot, channel="general", thread_ts=asked["ts"])

It imports nothing of the server. Waiting listens to the event stream; nothing here polls.
"""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

import aiohttp

Json: TypeAlias = dict[str, Any]
_PATIENCE_S = 60.0
IDLE_S = 4.0
"""How long a connection is kept unused: less than the 5 s after which the server ends it."""
_LONGEST_EVENT = 1 << 22


class ControlError(Exception):
    """The control API refused: its error code and the HTTP status."""

    def __init__(self, code: str, status: int) -> None:
        """Take what the server answered."""
        super().__init__(f"{code} (HTTP {status})")
        self.code = code
        self.status = status


class Client:
    """Drives one workspace. People and channels are given by id or name."""

    def __init__(self, url: str) -> None:
        """Take the workspace's address; connects on the first use."""
        self.url = url.rstrip("/")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S),
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=_LONGEST_EVENT,
        )

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def get(self, name: str, /, **query: str | int | None) -> Json:
        """GET `/_control/name`; None is left out."""
        params = {key: str(value) for key, value in query.items() if value is not None}
        return await self._ask("GET", name, params=params)

    async def post(self, name: str, /, **body: object) -> Json:
        """POST `/_control/name` with a JSON body; None is left out."""
        given = {key: value for key, value in body.items() if value is not None}
        return await self._ask("POST", name, json=given)

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Type a message; returns `{"ok", "ts"}`."""
        return await self.post("say", user=user, channel=channel, text=text, thread_ts=thread_ts)

    async def slash(self, user: str, channel: str, command: str, text: str = "") -> Json:
        """Run a slash command; returns `{"acked", "payload", "elapsed_ms"}`."""
        return await self.post("slash", user=user, channel=channel, command=command, text=text)

    async def click(self, user: str, action_id: str, **where: object) -> Json:
        """Use an element of a message (channel, ts) or a view (view_id); returns `{"acked"}`."""
        return await self.post("click", user=user, action_id=action_id, **where)

    async def submit(self, user: str, view_id: str, values: Json) -> Json:
        """Submit a modal; returns `{"acked", "response_action", "errors"}`."""
        return await self.post("submit", user=user, view_id=view_id, values=values)

    async def close_view(self, user: str, view_id: str) -> Json:
        """Close a modal."""
        return await self.post("close_view", user=user, view_id=view_id)

    async def suggest(self, user: str, action_id: str, value: str, **where: object) -> Json:
        """Type into an external select; returns `{"acked", "options"}`."""
        return await self.post("suggest", user=user, action_id=action_id, value=value, **where)

    async def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> Json:
        """Use a shortcut, a message's when channel and ts are given; returns `{"acked"}`."""
        return await self.post(
            "shortcut", user=user, callback_id=callback_id, channel=channel, ts=ts
        )

    async def home(self, user: str) -> Json:
        """Open the app's Home; returns `{"acked"}`."""
        return await self.post("home", user=user)

    async def stop(self, user: str, channel: str, thread_ts: str) -> Json:
        """Press a thread's stop button; returns `{"acked"}`."""
        return await self.post("stop", user=user, channel=channel, thread_ts=thread_ts)

    async def context(self, user: str, channel: str) -> Json:
        """Look at a channel while the agent is open; returns `{"acked"}`."""
        return await self.post("context", user=user, channel=channel)

    async def upload(self, user: str, channel: str, name: str, content: bytes, **more: str) -> Json:
        """Drop a file (`more`: text, thread_ts); returns `{"ok", "ts", "file_id"}`."""
        form = aiohttp.FormData({"user": user, "channel": channel, **more}, quote_fields=False)
        form.add_field("file", content, filename=name)
        return await self._ask("POST", "upload", data=form)

    async def channel(self, user: str, name: str, *, is_private: bool = False) -> Json:
        """Make a channel; returns its card."""
        made = await self.post("channel", user=user, name=name, is_private=is_private)
        return dict(made["channel"])

    async def dm(self, user: str, *others: str) -> Json:
        """Open the DM or group DM with these people; returns its card."""
        return dict((await self.post("dm", user=user, users=list(others)))["channel"])

    async def join(self, user: str, channel: str) -> Json:
        """Join a public channel; returns its card."""
        return dict((await self.post("join", user=user, channel=channel))["channel"])

    async def leave(self, user: str, channel: str) -> None:
        """Leave a channel."""
        await self.post("leave", user=user, channel=channel)

    async def archive(self, user: str, channel: str) -> None:
        """Archive a channel."""
        await self.post("archive", user=user, channel=channel)

    async def rename(self, user: str, channel: str, name: str) -> None:
        """Give a channel another name."""
        await self.post("rename", user=user, channel=channel, name=name)

    async def invite(self, user: str, channel: str, invited: str) -> None:
        """Bring a person, or the bot, into a channel."""
        await self.post("invite", user=user, channel=channel, invited=invited)

    async def kick(self, user: str, channel: str, removed: str) -> None:
        """Remove a person, or the bot, from a channel."""
        await self.post("kick", user=user, channel=channel, removed=removed)

    async def read(self, user: str, channel: str, ts: str) -> None:
        """Set the person's read mark."""
        await self.post("read", user=user, channel=channel, ts=ts)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change the text of the person's own message."""
        await self.post("edit", user=user, channel=channel, ts=ts, text=text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete the person's own message."""
        await self.post("delete", user=user, channel=channel, ts=ts)

    async def react(self, user: str, channel: str, ts: str, name: str) -> bool:
        """Toggle an emoji on a message; returns whether it is there now."""
        done = await self.post("react", user=user, channel=channel, ts=ts, name=name)
        return bool(done["added"])

    async def function(self, callback_id: str, inputs: Json) -> Json:
        """Run one of the app's functions; returns `{"function_execution_id", ...}`."""
        return await self.post("function", callback_id=callback_id, inputs=inputs)

    async def state(self, user: str) -> Json:
        """Return what this person's page starts from."""
        return await self.get("state", user=user)

    async def messages(
        self, channel: str, thread_ts: str | None = None, user: str | None = None
    ) -> list[Json]:
        """Return the messages, oldest first; with a user also that person's ephemeral ones."""
        found = await self.get("messages", channel=channel, thread_ts=thread_ts, user=user)
        return list(found["messages"])

    async def calls(self, method: str | None = None, limit: int | None = None) -> list[Json]:
        """Return the app's Web API calls, oldest first."""
        return list((await self.get("calls", method=method, limit=limit))["calls"])

    async def visible(self, user: str) -> list[Json]:
        """Return every state of everything this person has been shown."""
        return list((await self.get("visible", user=user))["shown"])

    async def content(self, sha256: str) -> bytes:
        """Return the bytes of a file that somebody has been shown, also if it was deleted."""
        return base64.b64decode((await self.get("content", sha256=sha256))["base64"])

    async def deliveries(self) -> list[Json]:
        """Return what became of every envelope."""
        return list((await self.get("deliveries"))["deliveries"])

    async def fault(self, match: Json | None = None, **effect: object) -> Json:
        """Make something go wrong, e.g. `fault({"method": "chat.update"}, status=429)`."""
        return await self.post("faults", match=match or {}, effect=effect)

    async def clear_faults(self) -> None:
        """Let all go well again."""
        await self._ask("DELETE", "faults")

    async def advance(self, seconds: float) -> float:
        """Advance the workspace's clock; returns its new Unix time."""
        return float((await self.post("clock", advance_s=seconds))["now"])

    async def manifest(self, manifest: Json) -> None:
        """Load the app's manifest."""
        await self._ask("POST", "manifest", json=manifest)

    async def events(
        self, user: str, last_event_id: int | None = None
    ) -> AsyncGenerator[Json, None]:
        """Yield a person's events as they come, first those after `last_event_id`."""
        query = {"user": user}
        if last_event_id is not None:
            query["last_event_id"] = str(last_event_id)
        async with self._session.get(f"{self.url}/_control/events", params=query) as answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))

    async def wait_for(
        self,
        wanted: Callable[[Json], bool],
        *,
        channel: str,
        thread_ts: str | None = None,
        user: str = "ana",
        timeout_s: float = _PATIENCE_S,
    ) -> Json:
        """Return the newest `wanted` message, now or later, as this member sees the channel.

        Raises TimeoutError with the last seen texts after `timeout_s`.
        """
        seen: list[Json] = []
        try:
            async with asyncio.timeout(timeout_s):
                return await self._first(wanted, (channel, thread_ts, user), seen)
        except TimeoutError as error:
            texts = [message.get("text", "") for message in seen]
            raise TimeoutError(f"not seen within {timeout_s} s; there was: {texts}") from error

    async def _first(
        self,
        wanted: Callable[[Json], bool],
        place: tuple[str, str | None, str],
        seen: list[Json],
    ) -> Json:
        channel, thread_ts, user = place
        start = (await self.state(user))["last_event_id"]
        changes = self.events(user, start)
        try:
            while True:
                seen[:] = await self.messages(channel, thread_ts, user)
                for message in reversed(seen):
                    if wanted(message):
                        return message
                await _next_message(changes)
        finally:
            await changes.aclose()

    async def _ask(self, verb: str, name: str, **request: Any) -> Json:  # noqa: ANN401  # aiohttp's
        url = f"{self.url}/_control/{name}"
        async with self._session.request(verb, url, **request) as answer:
            body = await answer.json()
        if not answer.ok:
            raise ControlError(str(body.get("error")), answer.status)
        return body


async def _next_message(changes: AsyncIterator[Json]) -> None:
    async for event in changes:
        if "message" in event or event["type"].endswith("_deleted"):
            return
