import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from generators.draft import DeadlineExceeded, EngineCrashed
from generators.events import DONE, Event, events
from tests.generators.leftover import nothing_left


class Pieces(httpx2.AsyncByteStream):
    """What a server sends, as it comes, and how it breaks off."""

    def __init__(self, *pieces: bytes, fault: Exception | None = None) -> None:
        self.pieces = pieces
        self.fault = fault
        self.closed = False

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.fault:
            raise self.fault

    @override
    async def aclose(self) -> None:
        self.closed = True


def response(*pieces: bytes, fault: Exception | None = None) -> httpx2.Response:
    asked = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
    return httpx2.Response(200, stream=Pieces(*pieces, fault=fault), request=asked)


async def heard(*pieces: bytes, fault: Exception | None = None) -> list[Event]:
    return [event async for event in events(response(*pieces, fault=fault))]


@given(
    st.lists(st.dictionaries(st.text(min_size=1), st.text()), max_size=4),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(1, 400), max_size=8),
)
async def test_events_are_heard_however_they_are_cut(
    told: list[dict[str, str]], end: str, cuts: list[int]
) -> None:
    told = [{**one, "error": ""} for one in told]
    lines = [f"event: x{end}data: {json.dumps(one, ensure_ascii=False)}{end}{end}" for one in told]
    sent = f": 心跳 🎉{end}{end}{''.join(lines)}data: {DONE}{end}{end}".encode()
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[a:b] for a, b in pairwise(edges)]
    assert await heard(*pieces) == told


async def test_lines_of_one_event_are_joined_and_half_of_one_is_none() -> None:
    assert await heard(b'data: {"a":\ndata:1}\n\ndata: {"b"') == [{"a": 1}]


@pytest.mark.parametrize(
    "said",
    ["{", "5", "null", '["a"]', '{"error": {"message": "猫"}}', '{"error": "out of memory"}'],
)
async def test_what_is_no_part_of_an_answer_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        await heard(f"data: {said}\n\n".encode())
    with pytest.raises(UnicodeDecodeError):
        await heard(b"data: \xff\n\n")


async def test_a_server_that_is_silent_and_one_that_breaks_off_are_told_apart() -> None:
    with pytest.raises(DeadlineExceeded):
        await heard(fault=httpx2.ReadTimeout("silent"))
    with pytest.raises(EngineCrashed):
        await heard(b"data: {}\n\n", fault=httpx2.RemoteProtocolError("gone"))


async def test_reading_that_is_given_up_closes_the_response_and_leaves_nothing() -> None:
    for sent in (b"data: {}\n\ndata: {}\n\n", b"data: {}\n\ndata: [DONE]\n\n"):
        given_up = response(sent, b"data: {}\n\n")
        with nothing_left():
            async with aclosing(events(given_up)) as coming:
                assert await anext(coming) == {}
        assert given_up.is_closed
