"""Every method's successful answer against the published reference: keys that must, keys that may.

The reference's own looseness is waived by name, with its reason.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.methods.table import METHODS
from workspace.state import Workspace

TEXT = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [TEXT]}
HOME = {"type": "home", "blocks": [TEXT]}
ALWAYS = {"ok", "response_metadata", "warning"}
WAIVED = {
    "files.info": {"comments", "response_metadata"},  # paging by cursor, as its arguments say
    "bots.info": {"bot"},  # the reference names `bots` first and `bot` in a union
}

Answers = dict[str, dict[str, Any]]


async def _call(slack: AsyncWebClient, answers: Answers, method: str, **given: Any) -> Any:
    answer = await slack.api_call(method, json=given)
    answers[method] = dict(answer.data) if isinstance(answer.data, dict) else {}
    return answer


async def _about_messages(call: Callable[..., Awaitable[Any]], asked: str) -> None:
    general = {"channel": "C0GENERAL"}
    ts = (await call("chat.postMessage", **general, text="x"))["ts"]
    await call("chat.update", **general, ts=ts, text="y")
    await call("chat.getPermalink", **general, message_ts=ts)
    await call("reactions.add", **general, timestamp=ts, name="eyes")
    await call("reactions.remove", **general, timestamp=ts, name="eyes")
    await call("chat.delete", **general, ts=ts)
    await call("chat.postEphemeral", **general, user="U0ANA", text="x")
    ts = (await call("chat.startStream", channel="D0ANA", thread_ts=asked))["ts"]
    await call("chat.appendStream", channel="D0ANA", ts=ts, markdown_text="x")
    await call("chat.stopStream", channel="D0ANA", ts=ts)


async def _about_places(call: Callable[..., Awaitable[Any]], asked: str) -> None:
    for method in ("auth.test", "api.test", "team.info", "users.list", "conversations.list"):
        await call(method)
    await call("bots.info", bot="B0ATELIER")
    await call("users.info", user="U0ANA")
    await call("conversations.open", users="U0ANA")
    for method in ("info", "history", "members", "join"):
        await call(f"conversations.{method}", channel="C0GENERAL")
    await call("conversations.replies", channel="D0ANA", ts=asked)
    thread = {"channel_id": "D0ANA", "thread_ts": asked}
    await call("assistant.threads.setStatus", **thread, status="x")
    await call("assistant.threads.setTitle", **thread, title="x")
    prompt = {"title": "a", "message": "b"}
    await call("assistant.threads.setSuggestedPrompts", channel_id="D0ANA", prompts=[prompt])
    await call("agents.sessions.setStatus", **thread, status="active")


async def _about_views_and_files(
    call: Callable[..., Awaitable[Any]], ws: Workspace, file_id: str
) -> None:
    opened = await call("views.open", trigger_id=ws.trigger("U0ANA"), view=MODAL)
    view_id = opened["view"]["id"]
    await call("views.update", view_id=view_id, view=MODAL)
    await call("views.push", trigger_id=ws.trigger("U0ANA", view_id), view=MODAL)
    await call("views.publish", user_id="U0ANA", view=HOME)
    await call("files.getUploadURLExternal", filename="a.txt", length=1)
    await call("files.completeUploadExternal", files=[{"id": file_id}])
    await call("files.info", file=file_id)
    await call("files.delete", file=file_id)


async def test_answers_have_the_documented_keys(
    ws: Workspace, slack: AsyncWebClient, control: Client, slack_data: Path
) -> None:
    answers: Answers = {}

    async def call(method: str, **given: Any) -> Any:
        return await _call(slack, answers, method, **given)

    asked = (await control.say("ana", "dm", "q"))["ts"]
    file_id = (await slack.files_upload_v2(filename="b.txt", content="x"))["files"][0]["id"]
    await _about_messages(call, asked)
    await _about_places(call, asked)
    await _about_views_and_files(call, ws, file_id)
    opened = await slack.apps_connections_open(app_token="xapp-local")
    answers["apps.connections.open"] = dict(opened.data) if isinstance(opened.data, dict) else {}
    assert set(answers) == set(METHODS)
    wrong = {method: _differences(slack_data, method, answer) for method, answer in answers.items()}
    assert {method: each for method, each in wrong.items() if any(each)} == {}


def _differences(data: Path, method: str, answer: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the keys that the answer lacks, and the keys that the reference does not know."""
    schema = json.loads((data / f"methods/{method}.json").read_text()).get("output") or {}
    options = schema.get("anyOf") or [schema]
    missing = min((set(each.get("required", ())) - set(answer) for each in options), key=len)
    known = {name for each in options for name in each.get("properties", {})}
    return missing, set(answer) - known - ALWAYS - WAIVED.get(method, set())
