"""What the tests of streams and their chunks ask of the local Slack."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from tests.workspace import sessions
from workspace.client import Client

TO_ANA = {"recipient_user_id": "U0ANA", "recipient_team_id": "T0LOCAL00"}


async def begin(slack: AsyncWebClient, thread_ts: str) -> str:
    """Begin a stream; return its message's time."""
    answer = await slack.chat_startStream(channel="C0GENERAL", thread_ts=thread_ts, **TO_ANA)
    return str(answer["ts"])


async def latest(control: Client, thread_ts: str) -> dict[str, Any]:
    """Return the latest message of a thread."""
    return (await control.messages("general", thread_ts=thread_ts))[-1]


async def refused(slack: AsyncWebClient, method: str, **given: Any) -> str:
    """Return the error of a call about this channel."""
    return await sessions.refused(slack, method, **{"channel": "C0GENERAL"} | given)


def task(status: str, **more: Any) -> dict[str, Any]:
    """Return a chunk that tells how far a task is."""
    return {"type": "task_update", "id": "t", "title": "画狐狸", "status": status, **more}
