"""Pictures and embeddings that many people ask for at once, over HTTP, beside one after the other.

The picture model is a Stable Diffusion of 17 million parameters with random weights, for 64 x 64
pixels. What counts is the CPU time of the process that has the model, because the machine does
other things meanwhile; all with one thread of torch.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import openai
import psutil
import torch
from diffusers import (
    AutoencoderKL,
    AutoPipelineForText2Image,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from diffusers.utils import logging as diffusers_logging
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from bench.figures import Figure
from bench.load import Server, running
from tests import tiny

CROWD = 8
STEPS = 3
GUIDANCE = 5.0
SIDE_PX = 64
TEXTS = 32
ROUNDS = 5
LEAST_GAIN = 2.5
"""How many times less a picture of a full batch must cost than one that is made alone."""
_MS = 1000.0

Work = Callable[[], Awaitable[object]]


def figures(scale: float = 1.0) -> Iterator[Figure]:
    """Measure pictures and embeddings; `scale` is the share of the rounds."""
    diffusers_logging.disable_progress_bar()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as name:
            yield from asyncio.run(_measured(Path(name), max(1, round(ROUNDS * scale))))
    finally:
        torch.set_num_threads(before)


async def _measured(root: Path, rounds: int) -> list[Figure]:
    painter = picture_model(root / "painter")
    encoder = tiny.embedding_model(root / "encoder")
    start = [sys.executable, "-m", "generators.engine", "--json", "--port", "0", "--offline"]
    start += ["--device", "cpu", "--image-model", str(painter), "--embed-model", str(encoder)]
    async with running(start, {**os.environ, "OMP_NUM_THREADS": "1"}) as server:
        url = f"{server.url}/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="local", max_retries=0) as client:
            return [
                *await _pictures(client, server, painter, rounds),
                await _embeddings(client, server, rounds),
            ]


async def _pictures(
    client: openai.AsyncOpenAI, server: Server, folder: Path, rounds: int
) -> list[Figure]:
    pipeline: Any = AutoPipelineForText2Image.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    prompts = [f"a red circle on a white background, number {number}" for number in range(CROWD)]

    async def together() -> None:
        await asyncio.gather(*(_drawn(client, prompt) for prompt in prompts))

    async def in_turn() -> None:
        for prompt in prompts:
            await _drawn(client, prompt)

    async def directly() -> None:
        for prompt in prompts:
            pipeline(prompt, num_inference_steps=STEPS, guidance_scale=GUIDANCE)

    costs = await _costs(
        rounds, [(together, server.pid), (in_turn, server.pid), (directly, os.getpid())]
    )
    ours, turns, direct = (_MS * cost / CROWD for cost in costs)
    what = f"{CROWD} pictures of {SIDE_PX} pixels in {STEPS} steps, asked for at once"
    return [
        Figure(what=what, unit="CPU ms a picture", ours=ours, peer=peer, peer_is=name, goal=goal)
        for peer, name, goal in (
            (direct, "the pipeline's call, in turn", direct / LEAST_GAIN),
            (turns, "one after the other", None),
        )
    ]


async def _drawn(client: openai.AsyncOpenAI, prompt: str) -> None:
    extra = {"steps": STEPS, "guidance": GUIDANCE, "seed": 1}
    await client.images.generate(model="painter", prompt=prompt, extra_body=extra)


async def _embeddings(client: openai.AsyncOpenAI, server: Server, rounds: int) -> Figure:
    numbers = iter(range(1_000_000))

    def fresh() -> list[str]:  # what was asked for before would not be computed again
        return [f"Please tell everybody about number {next(numbers)}." for _ in range(TEXTS)]

    async def together() -> None:
        await asyncio.gather(*(_embedded(client, text) for text in fresh()))

    async def in_turn() -> None:
        for text in fresh():
            await _embedded(client, text)

    ours, peer = await _costs(rounds, [(together, server.pid), (in_turn, server.pid)])
    return Figure(
        what=f"{TEXTS} embeddings of {TEXTS} requests at once",
        unit="CPU ms a text",
        ours=_MS * ours / TEXTS,
        peer=_MS * peer / TEXTS,
        peer_is="one after the other",
    )


async def _embedded(client: openai.AsyncOpenAI, text: str) -> None:
    await client.embeddings.create(model="encoder", input=text)


async def _costs(rounds: int, ways: Sequence[tuple[Work, int]]) -> list[float]:
    """Return the CPU seconds of each way in its process, of its best round; the first warms up."""
    found: list[list[float]] = [[] for _ in ways]
    for number in range(rounds + 1):
        for (work, pid), costs in zip(ways, found, strict=True):
            began = _cpu_s(pid)
            await work()
            if number:
                costs.append(_cpu_s(pid) - began)
    return [min(costs) for costs in found]


def _cpu_s(pid: int) -> float:
    if pid == os.getpid():
        return time.process_time()
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


def picture_model(folder: Path) -> Path:
    """Write a Stable Diffusion for 64 x 64 pixels with random weights; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny.clip_tokenizer(folder)
    torch.manual_seed(0)
    parts: dict[str, Any] = {
        "vae": AutoencoderKL(
            block_out_channels=(32, 64, 64, 64),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            norm_num_groups=8,
            sample_size=SIDE_PX,
        ),
        "text_encoder": _text_encoder(tokenizer),
        "tokenizer": tokenizer,
        "unet": UNet2DConditionModel(
            sample_size=SIDE_PX // 8,
            layers_per_block=1,
            block_out_channels=(64, 128, 256),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=128,
            attention_head_dim=8,
        ),
        "scheduler": DPMSolverMultistepScheduler(steps_offset=1),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }
    pipeline: Any = StableDiffusionPipeline(**parts)  # its classes are typed as unions with dummies
    pipeline.save_pretrained(folder)
    return folder


def _text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=32,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)
