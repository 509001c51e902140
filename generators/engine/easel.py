"""One set of weights for every way to make a picture: from words, from a picture, behind a mask.

`AutoPipelineFor….from_pipe` shares the weights, so a second way costs no memory. LoRA adapters are
loaded beside them, each under a name, and at most one is on. For one thread.
https://huggingface.co/docs/diffusers/api/pipelines/auto_pipeline
"""

import inspect
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting
from safetensors import SafetensorError

from generators.logs import Told

Way = Literal["words", "image", "mask"]
Offload = Literal["none", "model", "sequential", "group"]
_UNFIT = (AttributeError, KeyError, OSError, RuntimeError, SafetensorError, ValueError)
"""What diffusers raises for weights that are not there, broken, or of another model."""
logger = logging.getLogger(__name__)


class Pipeline(Protocol):
    """What every pipeline of diffusers has; each class has options of its own."""

    def __call__(self, **options: Any) -> Any:  # noqa: ANN401 - differs from class to class
        """Make pictures."""

    def set_progress_bar_config(self, *, disable: bool) -> None:
        """Turn the progress bar on stderr off."""

    def to(self, device: torch.device) -> "Pipeline":
        """Move the weights."""


class Easel:
    """The pipelines of one model by what they begin from, and its adapters."""

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        loras: Mapping[str, Path] | None = None,
        offload: Offload = "none",
    ) -> None:
        """Take a text-to-image pipeline on its device, and files or folders of LoRA weights."""
        self._pipelines: dict[Way, Any] = {"words": pipeline, **_siblings(pipeline)}
        for one in self._pipelines.values():
            one.set_progress_bar_config(disable=True)
        self.offload: Offload = offload
        self._laid: Way | None = None
        self._on: tuple[str, float] | None = None
        self.loras = {name for name, path in (loras or {}).items() if self._lora(name, path)}
        self._wear(None)

    @property
    def ways(self) -> frozenset[Way]:
        """What a picture may begin from."""
        return frozenset(self._pipelines)

    def options(self, way: Way) -> frozenset[str]:
        """Return the names that this pipeline's call understands."""
        return frozenset(inspect.signature(self._pipelines[way].__call__).parameters)

    @property
    def own_px(self) -> tuple[int, int] | None:
        """Width and height that the model makes by itself, in pixels, where it tells."""
        words = self._pipelines["words"]
        parts = (getattr(words, name, None) for name in ("unet", "transformer"))
        configs = (getattr(part, "config", None) for part in parts)
        sides = (getattr(config, "sample_size", None) for config in configs)
        side, scale = next(filter(None, sides), None), getattr(words, "vae_scale_factor", None)
        if not isinstance(side, int) or not isinstance(scale, int):
            return None
        return side * scale, side * scale

    def pipeline(self, way: Way, lora: tuple[str, float] | None = None) -> Any:  # noqa: ANN401 - any class
        """Return the pipeline, with this adapter at this weight and no other."""
        pipeline = self._pipelines[way]
        if self.offload != "none" and self._laid != way:
            lay(pipeline, self.offload)
            self._laid = way
        if self.loras and lora != self._on:
            self._wear(lora)
        return pipeline

    def _wear(self, lora: tuple[str, float] | None) -> None:
        words = self._pipelines["words"]
        self._on = lora
        if lora is not None:
            words.enable_lora()
            words.set_adapters([_inner(lora[0])], adapter_weights=[lora[1]])
        elif self.loras:
            words.disable_lora()

    def _lora(self, name: str, path: Path) -> bool:
        """Load an adapter; returns whether it fits this model."""
        options = {"weight_name": path.name} if path.is_file() else {}
        options |= {"adapter_name": _inner(name)}
        folder = path.parent if path.is_file() else path
        try:
            with warnings.catch_warnings(action="ignore"):  # of a second adapter, which is meant
                self._pipelines["words"].load_lora_weights(
                    folder, local_files_only=True, use_safetensors=True, **options
                )
        except _UNFIT as error:
            _leave_out(name, type(error).__name__)
            return False
        # Of another family's adapter diffusers takes nothing, and raises nothing either.
        taken = self._pipelines["words"].get_list_adapters().values()
        if not any(_inner(name) in names for names in taken):
            _leave_out(name, "NothingTaken")
            return False
        return True


def _leave_out(name: str, error: str) -> None:
    reason = Told(f"The LoRA {name} does not fit this picture model, which goes without it.")
    logger.warning("%(reason)s", {"reason": reason, "error": error})


def _inner(name: str) -> str:
    """Return a name that torch takes for a part of a model: it refuses dots."""
    return f"lora_{name.encode().hex()}"


def lay(pipeline: Any, offload: Offload) -> None:  # noqa: ANN401 - any class of diffusers
    """Keep weights in the machine's memory until they are needed.

    Again for each pipeline, because the order in which its parts take turns is its own.
    https://huggingface.co/docs/diffusers/optimization/memory
    """
    match offload:
        case "model":
            pipeline.enable_model_cpu_offload()
        case "sequential":
            pipeline.enable_sequential_cpu_offload()
        case "group":
            device = {"onload_device": torch.device("cuda"), "offload_device": torch.device("cpu")}
            pipeline.enable_group_offload(**device, offload_type="leaf_level", use_stream=True)
        case "none":
            pass


def _siblings(pipeline: Pipeline) -> dict[Way, Any]:
    """Return the other ways that there are for this class of pipeline."""
    makers: dict[Way, Any] = {
        "image": AutoPipelineForImage2Image,
        "mask": AutoPipelineForInpainting,
    }
    found: dict[Way, Any] = {}
    for way, maker in makers.items():
        try:
            found[way] = maker.from_pipe(pipeline)
        except ValueError:  # this class has no such sibling
            continue
    return found
