"""The scenario with every Python client, over sockets and over signed HTTP."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.workspace.clients import bolt_async, families
from tests.workspace.clients.scenario import scenario
from workspace.client import Client
from workspace.server import address, listen, running
from workspace.state import Workspace


@pytest.mark.parametrize(
    "connected",
    [
        families.bolt_aiohttp,
        families.bolt_websockets,
        families.bolt_threads,
        families.sdk_only,
    ],
    ids=lambda family: family.__name__,
)
async def test_socket_mode(
    ws: Workspace,
    control: Client,
    connected: Callable[[str], AbstractAsyncContextManager[None]],
) -> None:
    async with connected(ws.base_url):
        await scenario(control)


async def test_signed_http() -> None:
    listener = listen(0)
    ws = Workspace(request_url=address(listener) + families.PATH)
    async with (
        running(ws) as url,
        families.served(bolt_async.build(url), listener),
        Client(url) as control,
    ):
        await scenario(control)


async def test_an_app_with_another_secret_gets_nothing() -> None:
    listener = listen(0)
    ws = Workspace(request_url=address(listener) + families.PATH)
    async with (
        running(ws) as url,
        families.served(bolt_async.build(url, "other"), listener),
        Client(url) as control,
    ):
        assert not (await control.slash("ana", "general", "/ask", "echo x"))["acked"]
        assert [each["acked"] for each in await control.deliveries()] == [False]
        whispered = await control.wait_for(lambda _: True, channel="general")
        assert "failed with the error" in whispered["text"]
