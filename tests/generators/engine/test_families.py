"""Picture models of other families than the usual one, with adapters, through the real engine."""

import io
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from generators.engine.options import EngineSettings  # noqa: E402 - after the skip
from tests import families  # noqa: E402 - after the skip
from tests.generators.engine.conftest import RunningEngine, Serve  # noqa: E402 - after the skip
from tests.generators.engine.test_pictures import draw, png_of  # noqa: E402 - after the skip

pytestmark = [
    pytest.mark.torch,
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, serving: Serve) -> Iterator[RunningEngine]:
    """An engine with an XL and a Flux, and adapters for each."""
    root = tmp_path_factory.mktemp("families")
    xl, flux = families.xl_model(root / "xl"), families.flux_model(root / "flux")
    loras = {
        "ink": families.xl_adapter(root / "ink", xl),
        "kohya": families.kohya_adapter(root / "kohya.safetensors", xl),
        "水彩": families.flux_adapter(root / "water", flux),
    }
    settings = EngineSettings(
        text="",
        image=str(xl),
        more_images=(str(flux),),
        embed="",
        loras=tuple((name, str(path)) for name, path in loras.items()),
        device="cpu",
        offline=True,
    )
    with serving(settings) as running:
        yield running


def picture(client: openai.OpenAI, model: str, **fields: Any) -> bytes:
    """Return the pixels of a picture of 24 x 32."""
    made = draw(client, model=model, size="24x32", steps=2, **fields)
    image = Image.open(io.BytesIO(png_of(made.data[0])))
    assert (image.format, image.size, image.mode) == ("PNG", (24, 32), "RGB")
    return image.tobytes()


@pytest.mark.parametrize("model", ["xl", "flux"])
def test_words_and_seeds_decide_what_comes(client: openai.OpenAI, model: str) -> None:
    first = picture(client, model)
    assert picture(client, model) == first
    assert picture(client, model, seed=6) != first
    assert picture(client, model, prompt="一只猫 🐈") != first
    assert picture(client, model, negative_prompt="a blue sky") != first, "and what they avoid"


@pytest.mark.parametrize(("model", "loras"), [("xl", ("ink", "kohya")), ("flux", ("水彩",))])
def test_adapters_change_it_and_leave_no_trace(
    client: openai.OpenAI, engine: RunningEngine, model: str, loras: tuple[str, ...]
) -> None:
    assert engine.roster.find("image", model).ready(model).easel.loras == set(loras)
    plain = picture(client, model)
    for lora in loras:
        assert picture(client, model, lora=lora) != plain
    assert picture(client, model) == plain


@pytest.mark.parametrize("model", ["xl", "flux"])
def test_a_stream_tells_the_steps_and_ends_with_the_picture(
    client: openai.OpenAI, model: str
) -> None:
    shown = {"stream": True, "partial_images": 2, "steps": 6, "size": "24x32"}
    kinds = [event.type for event in draw(client, model=model, **shown)]
    assert kinds.count("image_generation.in_progress") == 6
    assert kinds[-1] == "image_generation.completed"
    if model == "flux":  # its latents are tokens, of which nobody can see anything
        assert "image_generation.partial_image" not in kinds
        return
    before = kinds[: kinds.index("image_generation.partial_image")]
    assert len(before) <= 2, "the first preview comes within a third of the steps"
