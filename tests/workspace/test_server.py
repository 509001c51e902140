"""The server: what it gives each request, and that it ends with an answer to whoever waits."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from workspace.client import Client
from workspace.server import address, listen, server
from workspace.state import Workspace

ROOT = Path(__file__).parents[2]


async def test_a_request_knows_its_connection() -> None:
    ports: list[int] = []

    async def tell(request: Request) -> Response:
        assert isinstance(request.state.transport, asyncio.Transport)
        ports.append(request.state.transport.get_extra_info("sockname")[1])
        return PlainTextResponse("")

    made = server(Workspace())
    made.config.app.router.routes.insert(0, Route("/tell", tell))
    listener = listen(0)
    serving = asyncio.create_task(made.serve(sockets=[listener]))
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{address(listener)}/tell")
        assert answer.status == 200, "uvicorn no longer hands `app_state` to a request's state"
    made.should_exit = True
    port = listener.getsockname()[1]
    await serving
    assert ports == [port]


def test_what_is_overridden_is_still_there() -> None:
    """A new uvicorn that calls these by other names must not pass unseen."""
    assert "connection_made" in vars(H11Protocol)
    assert "handle_ping" in vars(WebSocketsSansIOProtocol)
    assert "app_state" in H11Protocol.__init__.__code__.co_varnames
    assert "scope" in H11Protocol.handle_events.__code__.co_names


def test_the_server_pings_the_app_too() -> None:
    config = server(Workspace()).config
    assert (config.ws_ping_interval, config.ws_ping_timeout) == (20.0, 20.0)


@pytest.mark.thorough
def test_it_ends_without_a_word_while_somebody_waits() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "workspace", "--json", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split('"')[3]
    assert asyncio.run(_wait_for_home(url, process)) == {"acked": False}
    _, complaints = process.communicate(timeout=20)
    assert complaints == ""


async def _wait_for_home(url: str, process: subprocess.Popen[str]) -> dict[str, object]:
    """Open the Home of an app that is not there, a page and a socket; end the server meanwhile."""
    async with Client(url) as control, aiohttp.ClientSession() as session:
        page = await session.get(f"{url}/_control/events", params={"user": "ana"})
        home = asyncio.create_task(control.home("ana"))
        slow = asyncio.create_task(control.slash("ana", "general", "/ask"))
        while len(await control.deliveries()) < 2:
            pass
        process.send_signal(signal.SIGTERM)
        await page.read()
        assert not (await slow)["acked"]
        return await home
