"""Through the seam to a real engine: the same seed is the same bytes, another one is others."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generators.draft import Draft, Given, Image
from generators.image import Imagine
from generators.model import Model
from generators.pictures import packed, unpacked
from generators.retouch import Retouch
from generators.tools import Tools
from tests.asking import drafts, request
from tests.fake_knowledge import Shelf
from tests.generators.engine.conftest import RunningEngine

torch = pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SIDE_PX = 64


@pytest.fixture
async def tools(engine: RunningEngine) -> AsyncIterator[Tools]:
    model = Model(f"{engine.url}/v1", timeout_s=120)
    yield Tools(model, Shelf())
    await model.close()


def picture(drawn: list[Draft]) -> Image:
    content: Any = drawn[-1].content
    assert isinstance(content, Image), content
    return content


async def drew(tools: Tools, seed: str, number: int) -> Image:
    flags = {"seed": seed, "size": f"{SIDE_PX}x{SIDE_PX}", "steps": "2"}
    return picture(await drafts(Imagine(tools), request("a fox", flags=flags, number=number)))


async def changed(tools: Tools, given: Given, words: str, **flags: str) -> Image:
    asked = replace(request(words, flags={"steps": "2", **flags}), pictures=(given,))
    return picture(await drafts(Retouch(tools), asked))


async def test_the_same_seed_alone_gives_the_same_bytes(tools: Tools) -> None:
    one, again, other = [await drew(tools, seed, n) for n, seed in enumerate(("7", "7", "8"))]
    assert one.png == again.png != other.png
    given = Given(image=one)
    varied = [await changed(tools, given, "Vary", do="vary", seed=seed) for seed in ("7", "7", "8")]
    assert varied[0].png == varied[1].png != varied[2].png


async def test_behind_a_mask_nothing_else_changes(tools: Tools) -> None:
    before = await drew(tools, "7", 1)
    mask = np.zeros((SIDE_PX, SIDE_PX, 4), dtype=np.uint8)
    mask[..., 3] = 255
    mask[16:48, 16:48, 3] = 0
    after = await changed(tools, Given(image=before, mask=packed(mask)), "a blue hat", seed="5")
    gap = np.abs(
        np.asarray(unpacked(after.png), dtype=int) - np.asarray(unpacked(before.png), dtype=int)
    ).max(axis=2)
    outside = mask[..., 3] == 255
    assert gap[outside].max() <= 1
    assert gap[~outside].max() > 1


async def test_our_engine_enlarges(tools: Tools) -> None:
    larger = await changed(tools, Given(image=await drew(tools, "7", 1)), "upscale")
    assert unpacked(larger.png).size == (2 * SIDE_PX, 2 * SIDE_PX)
