"""Rows that leave a running batch, by the pipelines and schedulers of diffusers themselves."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the engine extra is not installed")

import diffusers  # noqa: E402 - after the skip
import numpy as np  # noqa: E402 - after the skip
from PIL import Image  # noqa: E402 - after the skip

from generators.engine.rows import SHRINKING, Rows  # noqa: E402 - after the skip
from tests import families, tiny  # noqa: E402 - after the skip

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning"),
]
PROMPTS = ["a circle", "红色的圆", "the whole team 🦊"]
IMAGE: Any = diffusers.AutoPipelineForImage2Image
STEPS, LEAVES_AT = 6, 2
SCHEDULERS = [
    "DPMSolverMultistepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "DDIMScheduler",
    "DDPMScheduler",
    "UniPCMultistepScheduler",
    "PNDMScheduler",
    "LCMScheduler",
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny.picture_model(tmp_path_factory.mktemp("plain") / "painter")
    return diffusers.StableDiffusionPipeline.from_pretrained(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Stable Diffusion XL."""
    folder: Path = tmp_path_factory.mktemp("large") / "xl"
    return diffusers.StableDiffusionXLPipeline.from_pretrained(families.xl_model(folder))


def made(pipeline: Any, rows: list[int], leaving: int | None = None, **options: Any) -> list[Any]:
    """Make the pictures of these rows; the one that leaves does so after `LEAVES_AT` steps."""
    pipeline.set_progress_bar_config(disable=True)
    generators = [torch.Generator("cpu").manual_seed(row) for row in rows]
    batch = Rows(pipeline, generators)

    def after_step(_pipeline: Any, index: int, _at: Any, tensors: Any) -> Any:
        if index + 1 < LEAVES_AT:
            return tensors
        return batch.keep(lambda row: rows[row] != leaving, tensors)

    if "image" in options:
        options["image"] = options["image"] * len(rows)
    images = pipeline(
        prompt=[PROMPTS[row] for row in rows],
        generator=generators,
        num_inference_steps=STEPS,
        callback_on_step_end=after_step,
        callback_on_step_end_tensor_inputs=batch.wanted,
        **options,
    ).images
    assert len(images) == len(batch.kept)
    return [np.asarray(image, dtype=int) for image in images]


def check(pipeline: Any, **options: Any) -> None:
    alone = [made(pipeline, [row], **options)[0] for row in (0, 2)]
    left = made(pipeline, [0, 1, 2], leaving=1, **options)
    assert len(left) == 2
    for one, other in zip(alone, left, strict=True):
        assert np.abs(one - other).max() <= 1


@pytest.mark.parametrize("name", SCHEDULERS)
def test_who_stays_is_what_it_is_alone_with_every_scheduler(plain: Any, name: str) -> None:
    before = plain.scheduler
    plain.scheduler = getattr(diffusers, name).from_config(before.config)
    try:
        check(plain, guidance_scale=7.5)
    finally:
        plain.scheduler = before


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_with_and_without_guidance(plain: Any, large: Any, guidance: float) -> None:
    check(plain, guidance_scale=guidance)
    check(large, guidance_scale=guidance, height=16, width=16)


def test_from_a_picture(plain: Any, large: Any) -> None:
    image = [Image.effect_noise((16, 16), 60).convert("RGB")]
    for pipeline in (plain, large):
        sibling = IMAGE.from_pipe(pipeline)
        assert type(sibling).__name__ in SHRINKING
        check(sibling, image=image, strength=1.0, guidance_scale=4.0)


def test_other_classes_make_every_row_to_its_end(plain: Any) -> None:
    unknown = type("Unknown", (type(plain),), {})
    other: Any = unknown(**plain.components, requires_safety_checker=False)
    assert len(made(other, [0, 1, 2], leaving=1)) == 3
