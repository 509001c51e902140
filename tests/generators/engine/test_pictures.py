import asyncio
import base64
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image

from generators.engine.small import Small
from generators.metering import News, Stroke, hearing
from generators.model import Model, Picture
from generators.painting import Brief, Preview
from generators.vocabulary import Vocabulary
from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine

torch = pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


EXTRA = ("seed", "steps", "guidance", "lora", "exact", "priority", "negative_prompt")


def draw(client: openai.OpenAI, **fields: Any) -> Any:
    extra = {name: fields.pop(name) for name in EXTRA if name in fields}
    body: dict[str, Any] = {"model": "painter", "prompt": "a red circle 红色的圆", **fields}
    return client.images.generate(**body, extra_body={"steps": 3, "seed": 5, **extra})


def png_of(picture: Any) -> bytes:
    return base64.b64decode(picture.b64_json)


def pixels_of(picture: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png_of(picture))), dtype=int)


def test_a_picture_is_a_png_of_the_models_size(client: openai.OpenAI) -> None:
    image = Image.open(io.BytesIO(png_of(draw(client).data[0])))
    assert (image.format, image.size, image.mode) == ("PNG", (16, 16), "RGB")


def test_a_picture_has_the_size_asked_for(client: openai.OpenAI) -> None:
    image = Image.open(io.BytesIO(png_of(draw(client, size="24x32").data[0])))
    assert image.size == (24, 32)


def test_the_seed_that_is_returned_gives_the_same_picture(client: openai.OpenAI) -> None:
    first = draw(client, seed=None).data[0]
    again = draw(client, seed=first.seed).data[0]
    assert again.seed == first.seed
    assert png_of(again) == png_of(first)
    assert png_of(draw(client, seed=first.seed + 1).data[0]) != png_of(first)


def test_each_of_several_pictures_has_a_seed_of_its_own(client: openai.OpenAI) -> None:
    pictures = draw(client, n=3).data
    assert [picture.seed for picture in pictures] == [5, 6, 7]
    for picture in pictures:
        alone = draw(client, seed=picture.seed).data[0]
        # a batch adds in another order than one picture: a level in 256 may differ
        assert np.abs(pixels_of(picture) - pixels_of(alone)).max() <= 1


def test_steps_and_guidance_change_the_picture(client: openai.OpenAI) -> None:
    pictures = [
        draw(client, guidance=7.5),
        draw(client, guidance=7.5, steps=6),
        draw(client, guidance=1),
    ]
    assert len({png_of(made.data[0]) for made in pictures}) == 3


def test_what_it_should_not_show_changes_the_picture(client: openai.OpenAI) -> None:
    plain, avoiding, nothing = (
        png_of(draw(client, guidance=7.5, negative_prompt=text).data[0])
        for text in ("", "blue 蓝色", " ")
    )
    assert plain == nothing != avoiding


