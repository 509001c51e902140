from functools import partial
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

from generators.engine.easel import Easel, lay  # noqa: E402 - after the skip
from tests import tiny  # noqa: E402 - after the skip

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
STEPS = 3


@pytest.fixture(scope="module")
def loras(models: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two adapters that fit, by file and by folder; one that does not, and one that is none."""
    root = tmp_path_factory.mktemp("loras")
    other = tiny.picture_model(root / "other", width=32)
    (root / "broken.safetensors").write_bytes(b"nothing")
    return {
        "ink": tiny.adapter(root / "ink", models / "painter", seed=1),
        "水彩": tiny.adapter(root / "water", models / "painter", seed=2).parent,
        "other": tiny.adapter(root / "misfit", other),
        "broken": root / "broken.safetensors",
        "absent": root / "absent",
    }


def pipeline_of(models: Path) -> Any:
    from diffusers import AutoPipelineForText2Image  # noqa: PLC0415 - takes seconds

    return AutoPipelineForText2Image.from_pretrained(models / "painter")


@pytest.fixture(scope="module")
def easel(models: Path, loras: dict[str, Path]) -> Easel:
    return Easel(pipeline_of(models), loras=loras)


def drawn(easel: Easel, lora: tuple[str, float] | None) -> bytes:
    generator = torch.Generator("cpu").manual_seed(3)
    pipeline = easel.pipeline("words", lora)
    image = pipeline("a circle", generator=generator, num_inference_steps=STEPS).images[0]
    return image.tobytes()


def test_the_ways_share_their_weights(easel: Easel) -> None:
    assert easel.ways == {"words", "image", "mask"}
    unets = {id(easel.pipeline(way).unet) for way in easel.ways}
    assert len(unets) == 1
    assert {"image", "strength"} <= easel.options("image")
    assert "mask_image" in easel.options("mask")


def test_a_class_without_siblings_has_one_way() -> None:
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel  # noqa: PLC0415 - takes seconds

    unet: Any = UNet2DModel(
        sample_size=8,
        block_out_channels=(8,),
        down_block_types=("DownBlock2D",),
        up_block_types=("UpBlock2D",),
        norm_num_groups=4,
    )
    pipeline: Any = DDPMPipeline(unet, DDPMScheduler())
    assert Easel(pipeline).ways == {"words"}


def test_adapters_that_do_not_fit_are_left_out(
    models: Path, loras: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    assert Easel(pipeline_of(models), loras=loras).loras == {"ink", "水彩"}
    assert "The LoRA other does not fit this picture model" in caplog.text


def test_an_adapter_changes_the_picture_and_leaves_no_trace(models: Path, easel: Easel) -> None:
    plain = drawn(Easel(pipeline_of(models)), None)
    asked: list[tuple[str, float] | None] = [None, ("ink", 1.0), ("水彩", 1.0), ("ink", 0.5)]
    first = [drawn(easel, lora) for lora in asked]
    again = [drawn(easel, lora) for lora in reversed(asked)]
    assert first[0] == plain
    assert len(set(first)) == 4
    assert first == again[::-1]


def test_an_adapter_counts_for_every_way(easel: Easel) -> None:
    easel.pipeline("image", ("ink", 1.0))
    assert easel.pipeline("words", ("ink", 1.0)).get_active_adapters() == ["lora_696e6b"]


class Recorded:
    """What a pipeline of diffusers has for less memory, written down."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("enable_"):
            raise AttributeError(name)
        return partial(self._note, name)

    def _note(self, name: str, **_options: object) -> None:
        self.called.append(name)


@pytest.mark.parametrize(
    ("offload", "called"),
    [
        ("none", []),
        ("model", ["enable_model_cpu_offload"]),
        ("sequential", ["enable_sequential_cpu_offload"]),
        ("group", ["enable_group_offload"]),
    ],
)
def test_offloading_is_left_to_diffusers(offload: Any, called: list[str]) -> None:
    pipeline = Recorded()
    lay(pipeline, offload)
    assert pipeline.called == called
