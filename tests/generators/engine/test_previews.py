import io
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from generators.engine.previews import preview  # noqa: E402 - after the skip
from tests import tiny  # noqa: E402 - after the skip

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def pipeline() -> Any:
    """What a preview needs of a pipeline: a decoder that doubles each side."""
    torch.manual_seed(0)
    return SimpleNamespace(vae=tiny._autoencoder())


@pytest.mark.parametrize(
    ("latents", "size"), [((8, 8), (16, 16)), ((32, 24), (48, 64)), ((128, 64), (32, 64))]
)
def test_a_preview_is_small_and_keeps_its_shape(
    pipeline: Any, latents: tuple[int, int], size: tuple[int, int]
) -> None:
    shown = preview(pipeline, torch.randn(1, 4, *latents))
    assert shown is not None
    assert Image.open(io.BytesIO(shown)).size == size


def test_a_preview_is_what_the_decoder_makes_of_it(pipeline: Any) -> None:
    latents = torch.randn(1, 4, 8, 8)
    with torch.no_grad():
        pixels = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample[0]
    expected = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().byte()
    shown = preview(pipeline, latents)
    assert shown is not None
    assert Image.open(io.BytesIO(shown)).tobytes() == expected.permute(1, 2, 0).numpy().tobytes()


@pytest.mark.parametrize("shape", [(1, 64, 16), (1, 16, 1, 8, 8)])
def test_latents_that_are_no_maps_have_no_preview(pipeline: Any, shape: tuple[int, ...]) -> None:
    assert preview(pipeline, torch.randn(*shape)) is None


def test_without_a_decoder_there_is_no_preview() -> None:
    assert preview(SimpleNamespace(), torch.randn(1, 4, 8, 8)) is None
