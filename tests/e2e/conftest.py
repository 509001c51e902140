from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.feeding import FeedHost, serving_feed
from tests.e2e.product import Product, running
from workspace.client import Client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def feed() -> Iterator[FeedHost]:
    """Serve a feed on a port of this machine."""
    with serving_feed() as host:
        yield host


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, feed: FeedHost) -> Iterator[Product]:
    """Run an Atelier with no model at all, which many tests share."""
    pytest.importorskip("torch", reason="`atelier up` starts the engine, which needs torch")
    data, hosts = tmp_path_factory.mktemp("plain") / "data", f'["127.0.0.1:{feed.port}"]'
    with running(data, ATELIER_FEEDS__HOSTS=hosts) as started:
        yield started


@pytest.fixture
async def slack(product: Product) -> AsyncIterator[Client]:
    async with Client(product.url) as client:
        yield client
