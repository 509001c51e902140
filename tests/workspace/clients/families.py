"""The app of the scenario, connected by each of the Python clients."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import uvicorn
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_base_handler import AsyncBaseSocketModeHandler
from slack_bolt.adapter.socket_mode.websockets import (
    AsyncSocketModeHandler as WebsocketsHandler,
)
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.routing import Route

from tests.workspace.clients import bare, bolt_async, bolt_sync

APP_TOKEN = "xapp-local"
PATH = "/slack/events"


@asynccontextmanager
async def bolt_aiohttp(url: str) -> AsyncIterator[None]:
    """Bolt for asyncio with its usual Socket Mode client."""
    async with _connected(AsyncSocketModeHandler(bolt_async.build(url), APP_TOKEN)):
        yield


@asynccontextmanager
async def bolt_websockets(url: str) -> AsyncIterator[None]:
    """Bolt for asyncio with the client on `websockets`; it looks for its connection each second."""
    async with _connected(WebsocketsHandler(bolt_async.build(url), APP_TOKEN, ping_interval=1)):
        yield


@asynccontextmanager
async def bolt_threads(url: str) -> AsyncIterator[None]:
    """Bolt without asyncio, with the SDK's own client; it looks for its connection each second."""
    app = await asyncio.to_thread(bolt_sync.build, url)
    handler = await asyncio.to_thread(SocketModeHandler, app, APP_TOKEN, ping_interval=1)
    await asyncio.to_thread(handler.connect)
    try:
        yield
    finally:
        await asyncio.to_thread(handler.close)
        await asyncio.to_thread(app.listener_runner.listener_executor.shutdown)


@asynccontextmanager
async def sdk_only(url: str) -> AsyncIterator[None]:
    """The SDK's Socket Mode client without Bolt."""
    client = bare.build(url, APP_TOKEN)
    await client.connect()
    try:
        yield
    finally:
        with suppress(asyncio.CancelledError):
            await client.close()


@asynccontextmanager
async def served(app: AsyncApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve a Bolt app's request URL with Starlette on a bound socket."""
    handler = AsyncSlackRequestHandler(app)
    routes = [Route(PATH, handler.handle, methods=["POST"])]
    config = uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _connected(handler: AsyncBaseSocketModeHandler) -> AsyncIterator[None]:
    await handler.connect_async()
    try:
        yield
    finally:
        with suppress(asyncio.CancelledError):
            await handler.close_async()
