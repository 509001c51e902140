import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from generators.engine.errors import BadRequest, BodyTooLarge
from generators.engine.wire import (
    MAX_BODY_BYTES,
    MAX_SIDE_PX,
    AnyAsk,
    ChatAsk,
    EmbedAsk,
    ImageAsk,
    read,
)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "你好"}]}
IMAGE = {"model": "m", "prompt": "a red circle"}
EMBED = {"model": "m", "input": "hello"}


def request_of(body: bytes) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def parse(kind: type[AnyAsk], value: object) -> AnyAsk:
    return await read(request_of(json.dumps(value).encode()), kind)


async def test_the_parts_of_a_message_are_one_text() -> None:
    parts = [{"type": "text", "text": "你"}, {"type": "text", "text": "好 🦊"}]
    ask = await parse(ChatAsk, {**CHAT, "messages": [{"role": "user", "content": parts}]})
    assert ask.messages[0].text == "你好 🦊"


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 7}, 7),
        ({"max_tokens": 5, "max_completion_tokens": 7}, 7),
    ],
)
async def test_the_newer_name_of_the_token_limit_wins(
    fields: dict[str, int], tokens: int | None
) -> None:
    assert (await parse(ChatAsk, {**CHAT, **fields})).new_tokens == tokens


@pytest.mark.parametrize(
    ("stop", "stops"), [(None, ()), ("。", ("。",)), (["a", "b"], ("a", "b")), ([], ())]
)
async def test_stop_is_one_string_or_several(stop: object, stops: tuple[str, ...]) -> None:
    assert (await parse(ChatAsk, {**CHAT, "stop": stop})).stops == stops


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""),
        ("messages", []),
        ("messages", [{"role": "tool", "content": "x"}]),
        ("messages", [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]),
        ("max_tokens", 0),
        ("max_tokens", "5"),
        ("max_tokens", True),
        ("temperature", 2.1),
        ("temperature", -0.1),
        ("top_p", 0),
        ("top_k", -1),
        ("priority", 101),
        ("user", 7),
        ("seed", -1),
        ("seed", 2**63),
        ("stop", ""),
        ("stop", ["a"] * 5),
        ("n", 2),
        ("tools", [{"type": "function"}]),
        ("response_format", {"type": "yaml"}),
        ("response_format", {"type": "json_schema"}),
        ("response_format", {"type": "json_object", "json_schema": {"schema": {}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"a": "x" * 40000}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": [1]}}),
        ("logprobs", True),
    ],
)
async def test_a_chat_field_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadRequest) as refusal:
        await parse(ChatAsk, {**CHAT, field: value})
    assert refusal.value.param == field


async def test_fields_that_say_no_are_accepted() -> None:
    fields: dict[str, Any] = {
        "n": 1,
        "tools": [],
        "logprobs": False,
        "logit_bias": {},
        "user": "ana",
    }
    assert (await parse(ChatAsk, {**CHAT, **fields})).model == "m"


@given(st.integers(1, MAX_SIDE_PX // 8), st.integers(1, MAX_SIDE_PX // 8))
async def test_multiples_of_eight_are_sizes(width: int, height: int) -> None:
    ask = await parse(ImageAsk, {**IMAGE, "size": f"{width * 8}x{height * 8}"})
    assert ask.size_px == (width * 8, height * 8)


async def test_no_size_is_the_choice_of_the_model() -> None:
    assert (await parse(ImageAsk, IMAGE)).size_px is None
    assert (await parse(ImageAsk, {**IMAGE, "size": "auto"})).size_px is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", "0x8"),
        ("size", "12x16"),
        ("size", "16X16"),
        ("size", "16x16x16"),
        ("size", "-8x8"),
        ("size", "\uff11\uff16x16"),
        ("size", "16x2056"),
        ("size", ""),
        ("prompt", ""),
        ("n", 0),
        ("n", 9),
        ("steps", 0),
        ("guidance", -1),
        ("response_format", "url"),
        ("output_format", "webp"),
    ],
)
async def test_an_image_field_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(BadRequest) as refusal:
        await parse(ImageAsk, {**IMAGE, field: value})
    assert refusal.value.param == field


async def test_one_text_or_several_are_embedded() -> None:
    assert (await parse(EmbedAsk, EMBED)).texts == ["hello"]
    assert (await parse(EmbedAsk, {**EMBED, "input": ["a", "你好"]})).texts == ["a", "你好"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("input", []), ("input", ""), ("input", [1, 2]), ("dimensions", 8), ("input", ["a", ""])],
)
async def test_an_embedding_field_out_of_range_is_refused_by_name(
    field: str, value: object
) -> None:
    with pytest.raises(BadRequest) as refusal:
        await parse(EmbedAsk, {**EMBED, field: value})
    assert refusal.value.param == field


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"model": "m"}', b'{"model": "\\ud800"}', b"\xff\xfe"]
)
async def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        await read(request_of(body), ChatAsk)


async def test_a_refusal_quotes_nothing_of_the_prompt() -> None:
    with pytest.raises(BadRequest) as refusal:
        await parse(ImageAsk, {**IMAGE, "prompt": ["秘密"], "size": "秘密"})
    assert "秘密" not in json.dumps(refusal.value.payload(), ensure_ascii=False)


async def test_a_body_over_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        await read(request_of(b" " * (MAX_BODY_BYTES + 1)), ChatAsk)
