"""A workspace as its own process, and a small scripted app for the page's tests.

The app answers over a real socket: `/form` and the shortcut open a modal that refuses more than 100
words, other commands are repeated to their author, and whatever is pressed is told in #support.
"""

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.request import Request, urlopen

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

if TYPE_CHECKING:  # playwright may be absent
    from playwright.sync_api import Locator, Page

Json: TypeAlias = dict[str, Any]
After: TypeAlias = Callable[[], object]
Open: TypeAlias = "Callable[..., Page]"

ROOT = Path(__file__).parents[3]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text}


def field(block_id: str, label: str, element: Json, **more: object) -> Json:
    element = {"action_id": block_id, **element}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        **more,
    }


MANIFEST: Json = {
    "features": {
        "slash_commands": [
            {"command": "/draft", "usage_hint": "what to write", "description": "A first draft"},
            {"command": "/digest", "usage_hint": "when", "description": "A recap"},
            {"command": "/form", "usage_hint": "", "description": "A form"},
            {"command": "/show", "usage_hint": "a view", "description": "A prepared view"},
        ],
        "agent_view": {"agent_description": "Writes drafts"},
        "shortcuts": [
            {"name": "New request", "type": "global", "callback_id": "new", "description": "Form"},
            {"name": "Reply to it", "type": "message", "callback_id": "rep", "description": "It"},
        ],
    }
}
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("New draft"),
    "submit": plain("Write"),
    "blocks": [
        field("words", "How many words", {"type": "number_input", "is_decimal_allowed": False}),
        field("brief", "Brief", {"type": "plain_text_input", "multiline": True}, optional=True),
        field(
            "tone", "Tone", {"type": "static_select", "options": [option("warm"), option("dry")]}
        ),
    ],
}


Answer: TypeAlias = "Callable[[Json], Json | None]"
HEARD_S = 15
SILENCE: Json = {"no": "answer"}
"""What an answer returns when the app is not to acknowledge at all."""


class Site:
    """The workspace's address, and its two APIs as calls.

    `views` are shown by `/show name`; `answers` acknowledge a submitted view by its `callback_id`,
    and the search in a menu by its `action_id`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.views: dict[str, Json] = {}
        self.answers: dict[str, Answer] = {}
        self.heard: list[Json] = []
        self.news = threading.Condition()

    def hear(self, payload: Json) -> None:
        """Remember what the app received."""
        with self.news:
            self.heard.append(payload)
            self.news.notify_all()

    def last(self, wanted: Callable[[Json], bool]) -> Json:
        """Return the newest payload that fits, once the app has received one."""

        def found() -> list[Json]:
            return [each for each in self.heard if wanted(each)]

        with self.news:
            assert self.news.wait_for(found, HEARD_S), self.heard[-3:]
            return found()[-1]

    def actions(self) -> list[str]:
        """Return the `action_id` of everything that was used so far."""
        heard = [each["actions"][0] for each in self.heard if each.get("actions")]
        return [str(each["action_id"]) for each in heard]

    def acted(self, action_id: str, nth: int = 1) -> Json:
        """Return the newest `block_actions` payload of an element, once there were `nth`."""

        with self.news:
            assert self.news.wait_for(lambda: self.actions().count(action_id) >= nth, HEARD_S)
        return self.last(
            lambda each: (each.get("actions") or [{}])[0].get("action_id") == action_id
        )

    def post(self, path: str, body: object, token: str = "") -> Json:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        asked = Request(self.url + path, json.dumps(body).encode(), headers)  # noqa: S310  # ours
        with urlopen(asked) as reply:  # noqa: S310  # our own server
            return json.load(reply)

    def control(self, name: str, **body: object) -> Json:
        return self.post(f"/_control/{name}", body)

    def api(self, method: str, **body: object) -> Json:
        reply = self.post(f"/api/{method}", body, "xoxb-local")
        assert reply["ok"], reply
        return reply

    def upload(self, user: str, name: str, content: bytes) -> str:
        """Post a file in #support; return its id."""
        text = {"user": user, "channel": "support"}.items()
        parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in text]
        parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + content)
        body = b"".join(
            b"--X\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts
        )
        headers = {"Content-Type": "multipart/form-data; boundary=X"}
        asked = Request(f"{self.url}/_control/upload", body + b"--X--\r\n", headers)  # noqa: S310  # ours
        with urlopen(asked) as reply:  # noqa: S310  # our own server
            return json.load(reply)["file_id"]

    def say(self, user: str, text: str, **more: object) -> str:
        return self.control("say", user=user, channel="support", text=text, **more)["ts"]

    def tell(self, text: str, **more: object) -> str:
        return self.api("chat.postMessage", channel="C0SUPPORT", text=text, **more)["ts"]


