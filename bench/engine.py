"""Models over HTTP, beside the same models called directly in this process (needs torch).

The models are the tiny ones of the tests, with random weights: a step of theirs costs next to
nothing, so that what stands out is the engine's own work for a token, a text or a picture. With a
real model the ratios come close to 1.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import openai
import torch
from diffusers import AutoPipelineForText2Image
from diffusers.utils import logging as diffusers_logging
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from bench import engine_pictures
from bench.figures import Figure, Skipped
from bot.processes import child
from tests import tiny

ROUNDS = 3
ANSWERS = 4
TOKENS = 128
TEXTS = 32
PICTURES = 4
STEPS = 8
THREADS = 1
"""Of torch, here and in the engine: on a machine with other work to do, the threads of one small
step wait for each other, spinning, for far longer than the step takes."""
PROMPT = "Please write an announcement for the whole team."
_LOOK_AGAIN_S = 0.2

Work = Callable[[], Awaitable[int]]
"""Does something and returns how many tokens, texts or pictures that were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Folders of the three tiny models."""

    writer: Path
    painter: Path
    encoder: Path


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure text, embeddings and pictures; `scale` is the share of the work."""
    transformers_logging.disable_progress_bar()
    diffusers_logging.disable_progress_bar()
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        yield from asyncio.run(_measured(scale))
    finally:
        torch.set_num_threads(before)
    yield from engine_pictures.figures(scale)


async def _measured(scale: float) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        models = Models(
            writer=tiny.language_model(Path(name) / "writer"),
            painter=tiny.picture_model(Path(name) / "painter"),
            encoder=tiny.embedding_model(Path(name) / "encoder"),
        )
        async with _served(models) as client:
            return [
                await _text(client, models.writer, max(1, round(ANSWERS * scale))),
                await _embeddings(client, max(2, round(TEXTS * scale))),
                await _pictures(client, models.painter, max(1, round(PICTURES * scale))),
            ]


async def _text(client: openai.AsyncOpenAI, folder: Path, answers: int) -> Figure:
    model: Any = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer(PROMPT, return_tensors="pt")

    async def streamed() -> int:
        return sum([await _streamed(client) for _ in range(answers)])

    async def directly() -> int:
        given = {"do_sample": False, "max_new_tokens": TOKENS, "min_new_tokens": TOKENS}
        with torch.inference_mode():
            for _ in range(answers):
                model.generate(**prompt, **given)
        return answers * TOKENS

    ours, peer = await _rates(streamed, directly)
    return Figure(
        what="text, streamed over HTTP",
        unit="tokens/s",
        ours=ours,
        peer=peer,
        peer_is="model.generate",
    )


async def _streamed(client: openai.AsyncOpenAI) -> int:
    """Stream one answer and return how many tokens the engine counted."""
    chunks = await client.chat.completions.create(
        model="writer",
        messages=[{"role": "user", "content": PROMPT}],
        max_tokens=TOKENS,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    return sum([chunk.usage.completion_tokens async for chunk in chunks if chunk.usage])


async def _embeddings(client: openai.AsyncOpenAI, count: int) -> Figure:
    numbers = iter(range(1_000_000))

    def fresh() -> list[str]:  # the engine remembers what it embedded before
        return [f"{PROMPT} It is number {next(numbers)}." for _ in range(count)]

    async def together() -> int:
        return await _embedded(client, fresh())

    async def singly() -> int:
        return sum([await _embedded(client, [text]) for text in fresh()])

    ours, peer = await _rates(together, singly)
    return Figure(
        what=f"embeddings, {count} in one call",
        unit="texts/s",
        ours=ours,
        peer=peer,
        peer_is="one text a call",
    )


async def _embedded(client: openai.AsyncOpenAI, texts: list[str]) -> int:
    return len((await client.embeddings.create(model="encoder", input=texts)).data)


async def _pictures(client: openai.AsyncOpenAI, folder: Path, count: int) -> Figure:
    pipeline: Any = AutoPipelineForText2Image.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)

    async def served() -> int:
        for _ in range(count):
            await client.images.generate(
                model="painter", prompt=PROMPT, extra_body={"steps": STEPS}
            )
        return count

    async def directly() -> int:
        for _ in range(count):
            pipeline(PROMPT, num_inference_steps=STEPS)
        return count

    ours, peer = await _rates(served, directly)
    return Figure(
        what=f"pictures of {tiny.PICTURE_SIDE_PX} pixels in {STEPS} steps, over HTTP",
        unit="pictures/s",
        ours=ours,
        peer=peer,
        peer_is="the pipeline's call",
    )


async def _rates(ours: Work, peer: Work) -> tuple[float, float]:
    """Do both once to warm up, then in turns; return the best rate of each."""
    await ours()
    await peer()
    rounds = [(await _rate(ours), await _rate(peer)) for _ in range(ROUNDS)]
    return max(rate for rate, _ in rounds), max(rate for _, rate in rounds)


async def _rate(work: Work) -> float:
    started = time.perf_counter()
    done = await work()
    return done / (time.perf_counter() - started)


@asynccontextmanager
async def _served(models: Models) -> AsyncGenerator[openai.AsyncOpenAI]:
    """Run our engine in its own process, on the CPU as the peers; yield a client of it."""
    start = ["generators.engine", "--json", "--port", "0", "--device", "cpu", "--offline"]
    kinds = {"text": models.writer, "image": models.painter, "embed": models.encoder}
    named = [part for kind, folder in kinds.items() for part in (f"--{kind}-model", str(folder))]
    async with child("engine", [*start, *named], {"OMP_NUM_THREADS": str(THREADS)}) as engine:
        await _loaded(engine.url)
        async with openai.AsyncOpenAI(
            base_url=f"{engine.url}/v1", api_key="local", max_retries=0
        ) as client:
            yield client


async def _loaded(url: str) -> None:
    """Wait until every model is ready. Raises Skipped when one cannot be loaded."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/health") as answer:
                health = await answer.json()
            if health["status"] == "ok":
                return
            if health["status"] == "failed":
                raise Skipped("The engine could not load the tiny models; its log says why.")
            await asyncio.sleep(_LOOK_AGAIN_S)
