"""What the tests of agents and threads ask of the local Slack."""

import asyncio
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client


async def refused(slack: AsyncWebClient, method: str, **given: Any) -> str:
    """Return the error of a call."""
    with pytest.raises(SlackApiError) as refused:
        await slack.api_call(method, json=given)
    return str(refused.value.response["error"])


async def seen(control: Client, start: int, kind: str, **wanted: Any) -> dict[str, Any]:
    """Return the first event of this kind that has these values."""
    async with asyncio.timeout(10):
        async for event in control.events("ana", start):
            if event["type"] == kind and event.items() >= wanted.items():
                return event
    raise AssertionError(kind)


async def now(control: Client) -> int:
    """Return the number of the latest event."""
    return int((await control.state("ana"))["last_event_id"])
