"""One scenario for every app of this folder: what people do and see, whatever client the app uses.

The app: it repeats a mention in its thread ("Heard: …") and a thread's message ("More: …"), streams
an answer to "stream", counts deliveries of "again", describes a file, and knows `/ask` with `echo`,
`whisper`, `later`, `file` and `modal`. The modal's note becomes a message with an Approve button.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection
from contextlib import aclosing
from typing import Any

from workspace.client import Client

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {"slash_commands": [{"command": "/ask", "description": "Ask the app"}]},
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:history",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
            ]
        }
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_mention", "message.channels"]}},
}
BOT = "U0ATELIER"
PATIENCE_S = 20
WORLDLY = "你好，世界！👩🏽\u200d🚀 مرحبا بالعالم \u200f שלום \u200f （全角）＠ a<b & c>d"
STORED = WORLDLY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
REPORT = "第一行 🧾 مرحبا\nsecond\n".encode()


async def scenario(slack: Client) -> None:
    """Play everything against the app that is connected to this workspace."""
    await slack.manifest(MANIFEST)
    for step in (
        a_mention_is_answered_in_its_thread,
        a_thread_goes_on,
        a_command_is_answered,
        a_command_is_answered_later,
        a_whisper_reaches_one_person,
        an_answer_streams,
        a_file_reaches_the_app,
        a_file_of_the_app_reaches_people,
        a_modal_becomes_a_message_with_a_button,
        a_rate_limit_is_waited_for,
        a_lost_event_comes_again,
        a_broken_connection_is_made_again,
    ):
        await step(slack)
    await all_else_went_well(slack)


async def a_mention_is_answered_in_its_thread(slack: Client) -> None:
    said = await slack.say("ana", "general", f"@atelier {WORLDLY}")
    heard = await slack.wait_for(from_app("Heard:"), channel="general", thread_ts=said["ts"])
    assert heard["text"] == f"Heard: {STORED}"
    assert (heard["user"], heard["thread_ts"]) == (BOT, said["ts"])


async def a_thread_goes_on(slack: Client) -> None:
    root = (await slack.say("bo", "general", "About the 计划"))["ts"]
    await slack.say("ana", "general", f"more {WORLDLY}", root)
    more = await slack.wait_for(from_app("More:"), channel="general", thread_ts=root)
    assert more["text"] == f"More: {STORED}"
    parent = (await slack.messages("general", root))[0]
    assert (parent["reply_count"], parent["latest_reply"]) == (2, more["ts"])


async def a_command_is_answered(slack: Client) -> None:
    answer = await slack.slash("ana", "general", "/ask", f"echo {WORLDLY}")
    assert answer["acked"]
    assert answer["payload"]["text"] == f"Echo: {WORLDLY}"
    shown = await slack.wait_for(from_app("Echo:"), channel="general")
    assert shown["is_ephemeral"]
    assert not await was_shown(slack, "bo", "Echo:")


async def a_command_is_answered_later(slack: Client) -> None:
    assert (await slack.slash("ana", "general", "/ask", "later 稍后"))["acked"]
    shown = await slack.wait_for(from_app("Later:"), channel="general", user="bo")
    assert shown["text"] == "Later: 稍后"


async def a_whisper_reaches_one_person(slack: Client) -> None:
    assert (await slack.slash("bo", "general", "/ask", "whisper 悄悄话 🤫"))["acked"]
    shown = await slack.wait_for(from_app("Whisper:"), channel="general", user="bo")
    assert (shown["text"], shown["is_ephemeral"]) == ("Whisper: 悄悄话 🤫", True)
    assert not await was_shown(slack, "ana", "Whisper:")


async def an_answer_streams(slack: Client) -> None:
    root = (await slack.say("ana", "support", "stream"))["ts"]
    done = await slack.wait_for(is_streamed, channel="support", thread_ts=root)
    states = [each["payload"] for each in await slack.visible("ana")]
    *live, end = [each["text"] for each in states if each.get("ts") == done["ts"]]
    assert len(set(live)) >= 3
    assert all("**一** two ثلاثة 4️⃣".startswith(text) for text in live)
    assert end == done["text"] == "*一* two ثلاثة 4️⃣"  # Markdown has become what Slack keeps


async def a_file_reaches_the_app(slack: Client) -> None:
    name = "说明 🧾.txt"
    sent = await slack.upload("ana", "support", name, REPORT, text="please read")
    got = await slack.wait_for(from_app("Got "), channel="support", thread_ts=sent["ts"])
    assert got["text"] == f"Got {name}: {hashlib.sha256(REPORT).hexdigest()}"


async def a_file_of_the_app_reaches_people(slack: Client) -> None:
    assert (await slack.slash("ana", "support", "/ask", "file"))["acked"]
    shared = await slack.wait_for(from_app("Here it is"), channel="support", user="bo")
    (file,) = shared["files"]
    assert (file["name"], file["title"], file["size"]) == ("结果.txt", "结果 🎁", len(REPORT))
    digests = {each.get("sha256") for each in await slack.visible("bo") if each["kind"] == "file"}
    assert hashlib.sha256(REPORT).hexdigest() in digests


async def a_modal_becomes_a_message_with_a_button(slack: Client) -> None:
    start = (await slack.state("ana"))["last_event_id"]
    assert (await slack.slash("ana", "random", "/ask", "modal"))["acked"]
    view = (await next_event(slack, start, {"view_opened"}))["view"]
    assert (view["callback_id"], view["title"]["text"]) == ("note", "备注")
    refused = await slack.submit("ana", view["id"], entered("no"))
    assert (refused["response_action"], refused["errors"]) == ("errors", {"note": "太短 ⚠️"})
    accepted = await slack.submit("ana", view["id"], entered(WORLDLY))
    assert (accepted["acked"], accepted["errors"]) == (True, None)
    assert (await slack.state("ana"))["views"] == []
    note = await slack.wait_for(from_app("Note:"), channel="random")
    assert note["text"] == f"Note: {STORED}"
    await the_button_approves(slack, note)


async def the_button_approves(slack: Client, note: Json) -> None:
    where: Json = {"channel": "random", "ts": note["ts"]}
    assert (await slack.click("bo", "approve", **where))["acked"]
    approved = await slack.wait_for(from_app("Approved"), channel="random")
    assert (approved["ts"], approved["text"]) == (note["ts"], "Approved by <@U0BO> ✅")
    assert not [block for block in approved.get("blocks", ()) if block["type"] == "actions"]
    thanks = await slack.wait_for(from_app("Thanks"), channel="random", user="bo")
    assert thanks["is_ephemeral"]


async def a_rate_limit_is_waited_for(slack: Client) -> None:
    await slack.fault({"method": "chat.postMessage", "count": 1}, status=429, retry_after_s=1)
    said = await slack.say("ana", "random", "@atelier patience")
    await slack.wait_for(from_app("Heard:"), channel="random", thread_ts=said["ts"])
    first, second = (await slack.calls("chat.postMessage"))[-2:]
    assert (first["status"], first["error"], second["status"]) == (429, "ratelimited", 200)
    assert first["args"]["text"] == second["args"]["text"] == "Heard: patience"
    assert second["at"] - first["at"] >= 1


async def a_lost_event_comes_again(slack: Client) -> None:
    await settled(slack)
    await slack.fault({"envelope": "message", "count": 1}, drop=True)
    said = await slack.say("ana", "random", "again")
    assert len(await slack.messages("random", said["ts"])) == 1
    await slack.advance(3)
    again = await slack.wait_for(from_app("Delivery"), channel="random", thread_ts=said["ts"])
    assert again["text"] == "Delivery 1"


async def a_broken_connection_is_made_again(slack: Client) -> None:
    for how in ("soft", "hard"):
        await settled(slack)
        await slack.fault(disconnect=how)
        said = await slack.say("ana", "support", f"@atelier {how}")
        await slack.wait_for(from_app(f"Heard: {how}"), channel="support", thread_ts=said["ts"])


async def all_else_went_well(slack: Client) -> None:
    """Everything reached the app in the end, and no call failed but the limited one."""
    await settled(slack)
    envelopes = await sent_envelopes(slack)
    arrived = {each["event_id"] for each in envelopes if each["acked"]}
    assert {each["event_id"] for each in envelopes} == arrived
    assert all(each["acked"] for each in envelopes if each["type"] != "events_api")
    lost = [each["kind"] for each in envelopes if each["outcome"] == "dropped"]
    assert lost == ["message"]
    failed = [each for each in await slack.calls() if not each["ok"]]
    assert [(each["method"], each["error"]) for each in failed] == [
        ("chat.postMessage", "ratelimited")
    ]


async def settled(slack: Client) -> None:
    """Wait until every envelope has found its end."""
    start = (await slack.state("ana"))["last_event_id"]
    async with asyncio.timeout(PATIENCE_S), aclosing(slack.events("ana", start)) as events:
        while any(each["outcome"] == "pending" for each in await sent_envelopes(slack)):
            async for event in events:
                if event["type"] == "envelope":
                    break


async def sent_envelopes(slack: Client) -> list[Json]:
    """Return the deliveries without the events that the manifest does not ask for."""
    return [each for each in await slack.deliveries() if each["outcome"] != "not_subscribed"]


async def next_event(slack: Client, start: int, wanted: Collection[str]) -> Json:
    """Return the first event of these types that ana's page got after `start`."""
    async with asyncio.timeout(PATIENCE_S), aclosing(slack.events("ana", start)) as events:
        async for event in events:
            if event["type"] in wanted:
                return event
    raise AssertionError("the stream ended")


async def was_shown(slack: Client, user: str, start: str) -> bool:
    """Tell whether a person ever saw a message that begins so."""
    shown = await slack.visible(user)
    return any(str(each["payload"].get("text", "")).startswith(start) for each in shown)


def from_app(start: str) -> Callable[[Json], bool]:
    """Return a test for the app's messages that begin so."""
    return lambda each: each["user"] == BOT and each["text"].startswith(start)


def is_streamed(message: Json) -> bool:
    """Tell whether this is a stream that has ended."""
    return message.get("streaming_state") == "completed"


def entered(text: str) -> Json:
    """Return the state of the modal with this text in it."""
    return {"note": {"text": {"type": "plain_text_input", "value": text}}}
