"""Arguments arrive in query, form, JSON or multipart; only known fields hold JSON in a string."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request

from workspace import args
from workspace.args import DECODED, decoded
from workspace.state import Workspace
from workspace.wire import SlackError


def _request(query: bytes = b"", body: bytes = b"", content_type: str = "") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())] if content_type else []
    scope = {"type": "http", "method": "POST", "query_string": query, "headers": headers}
    return Request(scope, receive)


@given(st.text(), st.sampled_from(["text", "title", "status", "markdown_text", "initial_comment"]))
def test_what_people_write_is_never_decoded(text: str, name: str) -> None:
    assert decoded(name, text) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(sorted(DECODED)),
)
def test_known_fields_are_decoded(value: object, name: str) -> None:
    assert decoded(name, json.dumps(value)) == value


@given(st.sampled_from(["{", "[1,", "not json", '{"a"}']))
def test_what_does_not_decode_stays(text: str) -> None:
    assert decoded("blocks", text) == text


async def test_the_body_wins_over_the_query() -> None:
    request = _request(b"channel=C1&text=q", b'{"text": "b"}', "application/json; charset=utf-8")
    assert await args.read(request) == {"channel": "C1", "text": "b"}


async def test_a_form_is_read() -> None:
    kind = "application/x-www-form-urlencoded"
    body = b"text=%5B1%5D+%E4%BD%A0%E5%A5%BD&blocks=%5B%5D"
    assert await args.read(_request(b"", body, kind)) == {"text": "[1] 你好", "blocks": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "invalid_json"), (b"[]", "json_not_object"), (b"\xff", "invalid_json")],
)
async def test_an_unreadable_body_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(SlackError, match=code):
        await args.read(_request(b"", body, "application/json"))


async def test_multipart_is_read_and_its_files_left_out(ws: Workspace) -> None:
    form = aiohttp.FormData({"foo": "[x]"})
    form.add_field("file", b"bytes", filename="a.txt")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{ws.base_url}/api/api.test", data=form) as answer,
    ):
        assert (await answer.json())["args"] == {"foo": "[x]"}


async def test_the_token_may_be_an_argument(ws: Workspace) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{ws.base_url}/api/auth.test", data={"token": "xoxp-ana"}) as answer,
    ):
        assert (await answer.json())["user_id"] == "U0ANA"


@pytest.mark.parametrize(
    "text", ['{"not": "decoded"}', "[1]", "你好 <b> & 'x'", "🎨 \u200fשלם", "a" * 9000]
)
async def test_both_python_clients_say_the_same(ws: Workspace, text: str) -> None:
    base = f"{ws.base_url}/api/"
    sync = WebClient("xoxb-local", base_url=base)
    first = await asyncio.to_thread(sync.chat_postMessage, channel="C0GENERAL", text=text)
    second = await AsyncWebClient("xoxb-local", base_url=base).chat_postMessage(
        channel="C0GENERAL", text=text
    )
    assert first["message"]["text"] == second["message"]["text"]
    assert ws.calls[-1]["args"]["text"] == text
    assert "token" not in ws.calls[-1]["args"]
    assert "token" not in ws.calls[-2]["args"]
