from pathlib import Path
from typing import Any

import pytest

from generators.engine.footprint import declared_bytes

torch = pytest.importorskip("torch", reason="the engine extra is not installed")
pytestmark = pytest.mark.torch


def test_what_files_declare_is_what_their_weights_take(models: Path) -> None:
    from diffusers import StableDiffusionPipeline  # noqa: PLC0415 - takes seconds
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - takes seconds

    writer = AutoModelForCausalLM.from_pretrained(models / "writer")
    painter: Any = StableDiffusionPipeline.from_pretrained(models / "painter")
    parts = (painter.unet, painter.vae, painter.text_encoder)
    assert declared_bytes(models / "writer", value_bytes=4) == weights_of(writer)
    assert declared_bytes(models / "painter", value_bytes=4) == sum(map(weights_of, parts))


def weights_of(model: torch.nn.Module) -> int:
    return sum(weight.numel() * 4 for weight in model.state_dict().values())


def test_half_the_bytes_for_half_the_precision(models: Path) -> None:
    whole = declared_bytes(models / "encoder", value_bytes=4)
    assert declared_bytes(models / "encoder", value_bytes=2) * 2 == whole


def test_a_folder_without_weights_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert declared_bytes(tmp_path, value_bytes=4) == 0
