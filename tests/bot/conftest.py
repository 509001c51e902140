"""A ledger of its own for each test, in a file that was migrated once."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Engine

from bot.ledger.ledger import Ledger
from bot.ledger.writer import Writer, connect
from tests.bot.builders import LEASE_S, migrated
from tests.bot.slack_server import SlackServer, client_of, slack_server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database."""
    path = tmp_path_factory.mktemp("template") / "atelier.db"
    migrated(path).dispose()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """The file of this test's database."""
    return Path(shutil.copy(template, tmp_path / "atelier.db"))


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
async def writer(engine: Engine) -> AsyncIterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


@pytest.fixture
async def ledger(writer: Writer) -> Ledger:
    return Ledger(writer, LEASE_S)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        yield running


@pytest.fixture
async def client(server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with client_of(server) as made:
        yield made
