"""Every method's answers against the published reference: in every variant that can be made.

The oracle is strict: closed key sets, the types of every key, and only documented error codes.
"""

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.workspace.judging import Asking
from tests.workspace.oracle import WAIVERS, Oracle
from workspace.client import Client
from workspace.methods.table import METHODS
from workspace.people import CLIENT_ID, CLIENT_SECRET, UserGroup
from workspace.state import Grant, Workspace

TEXT = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [TEXT]}
HOME = {"type": "home", "blocks": [TEXT]}
GENERAL = {"channel": "C0GENERAL"}
FUNCTION = {
    "title": "Draft",
    "description": "",
    "input_parameters": {"properties": {"topic": {"type": "string"}}, "required": ["topic"]},
    "output_parameters": {"properties": {"text": {"type": "string"}}, "required": ["text"]},
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
async def ask(ws: Workspace, reference: dict[str, Any]) -> AsyncIterator[Asking]:
    ws.limits.enabled = False
    async with aiohttp.ClientSession() as session:
        yield Asking(session, ws.base_url, Oracle(reference))


async def _about_messages(ask: Asking, control: Client) -> None:
    said = (await control.say("ana", "general", "q <https://example.com|x> & @bo"))["ts"]
    await control.say("bo", "general", "reply", said)
    posted = await ask.ok("chat.postMessage", **GENERAL, text="x", thread_ts=said)
    more = {"metadata": {"event_type": "e", "event_payload": {"a": 1}}, "reply_broadcast": True}
    await ask.ok("chat.postMessage", **GENERAL, blocks=[TEXT], thread_ts=said, **more)
    await ask.ok("chat.postMessage", **GENERAL, attachments=[{"text": "a"}], text="y")
    await ask.ok("chat.postMessage", channel="U0ANA", markdown_text="**b**")
    await ask.ok("chat.update", **GENERAL, ts=posted["ts"], blocks=[TEXT], text="z")
    await ask.ok("chat.update", **GENERAL, ts=posted["ts"], text="y")
    for ts in (said, posted["ts"]):
        await ask.ok("chat.getPermalink", **GENERAL, message_ts=ts)
    await ask.ok("chat.postEphemeral", **GENERAL, user="U0ANA", text="x")
    for name in ("eyes", "thumbsup::skin-tone-3"):
        await ask.ok("reactions.add", **GENERAL, timestamp=said, name=name)
    await ask.ok("pins.add", **GENERAL, timestamp=said)
    await ask.ok("pins.add", **GENERAL, timestamp=posted["ts"])
    assert len((await ask.ok("pins.list", **GENERAL))["items"]) == 2
    for full in (True, False):
        got = await ask.ok("reactions.get", **GENERAL, timestamp=said, full=full)
        assert len(got["message"]["reactions"]) == 2
    await ask.ok("reactions.remove", **GENERAL, timestamp=said, name="eyes")
    await _about_reading(ask, said)
    await ask.ok("chat.delete", **GENERAL, ts=posted["ts"])
    assert (await ask("chat.delete", **GENERAL, ts=said))["error"] == "cant_delete_message"
    await control.edit("ana", "general", said, "other words")
    await control.delete("ana", "general", said)
    await _about_reading(ask, said)


async def _about_reading(ask: Asking, thread: str) -> None:
    await ask.pages("conversations.history", "messages", **GENERAL)
    await ask.ok("conversations.history", **GENERAL, include_all_metadata=True, inclusive=True)
    await ask.ok("conversations.history", **GENERAL, oldest="1", latest="9999999999")
    await ask.pages("conversations.replies", "messages", **GENERAL, ts=thread)
    await ask.ok("conversations.replies", **GENERAL, ts=thread, include_all_metadata=True)


async def _about_later(ask: Asking, ws: Workspace, control: Client) -> None:
    soon = int(ws.clock.now()) + 100
    for number in range(3):
        await ask.ok("chat.scheduleMessage", **GENERAL, post_at=soon + number, text=f"{number}")
    last = await ask.ok("chat.scheduleMessage", channel="D0ANA", post_at=soon, blocks=[TEXT])
    await ask.pages("chat.scheduledMessages.list", "scheduled_messages")
    await ask.ok("chat.scheduledMessages.list", **GENERAL, oldest="1", latest=str(soon))
    away = {"channel": "D0ANA", "scheduled_message_id": last["scheduled_message_id"]}
    await ask.ok("chat.deleteScheduledMessage", **away)
    link = (await control.say("ana", "general", "https://example.com/a"))["ts"]
    previews = {"https://example.com/a": {"blocks": [TEXT]}}
    await ask.ok("chat.unfurl", **GENERAL, ts=link, unfurls=previews)
    await ask.ok("chat.unfurl", **GENERAL, ts=link, user_auth_required=True)
    await ask.ok("conversations.history", **GENERAL, limit=1)


async def _about_streams(ask: Asking, asked: str) -> None:
    recipient = {"recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}
    place = {"channel": "D0ANA", "thread_ts": asked}
    chunks = [{"type": "task_update", "id": "1", "title": "t", "status": "in_progress"}]
    ts = (await ask.ok("chat.startStream", **place, **recipient))["ts"]
    await ask.ok("chat.appendStream", channel="D0ANA", ts=ts, markdown_text="**x**")
    await ask.ok("conversations.replies", channel="D0ANA", ts=asked)
    await ask.ok("chat.stopStream", channel="D0ANA", ts=ts, blocks=[TEXT])
    ts = (await ask.ok("chat.startStream", **place, **recipient, chunks=chunks))["ts"]
    await ask.ok("chat.appendStream", channel="D0ANA", ts=ts, chunks=chunks)
    await ask.ok("chat.stopStream", channel="D0ANA", ts=ts, chunks=chunks)
    await ask.ok("conversations.replies", channel="D0ANA", ts=asked)


async def _about_agents(ask: Asking, asked: str) -> None:
    thread = {"channel_id": "D0ANA", "thread_ts": asked}
    await ask.ok("assistant.threads.setStatus", **thread, status="x", loading_messages=["a"])
    await ask.ok("assistant.threads.setTitle", **thread, title="x")
    prompt = {"title": "a", "message": "b"}
    await ask.ok("assistant.threads.setSuggestedPrompts", **thread, prompts=[prompt])
    await ask.ok("agents.sessions.setStatus", **thread, status="active", title="x")
    await ask.ok("agents.sessions.rename", **thread, title="y")


async def _about_places(ask: Asking, control: Client) -> None:
    await control.dm("ana", "bo", "atelier")
    every = "public_channel,private_channel,im,mpim"
    listed = await ask.pages("conversations.list", "channels", types=every)
    assert {each["is_im"] for each in listed} == {True, False}
    await ask.pages("users.conversations", "channels", types=every)
    await ask.ok("users.conversations", user="U0BO", types=every, exclude_archived=True)
    for channel in listed:
        flags = {"include_num_members": True, "include_locale": True}
        await ask.ok("conversations.info", channel=channel["id"], **flags)
        await ask.ok("conversations.info", channel=channel["id"])
        await ask.ok("conversations.history", channel=channel["id"])
        await ask.ok("conversations.members", channel=channel["id"])
    await ask.pages("conversations.members", "members", **GENERAL)
    for name, is_private in (("made-here", False), ("made-closed", True)):
        made = (await ask.ok("conversations.create", name=name, is_private=is_private))["channel"]
        await ask.ok("conversations.invite", channel=made["id"], users="U0ANA")
        some = {"users": "U0BO,U0NOBODY", "force": True}
        await ask.ok("conversations.invite", channel=made["id"], **some)
        await ask.ok("conversations.history", channel=made["id"])
    await ask.ok("conversations.join", **GENERAL)
    await control.channel("ana", "joined")
    await ask.ok("conversations.join", channel=(await _id_of(ask, "joined")))
    await control.archive("ana", "joined")
    await ask.ok("conversations.list", exclude_archived=False)
    for users in ("U0ANA", "U0BO,U0CHEN", "U0ANA,U0BO"):
        for full in (True, False):
            await ask.ok("conversations.open", users=users, return_im=full)
    await ask.ok("conversations.open", channel="D0ANA")


async def _id_of(ask: Asking, name: str) -> str:
    channels = (await ask.ok("conversations.list"))["channels"]
    return next(each["id"] for each in channels if each["name"] == name)


async def _about_people(ask: Asking, ws: Workspace, control: Client) -> None:
    for token in ("xoxb-local", "xoxp-ana"):
        await ask.ok("auth.test", token)
    await ask.ok("api.test", "", foo="bar")
    for method in ("team.info", "users.list", "emoji.list"):
        await ask.ok(method)
    await ask.ok("emoji.list", include_categories=True)
    await ask.pages("users.list", "members", include_locale=True)
    await ask.ok("bots.info", bot="B0ATELIER")
    for user in ("U0CHEN", "U0ATELIER"):
        await ask.ok("users.info", user=user, include_locale=True)
    await ask.ok("users.lookupByEmail", email="ana@example.com")
    gone = UserGroup(id="S0OLD", handle="old", name="Old", members=(), is_disabled=True)
    ws.directory.groups[gone.id] = gone
    for flag in ("include_count", "include_users", "include_disabled"):
        await ask.ok("usergroups.list", **{flag: True})
    await ask.ok("usergroups.users.list", usergroup="S0REVIEWERS")
    mark = {"title": "Guide", "link": "https://example.com", "emoji": ":book:"}
    await control.post("bookmark", user="ana", channel="general", **mark)
    assert (await ask.ok("bookmarks.list", channel_id="C0GENERAL"))["bookmarks"]


async def _about_files(ask: Asking, control: Client) -> None:
    picture = (await control.upload("ana", "general", "a.png", PIXEL))["file_id"]
    await control.upload("bo", "reviewers", "b.md", "# 你好".encode())
    await control.upload("ana", "dm", "c.py", b"print()")
    await ask.ok("files.info", file=picture)
    assert (await ask.ok("files.list"))["paging"]["total"] == 3
    for given in ({"types": "images"}, {"user": "U0BO"}, GENERAL, {"count": 1, "page": 2}):
        await ask.ok("files.list", **given)
    await ask.ok("reactions.get", file=picture)
    await ask.ok("conversations.history", **GENERAL)
    where = await ask.ok("files.getUploadURLExternal", filename="d.txt", length=1, alt_txt="d")
    async with aiohttp.ClientSession() as session:
        await (await session.post(where["upload_url"], data=b"d")).release()
    done = [{"id": where["file_id"], "title": "D"}]
    await ask.ok("files.completeUploadExternal", files=done, channel_id="C0GENERAL")
    await control.wait_for(lambda each: _shows(each, where["file_id"]), channel="general")
    await ask.ok("files.info", file=where["file_id"])
    await ask.ok("files.delete", file=where["file_id"])
    await ask.ok("conversations.history", **GENERAL)


def _shows(message: dict[str, Any], file_id: str) -> bool:
    return any(each["id"] == file_id for each in message.get("files", ()))


async def _about_views(ask: Asking, ws: Workspace) -> None:
    opened = (await ask.ok("views.open", trigger_id=ws.trigger("U0ANA"), view=MODAL))["view"]
    more = {"submit": {"type": "plain_text", "text": "Go"}, "private_metadata": "p"}
    view = MODAL | more | {"external_id": "e", "notify_on_close": True}
    await ask.ok("views.update", view_id=opened["id"], view=view, hash=opened["hash"])
    await ask.ok("views.push", trigger_id=ws.trigger("U0ANA", opened["id"]), view=MODAL)
    await ask.ok("views.update", external_id="e", view=view)
    for _ in range(2):
        await ask.ok("views.publish", user_id="U0ANA", view=HOME)
    await ask.ok("blocks.validate", "", blocks=[TEXT, {"type": "actions", "elements": [BUTTON]}])


async def _about_the_app(ask: Asking, ws: Workspace, control: Client) -> None:
    await ask.ok("apps.connections.open", "xapp-local")
    manifest = {"display_information": {"name": "A"}}
    await ask.ok("apps.manifest.validate", "xoxp-ana", manifest=manifest)
    await control.manifest({"functions": {"draft": FUNCTION}})
    for ending in ({"outputs": {"text": "x"}}, {"error": "no"}):
        run = await control.function("draft", {"topic": "foxes"})
        method = f"functions.complete{'Success' if 'outputs' in ending else 'Error'}"
        execution = {"function_execution_id": run["function_execution_id"]}
        await ask.ok(method, **execution, **ending)
    ws.grants["c"] = Grant(
        user="U0ANA",
        scope="chat:write",
        user_scope="users:read",
        redirect_uri="",
        challenge="",
        expires=ws.clock.now() + 9,
    )
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    await ask.ok("oauth.v2.access", "", code="c", **client)
    await ask.ok("auth.revoke", test=True)
    await ask.ok("auth.revoke")
    assert (await ask("auth.test"))["error"] == "token_revoked"


async def test_every_answer_is_as_documented(ws: Workspace, ask: Asking, control: Client) -> None:
    asked = (await control.say("ana", "dm", "q"))["ts"]
    await _about_messages(ask, control)
    await _about_later(ask, ws, control)
    await _about_streams(ask, asked)
    await _about_agents(ask, asked)
    await _about_people(ask, ws, control)
    await _about_places(ask, control)
    await _about_files(ask, control)
    await _about_views(ask, ws)
    await _about_the_app(ask, ws, control)
    assert set(ask.good) == set(METHODS)


def test_the_oracle_can_fail(reference: dict[str, Any]) -> None:
    oracle = Oracle(reference)
    good = {"ok": True, "channel": "C0GENERAL", "ts": "1700000000.000001"}
    assert oracle.problems("chat.postMessage", good) == []
    for wrong in (
        good | {"invented": 1},
        good | {"ts": "soon"},
        good | {"message": {"type": "message"}},
        {"ok": True, "channel": "C0GENERAL"},
        {"ok": False, "error": "no_text", "invented": 1},
    ):
        assert oracle.problems("chat.postMessage", wrong) != []


def test_waivers_are_few_and_have_reasons() -> None:
    assert len(WAIVERS) <= 10
    assert all(len(reason.split()) > 5 for _, reason in WAIVERS.values())


def test_every_method_of_the_reference_is_here(reference: dict[str, Any]) -> None:
    assert set(reference) == set(METHODS)
    assert all(rules.run.__module__.startswith("workspace.") for rules in METHODS.values())


def test_rates_and_scopes_are_the_references(reference: dict[str, Any]) -> None:
    for method, page in reference.items():
        rules = METHODS[method]
        wanted = set((page["scope"] or {}).get("bot", ()))
        assert set(rules.scopes.split()) in (wanted, wanted - {"channels:write"}), method
        tier = int(str(page.get("rate_limits") or "t5").removeprefix("t"))
        assert rules.tier == tier, method
