"""`python -m bench.peers NAME`: the bots that ours is measured beside, each in its own process.

`noop` is a plain Bolt app over Socket Mode that acknowledges and does nothing more. `intake` is
our intake with its ledger, and nobody who works on what it takes. Both read the environment that
our bot reads, and print one line of JSON when they are connected.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from functools import partial

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot import settings as configuration
from bot.intake.app import Intake, bolt
from bot.intake.connecting import SOCKETS
from bot.intake.events import Reader
from bot.ledger.ledger import Ledger
from bot.ledger.writer import GATHER_S, Writer
from bot.lending import unlocked
from bot.settings import Settings

Peer = Callable[[Settings], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def noop(settings: Settings) -> AsyncGenerator[None]:
    """Acknowledge `/atelier`, over one connection, as in Bolt's own examples."""
    quiet = logging.getLogger("bench.bolt")
    quiet.setLevel(logging.ERROR)  # it warns that a token in the environment stays unused
    app = AsyncApp(client=_client(settings), logger=quiet)

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.command("/atelier")(acknowledge)
    async with _connected(settings, [app]):
        yield


@asynccontextmanager
async def intake(settings: Settings) -> AsyncGenerator[None]:
    """Read, commit and acknowledge as our bot does; nothing is claimed or answered."""
    writing = partial(Writer, gather_s=GATHER_S)
    with unlocked(settings) as (database, keys), closing(writing(database)) as writer:
        taking = Intake(
            reader=Reader(settings.verbs, "U0"),
            ledger=Ledger(writer, settings.lease_s, keys),
            wake=lambda: None,
            decided=_ignored,
            home=_ignored,
            pointed=_ignored,
        )
        client = _client(settings)
        async with _connected(settings, [bolt(client, taking) for _ in range(SOCKETS)]):
            yield


PEERS: dict[str, Peer] = {"noop": noop, "intake": intake}


async def run(peer: Peer, settings: Settings) -> None:
    """Run a peer until a signal comes."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with peer(settings):
        print('{"ready": true}', flush=True)
        await stopped.wait()


@asynccontextmanager
async def _connected(settings: Settings, apps: list[AsyncApp]) -> AsyncGenerator[None]:
    token = settings.slack_app_token.get_secret_value()
    handlers = [AsyncSocketModeHandler(app, token) for app in apps]
    for handler in handlers:
        handler.client.proxy = None
        await handler.connect_async()
    try:
        yield
    finally:
        for handler in handlers:
            with suppress(asyncio.CancelledError):  # its own tasks, which it awaits
                await handler.close_async()


def _client(settings: Settings) -> AsyncWebClient:
    token = settings.slack_bot_token.get_secret_value()
    client = AsyncWebClient(token=token, base_url=settings.slack_api_url)
    client.proxy = None  # it reads the proxy variables, but never NO_PROXY
    return client


async def _ignored(*_given: object) -> None:
    return None


if __name__ == "__main__":
    asyncio.run(run(PEERS[sys.argv[1]], configuration.load()))
