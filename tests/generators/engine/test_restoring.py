"""What a request means to the model that mends."""

import base64
import io
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from generators.engine.errors import BadRequest
from generators.engine.options import EngineSettings
from generators.engine.resolve import RESTORE, SHIPPED
from generators.engine.restoring import Restorer
from generators.engine.uploads import Canvas
from generators.engine.wire import EditAsk
from tests.generators.engine.conftest import Serve

GIVEN = Image.new("RGB", (37, 53))
PLAIN = Canvas(image=GIVEN, mask=None, strength=1.0)
TORN = Canvas(image=GIVEN, mask=Image.new("L", GIVEN.size, 255), strength=1.0)


def ask(prompt: str = "", n: int | None = None) -> EditAsk:
    return EditAsk(model="restore", prompt=prompt, n=n)


@pytest.mark.parametrize(
    ("prompt", "noise", "blur"),
    [("denoise", True, False), ("deblur", False, True), (" deblur  denoise ", True, True)],
)
def test_the_prompt_says_what_is_taken_out(prompt: str, noise: bool, blur: bool) -> None:
    job = Restorer(Path("unread")).job(ask(prompt), PLAIN)
    (repair,) = job.parts
    assert (repair.noise, repair.blur, repair.mask) == (noise, blur, None)
    assert job.most() == 1


def test_a_mask_is_filled_and_nothing_else_is_done() -> None:
    (repair,) = Restorer(Path("unread")).job(ask(), TORN).parts
    assert (repair.noise, repair.blur, repair.mask) == (False, False, TORN.mask)


@pytest.mark.parametrize(
    ("asked", "canvas"),
    [
        (ask("denoise"), None),
        (ask("denoise", 2), PLAIN),
        (ask(), PLAIN),
        (ask("a red heart"), PLAIN),
        (ask("denoise please"), PLAIN),
        (ask("denoise"), TORN),
    ],
)
def test_what_it_cannot_mean_is_refused(asked: EditAsk, canvas: Canvas | None) -> None:
    with pytest.raises(BadRequest):
        Restorer(Path("unread")).job(asked, canvas)


def file_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.torch
@pytest.mark.skipif(not SHIPPED.joinpath("model.safetensors").exists(), reason="none is shipped")
def test_the_engine_mends_a_picture_in_its_own_size(serving: Serve) -> None:
    pytest.importorskip("torch", reason="the engine extra is not installed")
    torn = Image.new("RGBA", (37, 53), (255, 255, 255, 255))
    torn.paste((0, 0, 0, 0), (10, 10, 14, 30))
    drawn = Image.linear_gradient("L").resize((37, 53)).convert("RGB")
    with serving(EngineSettings(restore=RESTORE, device="cpu")) as engine:
        with engine.client() as client:
            told = client.models.list().data
            fields = {"model": RESTORE, "image": ("a.png", file_of(drawn), "image/png")}
            soft = client.images.edit(prompt="deblur denoise", **fields)
            filled = client.images.edit(prompt="", mask=("m.png", file_of(torn)), **fields)
        refused = httpx2.post(
            f"{engine.url}/v1/images/edits",
            data={"model": RESTORE, "prompt": "a cat"},
            files={"image": ("a.png", file_of(drawn), "image/png")},
        )
    assert [(model.id, (model.model_extra or {})["kind"]) for model in told] == [(RESTORE,) * 2]
    for answer in (soft, filled):
        assert answer.data is not None
        made = Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json or "")))
        assert made.size == drawn.size
    kept = made.copy()
    kept.paste(drawn.crop((10, 10, 14, 30)), (10, 10))
    assert file_of(kept) == file_of(drawn)
    assert refused.status_code == 400
