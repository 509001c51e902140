"""What an engine is told to serve. Knows no model and no torch."""

from dataclasses import dataclass
from typing import Literal

PARTS_AT_ONCE = 32
"""Parts of requests, a few texts each, that are embedded at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What to load: folders, hub ids or None; `waiting` calls may queue for each model.

    Of the language model: `rows` answers are written at once, with memory for `room_tokens` tokens
    of prompts and answers; None takes what the device has to spare. `dtype` "auto" is bfloat16 on
    CUDA and float32 on a CPU, where bfloat16 is faster on some processors and not exact. `triton`
    uses kernels of our own on CUDA. `adapters` are names and folders or hub ids of LoRA adapters of
    the language model. `quantization` is a key of `quantizing.WAYS`, or empty.

    With `memory_bytes` of the device, models that do not fit beside each other take turns; without,
    all are loaded.

    Of picture models: `pictures` are made at once; `loras` are names and safetensors files or
    folders; `offload` keeps weights in the machine's memory until a step needs them, and `tiling`
    decodes large pictures in parts, both for less memory and more time.
    """

    text: str | None = None
    image: str | None = None
    embed: str | None = None
    classify: str | None = None
    restore: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    waiting: int = 32
    rows: int = 16
    room_tokens: int | None = None
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    triton: bool = False
    adapters: tuple[tuple[str, str], ...] = ()
    quantization: str = ""
    more_texts: tuple[str, ...] = ()
    more_images: tuple[str, ...] = ()
    memory_bytes: int | None = None
    pictures: int = 8
    loras: tuple[tuple[str, str], ...] = ()
    offload: Literal["none", "model", "sequential", "group"] = "none"
    tiling: bool = False
