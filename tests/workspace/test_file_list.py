"""files.list: by owner, channel, time and kind, page by page."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from workspace.client import Client
from workspace.state import Workspace


async def test_files_are_filtered_and_paged(
    slack: AsyncWebClient, control: Client, ws: Workspace
) -> None:
    await control.upload("ana", "general", "a.png", b"no real picture")
    ws.clock.advance(100)
    late = int(ws.clock.now())
    await control.upload("bo", "reviewers", "b.pdf", b"x")
    await control.upload("bo", "general", "c.zip", b"x")

    async def names(token: str = "", **given: Any) -> list[str]:
        client = AsyncWebClient(token or slack.token, base_url=slack.base_url)
        return [each["name"] for each in (await client.files_list(**given))["files"]]

    assert await names() == ["c.zip", "b.pdf", "a.png"]
    assert await names(user="U0BO") == ["c.zip", "b.pdf"]
    assert await names(channel="C0REVIEWERS") == ["b.pdf"]
    assert await names(channel="C0NONE") == []
    assert await names(types="images") == ["a.png"]
    assert await names(types="pdfs,zips") == ["c.zip", "b.pdf"]
    assert await names(ts_from=str(late)) == ["c.zip", "b.pdf"]
    assert await names(ts_to=str(late - 1)) == ["a.png"]
    assert await names("xoxp-ana") == ["c.zip", "a.png"]
    page = await slack.files_list(count=2, page=2)
    assert [each["name"] for each in page["files"]] == ["a.png"]
    assert page["paging"] == {"count": 2, "total": 3, "page": 2, "pages": 2}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"types": "films"}, "unknown_type"),
        ({"user": "U0NOBODY"}, "user_not_found"),
        ({"ts_from": "yesterday"}, "invalid_arguments"),
    ],
)
async def test_a_list_that_cannot_be(
    slack: AsyncWebClient, given: dict[str, str], error: str
) -> None:
    with pytest.raises(SlackApiError, match=error):
        await slack.files_list(**given)