def test_a_model_with_a_vocabulary_reads_its_own_words_alone_and_says_the_others(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    painter: Any = engine.roster.image.ready("painter")
    thing = {"sign": "🐱", "english": "cat", "chinese": "猫", "plural": "cats", "near": ["kitten"]}
    words = Vocabulary.of({"things": [thing], "colours": [], "numbers": []})
    painter.small = Small(vocabulary=words, side_px=16, steps=2, guidance=3.0)
    told = {"things": 1, "unknown": [{"word": "kitten", "nearest": "cat"}]}
    try:
        plain = draw(client, prompt="a cat")
        assert not hasattr(plain, "vocabulary")
        assert plain.data[0].revised_prompt is None
        made = draw(client, prompt="Draw me a cat, kitten!")
        assert (made.vocabulary, made.data[0].revised_prompt) == (told, "a cat")
        assert png_of(made.data[0]) == png_of(plain.data[0])
        *_, done = draw(client, prompt="Draw me a cat, kitten!", stream=True)
        assert (done.vocabulary, done.revised_prompt) == (told, "a cat")
        with pytest.raises(openai.BadRequestError) as caught:
            draw(client, prompt="a kitten")
    finally:
        painter.small = None
    assert caught.value.code == "nothing_known"
    body: Any = caught.value.body
    assert body["vocabulary"] == told


async def test_the_seam_hears_steps_and_previews_and_the_same_bytes(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    model, heard = Model(f"{engine.url}/v1"), list[News]()
    assert (await model.canvas()).own == "16x16"
    brief = Brief(prompt="a red circle 红色的圆", seed=5, steps=6, previews=1)
    with hearing(heard.append):
        preview, picture = [one async for one in model.paint(brief)]
    await model.close()
    assert isinstance(preview, Preview)
    assert isinstance(picture, Picture)
    assert heard[-6:] == [Stroke(number, 6) for number in range(1, 7)]
    assert picture.png == png_of(draw(client, steps=6).data[0])
    assert (picture.seed, picture.cost.images) == (5, 1)


def test_usage_tells_pictures_and_time_and_invents_no_tokens(client: openai.OpenAI) -> None:
    usage = draw(client, n=2).usage
    assert (usage.images, usage.total_tokens) == (2, 0)
    assert usage.gpu_ms >= 0


def test_a_stream_shows_every_step_and_then_the_pictures(client: openai.OpenAI) -> None:
    events = list(draw(client, stream=True, n=2, steps=4))
    steps = [event for event in events if event.type == "image_generation.in_progress"]
    assert [(event.step, event.total) for event in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    done = [event for event in events if event.type == "image_generation.completed"]
    assert [(event.index, event.seed) for event in done] == [(0, 5), (1, 6)]
    whole = draw(client, n=2, steps=4)
    assert [png_of(event) for event in done] == [png_of(picture) for picture in whole.data]
    assert done[-1].usage.images == 2


@pytest.mark.parametrize("size", ["17x8", "0x8", "4096x4096", "big"])
def test_a_size_that_cannot_be_is_refused(client: openai.OpenAI, size: str) -> None:
    with pytest.raises(openai.BadRequestError, match="multiples of 8 up to 2048"):
        draw(client, size=size)


async def drawn(client: openai.AsyncOpenAI, **fields: Any) -> Any:
    extra = {name: fields.pop(name) for name in EXTRA if name in fields}
    body: dict[str, Any] = {"model": "painter", "prompt": "a red circle 红色的圆", **fields}
    return await client.images.generate(**body, extra_body={"steps": 3, "seed": 5, **extra})


@contextmanager
def watched(engine: RunningEngine, see: Callable[[int], None]) -> Iterator[None]:
    """Call `see` with the number of rows before each step of the model, guidance not counted."""
    unet: Any = engine.roster.image.ready("painter").easel.pipeline("words").unet

    def before_step(_unet: Any, given: tuple[Any, ...]) -> None:
        see(len(given[0]) // 2)

    hook = unet.register_forward_pre_hook(before_step)
    try:
        yield
    finally:
        engine.settle()
        hook.remove()


class Gate:
    """Notes the rows of each step, and holds the model at some of them."""

    def __init__(self, *stops: int) -> None:
        self.steps: list[int] = []
        self._reached = {stop: threading.Event() for stop in stops}
        self._opened = {stop: threading.Event() for stop in stops}

    def __call__(self, rows: int) -> None:
        self.steps.append(rows)
        stop = len(self.steps)
        if stop in self._opened:
            self._reached[stop].set()
            assert self._opened[stop].wait(TIMEOUT_S)

    async def held(self, stop: int) -> None:
        assert await asyncio.to_thread(self._reached[stop].wait, TIMEOUT_S)

    def open(self, stop: int) -> None:
        self._opened[stop].set()


async def test_several_requests_are_made_at_once_and_each_as_if_alone(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    asked = [{"seed": seed, "prompt": f"circle {seed} 圆 🔴"} for seed in range(8)]
    alone = [pixels_of(draw(client, **one).data[0]) for one in asked]
    gate = Gate(1)
    with watched(engine, gate):
        async with engine.async_client() as asker:
            first = asyncio.create_task(drawn(asker))
            await gate.held(1)
            others = [asyncio.create_task(drawn(asker, **one)) for one in asked]
            await _waiting(engine, 8)
            gate.open(1)
            together = [(await task).data[0] for task in (first, *others)][1:]
    assert gate.steps == [1] * 3 + [8] * 3
    for one, other in zip(alone, together, strict=True):
        # a batch adds in another order than one picture: a level in 256 may differ
        assert np.abs(one - pixels_of(other)).max() <= 1


async def _waiting(engine: RunningEngine, count: int) -> None:
    for _ in range(int(TIMEOUT_S * 20)):
        if engine.roster.image.worker.waiting == count:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


async def test_what_differs_in_size_steps_or_guidance_is_made_apart(
    engine: RunningEngine,
) -> None:
    gate = Gate(1)
    with watched(engine, gate):
        async with engine.async_client() as client:
            first = asyncio.create_task(drawn(client))
            await gate.held(1)
            manners: list[dict[str, Any]] = [{"steps": 2}, {"size": "24x16"}, {"guidance": 4.0}]
            others = [asyncio.create_task(drawn(client, **one)) for one in manners * 2]
            await _waiting(engine, 6)
            gate.open(1)
            await asyncio.gather(first, *others)
    assert gate.steps == [1] * 3 + [2] * 8


def test_exact_gives_the_same_bytes_in_whatever_company(client: openai.OpenAI) -> None:
    several = draw(client, n=3, exact=True).data
    alone = [draw(client, seed=seed, exact=True).data[0] for seed in (5, 6, 7)]
    assert [png_of(one) for one in several] == [png_of(one) for one in alone]


async def test_a_client_that_leaves_takes_only_its_own_picture_along(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    alone = draw(client, seed=2, steps=6).data[0]
    gate = Gate(1, 6)
    with watched(engine, gate):
        async with engine.async_client() as asker:
            first = asyncio.create_task(drawn(asker))
            await gate.held(1)
            leaver: Any = await drawn(asker, seed=1, steps=6, stream=True, n=2)
            stays = asyncio.create_task(drawn(asker, seed=2, steps=6))
            await _waiting(engine, 2)
            gate.open(1)
            await gate.held(6)
            await leaver.close()
            await asyncio.to_thread(_all_cancelled, engine, 1)
            gate.open(6)
            await first
            found = (await stays).data[0]
    assert gate.steps == [1] * 3 + [3] * 3 + [1] * 3
    assert np.abs(pixels_of(found) - pixels_of(alone)).max() <= 1
    assert engine.health()["models"]["image"]["active"] == 0


def _all_cancelled(engine: RunningEngine, count: int) -> None:
    calls: Any = engine.roster.image.worker._calls
    for _ in range(int(TIMEOUT_S * 20)):
        if sum(call.cancelled for call in tuple(calls)) >= count:
            return
        threading.Event().wait(0.05)
    raise TimeoutError


def test_a_client_that_leaves_ends_the_picture_between_two_steps(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    gate = Gate(3)
    with watched(engine, gate):
        events: Any = draw(client, stream=True, steps=50)
        next(iter(events))
        assert gate._reached[3].wait(TIMEOUT_S)
        events.close()
        _all_cancelled(engine, 1)
        gate.open(3)
    assert gate.steps == [1, 1, 1]
    assert draw(client).data[0].seed == 5


async def test_what_does_not_fit_the_memory_is_halved_and_that_is_remembered(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    alone = [pixels_of(draw(client, seed=seed, size="32x32").data[0]) for seed in range(5, 13)]
    gate, limits = Gate(), engine.roster.image.ready("painter").limits

    def crowded(rows: int) -> None:
        gate(rows)
        if rows > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    try:
        with watched(engine, crowded):
            made = draw(client, n=8, size="32x32").data
            first, gate.steps = gate.steps, list[int]()
            again = draw(client, n=8, size="32x32").data
    finally:
        limits._found.clear()
    assert first == [8, 4] + [2] * 12
    assert gate.steps == [2] * 12
    for pictures in (made, again):
        for one, other in zip(alone, pictures, strict=True):
            assert np.abs(one - pixels_of(other)).max() <= 1


def test_a_picture_that_does_not_fit_alone_is_refused_and_the_next_one_made(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    def crowded(_rows: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with watched(engine, crowded), pytest.raises(openai.BadRequestError) as refusal:
        draw(client)
    assert refusal.value.code == "too_large_for_device"
    engine.roster.image.ready("painter").limits._found.clear()
    assert draw(client).data[0].seed == 5


def test_a_stream_shows_small_previews_as_openai_has_them(client: openai.OpenAI) -> None:
    events = list(draw(client, stream=True, partial_images=3, steps=8, n=2, size="16x24"))
    shown = [event for event in events if event.type == "image_generation.partial_image"]
    assert [(event.index, event.partial_image_index) for event in shown] == [
        (picture, number) for number in range(3) for picture in range(2)
    ]
    assert {Image.open(io.BytesIO(png_of(event))).size for event in shown} == {(16, 24)}
    assert len({png_of(event) for event in shown}) == 6


@pytest.mark.parametrize("steps", [3, 8, 20])
def test_the_first_preview_comes_within_a_third_of_the_steps(
    client: openai.OpenAI, steps: int
) -> None:
    kinds = [event.type for event in draw(client, stream=True, partial_images=2, steps=steps)]
    before = kinds[: kinds.index("image_generation.partial_image")]
    assert before.count("image_generation.in_progress") <= max(1, steps // 3)


def test_no_preview_is_sent_unasked(client: openai.OpenAI) -> None:
    kinds = {event.type for event in draw(client, stream=True)}
    assert kinds == {"image_generation.in_progress", "image_generation.completed"}


async def test_a_stream_tells_the_place_in_line(engine: RunningEngine) -> None:
    gate = Gate(1)
    with watched(engine, gate):
        async with engine.async_client() as client:
            first = asyncio.create_task(drawn(client))
            await gate.held(1)
            second = asyncio.create_task(drawn(client, steps=2))
            await _waiting(engine, 1)
            stream: Any = await drawn(client, steps=4, stream=True)
            told = await anext(aiter(stream))
            gate.open(1)
            await asyncio.gather(first, second)
            rest = [event async for event in stream]
    assert (told.type, told.ahead) == ("image_generation.queued", 1)
    assert told.wait_s > 0
    assert [event.ahead for event in rest if event.type == "image_generation.queued"] == [0]


def test_an_adapter_that_is_not_there_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="no such adapter") as refusal:
        draw(client, lora="水彩")
    assert refusal.value.param == "lora"


@pytest.mark.parametrize(
    ("found", "asked", "most"),
    [
        ([], 100, 8),
        ([(100, 8)], 100, 4),
        ([(100, 8)], 50, 8),
        ([(100, 8)], 400, 4),
        ([(100, 8), (100, 4)], 100, 2),
        ([(100, 8), (100, 8)], 100, 4),
        ([(100, 1)], 100, 1),
        ([(400, 8), (100, 2)], 400, 1),
    ],
)
def test_limits_hold_for_larger_pictures_too(
    found: list[tuple[int, int]], asked: int, most: int
) -> None:
    from generators.engine.pictures import Limits  # noqa: PLC0415 - imports torch

    limits = Limits(8)
    for pixels, count in found:
        limits.halve(pixels, count)
    assert limits.of(asked) == most
