"""A ledger of its own for each test, and a Slack that listens."""

from collections.abc import AsyncIterator, Iterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine

from bot.ledger.database import connect
from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer
from tests.bot.builders import LEASE_S, keys
from tests.bot.slack_server import SlackServer, client_of, slack_server


@pytest.fixture
def engine(db: str) -> Iterator[Engine]:
    engine = connect(db)
    yield engine
    engine.dispose()


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


@pytest.fixture
async def ledger(writer: Writer) -> Ledger:
    return Ledger(writer, LEASE_S, keys())


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        yield running


@pytest.fixture
async def client(server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with client_of(server) as made:
        yield made
