"""Many requests at once on a CUDA device, over HTTP: none harms another."""

import asyncio
from typing import Any

import openai
import pytest

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from tests.generators.engine.conftest import RunningEngine  # noqa: E402 - after the skip
from tests.gpu.test_engine import engine  # noqa: E402, F401 - a fixture

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.torch,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
MESSAGES: Any = [{"role": "user", "content": "你好 🦊"}]


async def ask(client: openai.AsyncOpenAI, **fields: Any) -> Any:
    body: dict[str, Any] = {"model": "writer", "messages": MESSAGES, "max_tokens": 40, **fields}
    return await client.chat.completions.create(**body)


async def test_sixteen_at_once_all_get_their_tokens(engine: RunningEngine) -> None:  # noqa: F811
    async with engine.async_client() as client:
        answers = await asyncio.gather(*(ask(client, seed=seed) for seed in range(16)))
    assert all(0 < answer.usage.completion_tokens <= 40 for answer in answers)
    assert len({answer.choices[0].message.content for answer in answers}) > 10


async def test_oversized_crashing_and_cancelled_requests_harm_nobody(
    engine: RunningEngine,  # noqa: F811
) -> None:
    decoder: Any = engine.decoder()
    crashes: list[int] = []

    def crash(_module: Any, given: tuple[Any, ...]) -> None:
        if len(given[0]) > 150:
            crashes.append(1)
            raise RuntimeError("a step that fails")

    hook = decoder.register_forward_pre_hook(crash)
    long = [{"role": "user", "content": "x y z " * 30}]
    try:
        async with engine.async_client() as client:
            neighbours = [asyncio.create_task(ask(client, seed=7)) for _ in range(6)]
            left = asyncio.create_task(ask(client, stream=True))
            bad = [
                asyncio.create_task(ask(client, max_tokens=100_000)),
                asyncio.create_task(ask(client, messages=long, max_tokens=4)),
            ]
            await (await left).close()
            found = await asyncio.gather(*neighbours)
            ends = await asyncio.gather(*bad, return_exceptions=True)
    finally:
        hook.remove()
    assert isinstance(ends[0], openai.BadRequestError)
    assert isinstance(ends[1], openai.InternalServerError)
    assert crashes
    assert len({answer.choices[0].message.content for answer in found}) == 1
