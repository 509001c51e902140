"""What an engine is told to serve. Knows no model and no torch."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """What to load: folders, hub ids or None; `waiting` calls may queue for each model.

    Of the language model: `rows` answers are written at once, with memory for `room_tokens` tokens
    of prompts and answers; None takes what the device has to spare. `dtype` "auto" is bfloat16 on
    CUDA and float32 on a CPU, where bfloat16 is faster on some processors and not exact. `triton`
    uses kernels of our own on CUDA.

    With `memory_bytes` of the device, models that do not fit beside each other take turns; without,
    all are loaded.

    Of picture models: `pictures` are made at once; `loras` are names and safetensors files or
    folders; `offload` keeps weights in the machine's memory until a step needs them, and `tiling`
    decodes large pictures in parts, both for less memory and more time.
    """

    text: str | None = None
    image: str | None = None
    embed: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    waiting: int = 32
    rows: int = 16
    room_tokens: int | None = None
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    triton: bool = False
    more_texts: tuple[str, ...] = ()
    more_images: tuple[str, ...] = ()
    memory_bytes: int | None = None
    pictures: int = 8
    loras: tuple[tuple[str, str], ...] = ()
    offload: Literal["none", "model", "sequential", "group"] = "none"
    tiling: bool = False
