"""An engine that answers as it is told to, and the seam to it."""

from collections.abc import AsyncIterator

import pytest

from generators.model import Model
from tests.fake_engine import FakeEngine, running


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with running() as engine:
        yield engine


@pytest.fixture
async def model(engine: FakeEngine) -> AsyncIterator[Model]:
    model = Model(engine.url, timeout_s=20, fresh_s=0)
    yield model
    await model.close()
