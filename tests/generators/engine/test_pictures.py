import base64
import io
import threading
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image

from tests.generators.engine.conftest import TIMEOUT_S, RunningEngine

pytest.importorskip("torch")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def draw(client: openai.OpenAI, **fields: Any) -> Any:
    extra = {name: fields.pop(name) for name in ("seed", "steps", "guidance") if name in fields}
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


def test_a_client_that_leaves_ends_the_picture_between_two_steps(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    reached, gate = threading.Event(), threading.Event()
    steps: list[int] = []

    def hold(*_: object) -> None:
        steps.append(1)
        if len(steps) == 3:
            reached.set()
            assert gate.wait(TIMEOUT_S)

    pipeline: Any = engine.roster.image.ready("painter")._pipeline
    hook = pipeline.unet.register_forward_pre_hook(hold)
    try:
        events: Any = draw(client, stream=True, steps=50)
        next(iter(events))
        assert reached.wait(TIMEOUT_S)
        call: Any = next(iter(engine.roster.image.worker._calls))
        events.close()
        assert call._cancelled.wait(TIMEOUT_S)
    finally:
        gate.set()
        engine.settle()
        hook.remove()
    assert len(steps) == 3
    assert engine.health()["models"]["image"]["active"] == 0
    assert draw(client).data[0].seed == 5
