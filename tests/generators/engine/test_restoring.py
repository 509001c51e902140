"""What a request means to the model that mends."""

from pathlib import Path

import pytest
from PIL import Image

from generators.engine.errors import BadRequest
from generators.engine.restoring import Restorer
from generators.engine.uploads import Canvas
from generators.engine.wire import EditAsk

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