def picture(width: int, height: int) -> bytes:
    """A PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * width) * height)
    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@contextmanager
def served(port: int = 0) -> Iterator[Site]:
    """Run the workspace as its own process, without rate limits."""
    options = ["--port", str(port), "--json", "--no-rate-limits"]
    command = [sys.executable, "-m", "workspace", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ourselves
        assert process.stdout is not None
        try:
            yield Site(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def play(site: Site, socket: ClientConnection) -> None:
    """Be the app until the socket closes."""
    try:
        for frame in socket:
            envelope = json.loads(frame)
            if "envelope_id" in envelope:
                site.hear(envelope["payload"])
                payload, after = react(site, envelope["payload"])
                if payload is SILENCE:
                    continue
                ack: Json = {"envelope_id": envelope["envelope_id"]}
                socket.send(json.dumps(ack | ({"payload": payload} if payload else {})))
                after()
    except ConnectionClosed:
        return


def react(site: Site, payload: Json) -> tuple[Json | None, After]:
    """Return the acknowledgement's payload, and what the app does after it."""
    kind = payload.get("type")
    if "command" in payload or kind == "shortcut":
        return asked(site, payload)
    answer = site.answers.get(answering(payload))
    if answer is not None:
        return answer(payload), lambda: None
    if kind == "view_submission":
        return judge(site, payload["view"]["state"]["values"])
    if kind == "block_actions":
        return None, lambda: site.tell(pressed(payload["actions"][0]))
    if kind == "message_action":
        return None, lambda: site.tell(f"shortcut on: {payload['message']['text']}")
    return None, lambda: happened(site, payload.get("event", {}))


def answering(payload: Json) -> str:
    """Return the name under which an answer to this payload is prepared; '' for none."""
    kind = payload.get("type")
    if kind == "view_submission":
        return payload["view"]["callback_id"]
    return payload["action_id"] if kind == "block_suggestion" else ""


def asked(site: Site, payload: Json) -> tuple[Json | None, After]:
    command = payload.get("command", "/form")
    if command == "/show":
        shown = {"trigger_id": payload["trigger_id"], "view": site.views[payload["text"]]}
        return None, lambda: site.api("views.open", **shown)
    if command != "/form":
        return {"text": f"{command} got: {payload['text']}"}, lambda: None
    trigger = payload["trigger_id"]
    return None, lambda: site.api("views.open", trigger_id=trigger, view=FORM)


def happened(site: Site, event: Json) -> None:
    if event.get("type") == "app_home_opened":
        publish(site, event["user"])
    if event.get("type") == "agent_session_stopped":
        place = {"channel_id": event["channel"], "thread_ts": event["thread_ts"]}
        site.api("agents.sessions.setStatus", status="active", **place)
        site.tell("stopped as asked")


def judge(site: Site, values: Json) -> tuple[Json | None, After]:
    words, tone = values["words"]["words"]["value"], values["tone"]["tone"]["selected_option"]
    if int(words) > 100:
        return {"response_action": "errors", "errors": {"words": "At most 100, please."}}, lambda: 0
    return None, lambda: site.tell(f"{words} words, {tone['value']}")


def pressed(action: Json) -> str:
    chosen = {key: value for key, value in action.items() if key.startswith(("value", "selected_"))}
    return f"{action['action_id']}: {json.dumps(chosen, ensure_ascii=False)}"


def publish(site: Site, user: str) -> None:
    text = {"type": "mrkdwn", "text": "*Your* requests"}
    button = {"type": "button", "action_id": "cancel", "text": plain("Cancel all"), "value": "all"}
    blocks = [{"type": "section", "text": text}, {"type": "actions", "elements": [button]}]
    site.api("views.publish", user_id=user, view={"type": "home", "blocks": blocks})


def message(page: "Page", text: str) -> "Locator":
    """The newest message of the main list with this text."""
    return page.locator("#messages").get_by_test_id("message").filter(has_text=text).last


def shown(page: "Page", ts: str) -> "Locator":
    """What a message of the main list says."""
    return page.locator(f"#messages [data-ts='{ts}'] .message-content")


def send(page: "Page", text: str, composer: str = "composer") -> None:
    """Type a text and press Enter."""
    page.get_by_test_id(composer).fill(text)
    page.get_by_test_id(composer).press("Enter")
