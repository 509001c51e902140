"""Pictures made from pictures, over HTTP with the OpenAI client."""

import asyncio
import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from PIL import Image

from generators.engine.options import EngineSettings
from tests.generators.engine.conftest import RunningEngine, Serve

torch = pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = [
    pytest.mark.torch,
    # diffusers 0.42 turns tensors into numpy arrays in numpy 1's way
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
SIDE_PX = 32


def file_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def scene() -> Image.Image:
    """A picture of which every pixel differs from its neighbours."""
    x, y = np.meshgrid(np.arange(SIDE_PX), np.arange(SIDE_PX))
    return Image.fromarray(np.stack([x * 7, y * 7, (x + y) * 3], axis=2).astype(np.uint8))


def holed() -> Image.Image:
    mask = Image.new("RGBA", (SIDE_PX, SIDE_PX), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (0, 0, SIDE_PX // 2, SIDE_PX))
    return mask


def asked(fields: dict[str, Any]) -> dict[str, Any]:
    own = {"seed": 5, "steps": 4}
    own |= {
        name: fields.pop(name) for name in ("seed", "strength", "upscale", "lora") if name in fields
    }
    body: dict[str, Any] = {"model": "painter", "prompt": "a fox 狐狸", **fields}
    return {**body, "image": ("scene.png", file_of(scene())), "extra_body": own}


def edited(client: openai.OpenAI, **fields: Any) -> Any:
    if mask := fields.pop("mask", None):
        fields["mask"] = ("mask.png", file_of(mask))
    return client.images.edit(**asked(fields))


def pixels_of(made: Any) -> np.ndarray:
    png = base64.b64decode(made.data[0].b64_json)
    return np.asarray(Image.open(io.BytesIO(png)), dtype=int)


def gap(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


def test_strength_changes_the_picture_and_comes_again(client: openai.OpenAI) -> None:
    weak, strong, again = (edited(client, strength=much) for much in (0.25, 1.0, 0.25))
    assert pixels_of(weak).shape == (SIDE_PX, SIDE_PX, 3)
    assert np.array_equal(pixels_of(weak), pixels_of(again))
    assert gap(pixels_of(weak), pixels_of(strong)) > 1


def test_what_the_mask_does_not_show_stays_as_it_is(client: openai.OpenAI) -> None:
    found, before = pixels_of(edited(client, mask=holed())), np.asarray(scene(), dtype=int)
    half = SIDE_PX // 2
    assert np.array_equal(found[:, half:], before[:, half:])
    assert gap(found[:, :half], before[:, :half]) > 1


def test_an_upscale_has_longer_sides(client: openai.OpenAI) -> None:
    assert pixels_of(edited(client, upscale=2, prompt="")).shape == (64, 64, 3)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # OpenAI drops its own
def test_variations_differ_by_their_seeds(client: openai.OpenAI) -> None:
    sent = {"image": ("scene.png", file_of(scene())), "extra_body": {"seed": 5, "steps": 4}}
    made: Any = client.images.create_variation(model="painter", n=2, **sent)
    assert [one.seed for one in made.data] == [5, 6]
    assert made.data[0].b64_json != made.data[1].b64_json


def test_a_stream_has_the_events_of_an_edit(client: openai.OpenAI) -> None:
    events = list(edited(client, stream=True, partial_images=1, strength=1.0))
    kinds = [event.type.removeprefix("image_edit.") for event in events]
    assert kinds[-1] == "completed"
    assert kinds.count("in_progress") == 4
    assert kinds.count("partial_image") == 1
    assert events[-1].usage.images == 1


async def test_edits_are_made_at_once_and_each_from_its_own_picture(
    engine: RunningEngine, client: openai.OpenAI
) -> None:
    seeds = range(4)
    alone = [pixels_of(edited(client, seed=seed, mask=holed())) for seed in seeds]
    unet: Any = engine.roster.image.ready("painter").easel.pipeline("mask").unet
    rows: list[int] = []

    def see(_unet: Any, given: tuple[Any, ...]) -> None:
        rows.append(len(given[0]) // 2)

    hook = unet.register_forward_pre_hook(see)
    try:
        async with engine.async_client() as asker:
            mask = ("mask.png", file_of(holed()))
            bodies = [asked({"seed": seed, "mask": mask}) for seed in seeds]
            together: list[Any] = await asyncio.gather(*(asker.images.edit(**b) for b in bodies))
    finally:
        hook.remove()
    assert max(rows) > 1
    for one, other in zip(alone, together, strict=True):
        assert np.abs(one - pixels_of(other)).max() <= 1


def test_one_step_is_left_however_weak(client: openai.OpenAI) -> None:
    assert pixels_of(edited(client, strength=0.02)).shape == (SIDE_PX, SIDE_PX, 3)


@pytest.mark.parametrize(
    ("fields", "files", "sentence"),
    [
        ({}, {}, "'image': send the picture"),
        ({}, {"image": b"nothing"}, "'image': this is no PNG, JPEG or WebP"),
        ({"strength": "2"}, {"image": b""}, "'strength'"),
        ({"n": "99"}, {"image": b""}, "'n'"),
    ],
)
def test_a_refusal_is_a_sentence(
    engine: RunningEngine, fields: dict[str, str], files: dict[str, bytes], sentence: str
) -> None:
    url = f"{engine.url}/v1/images/edits"
    answer = httpx2.post(url, data={"model": "painter", **fields}, files=files or {"x": b""})
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]["message"]


@pytest.fixture(scope="module")
def inked(
    models: Path, serving: Serve, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    """An engine whose picture model has an adapter, and pictures one by one."""
    from tests import tiny  # noqa: PLC0415 - imports torch, which may be missing

    ink = tiny.adapter(tmp_path_factory.mktemp("ink"), models / "painter")
    loras = (("墨.v2", str(ink)),)
    painter = str(models / "painter")
    settings = EngineSettings(image=painter, device="cpu", offline=True, loras=loras, pictures=1)
    with serving(settings) as engine:
        yield engine


def test_an_adapter_is_asked_for_by_its_name(inked: RunningEngine) -> None:
    with inked.client() as client:
        listed: Any = client.models.list().data[0]
        plain = pixels_of(edited(client))
        inky = pixels_of(edited(client, lora="墨.v2"))
    assert listed.loras == ["墨.v2"]
    assert gap(plain, inky) > 0


def test_pictures_at_once_are_a_setting(inked: RunningEngine) -> None:
    assert inked.roster.image.ready("painter").limits.of(1) == 1
