import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from bot.life.listener import Listener

pytestmark = pytest.mark.sockets


async def hello(_scope: Any, _receive: Any, send: Callable[[Any], Any]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_it_answers_until_it_is_stopped_and_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    listener = Listener(hello, "127.0.0.1", 0)
    serving = asyncio.create_task(listener.run_until_stopped())
    url = listener.url
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert await answer.text() == "hello"
        assert "Server" not in answer.headers
    assert signal.getsignal(signal.SIGTERM) is before
    await listener.stop()
    await serving
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as session, session.get(url):
            pass


async def test_what_is_being_answered_is_answered_before_it_stops() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await go_on.wait()
        await hello(scope, receive, send)

    listener = Listener(slow, "127.0.0.1", 0)
    serving = asyncio.create_task(listener.run_until_stopped())
    async with aiohttp.ClientSession() as session:
        answering = asyncio.create_task(session.get(listener.url))
        await asked.wait()
        stopping = asyncio.create_task(listener.stop())
        await asyncio.sleep(0)
        go_on.set()
        assert await (await answering).text() == "hello"
        await stopping
    await serving


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            Listener(hello, "127.0.0.1", taken.getsockname()[1])
