"""What the denoiser of any text-to-image pipeline is given, learned by listening to the pipeline.

Each class of pipelines encodes words and lays out latents in its own way. So one is asked for a
picture, and what its denoiser is called with is kept: all but noise and time stays the same.
"""

import inspect
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor, nn

from generators.training.plan import PlanError

TIME: Final = "timestep"
_NOISE_STEPS: Final = 1000
_PACKED: Final = 3
"""Dimensions of latents that are rows of patches, as in Flux."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One call of a denoiser."""

    noisy: str
    """Its name for the latents."""
    shape: torch.Size
    rest: dict[str, Any]
    time_scale: float
    """What it is told of the time, for one step of the scheduler."""


class _Enough(Exception):  # noqa: N818 - ends the pipeline after the call that was waited for
    pass


@torch.no_grad()
def heard(pipe: Any, denoiser: nn.Module, prompt: str, side_px: int) -> Heard:  # noqa: ANN401 - any pipeline
    """Return how a pipeline calls its denoiser for a prompt. Raises PlanError."""
    calls: list[dict[str, Any]] = []
    names = inspect.signature(denoiser.forward)

    def note(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        calls.append(dict(names.bind(*args, **kwargs).arguments))
        raise _Enough

    listening = denoiser.register_forward_pre_hook(note, with_kwargs=True)
    size = {"width": side_px, "height": side_px}
    try:
        pipe(prompt, num_inference_steps=2, guidance_scale=1.0, output_type="latent", **size)
    except _Enough:
        pass
    finally:
        listening.remove()
    noisy = next(iter(names.parameters))
    if not calls or TIME not in calls[0] or noisy not in calls[0]:
        raise PlanError(f"How {type(pipe).__name__} calls its denoiser is not understood.")
    return _of(pipe, calls[0], noisy)


def _of(pipe: Any, call: dict[str, Any], noisy: str) -> Heard:  # noqa: ANN401 - any pipeline
    first, told = float(pipe.scheduler.timesteps[0]), float(call.pop(TIME).flatten()[0])
    if told <= 0:
        raise PlanError(f"{type(pipe).__name__} counts time backwards, which is not known here.")
    shape = call.pop(noisy).shape
    return Heard(noisy, shape, {**call, "return_dict": False}, told / first)


@torch.no_grad()
def latents(pipe: Any, picture: Tensor, shape: torch.Size) -> Tensor:  # noqa: ANN401 - any pipeline
    """Return a picture [1, 3, rows, columns] in -1..1 as latents. Raises PlanError."""
    found = getattr(pipe.vae.encode(picture), "latent_dist", None)
    if found is None:
        raise PlanError(f"The autoencoder of {type(pipe).__name__} is not known here.")
    config = pipe.vae.config
    made = (found.mean - (getattr(config, "shift_factor", None) or 0.0)) * config.scaling_factor
    if len(shape) == _PACKED and hasattr(pipe, "_pack_latents"):
        made = pipe._pack_latents(made, *made.shape)  # noqa: SLF001 - as diffusers' own trainings do
    if made.shape != shape:
        raise PlanError(
            f"{type(pipe).__name__} has latents of {tuple(shape)}, and the picture of "
            f"{tuple(made.shape)}: how they are laid out is not known here."
        )
    return made


class Noise:
    """What is added to latents, and what of it a denoiser is to tell."""

    def __init__(self, scheduler: Any) -> None:  # noqa: ANN401 - any scheduler
        """Look what the scheduler's denoiser predicts."""
        config = scheduler.config
        wanted = config.get("prediction_type", "")
        flows = "Flow" in type(scheduler).__name__ or wanted == "flow_prediction"
        self._usual: Any = None if flows else DDPMScheduler.from_config(config)

    def added(self, latent: Tensor, noise: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return noisy latents, the scheduler's time, and what is to be told; shares in 0..1."""
        if self._usual is None:
            return (1 - share) * latent + share * noise, share * _NOISE_STEPS, noise - latent
        times = (share * (self._usual.config.num_train_timesteps - 1)).long()
        noisy = self._usual.add_noise(latent, noise, times)
        match self._usual.config.prediction_type:
            case "v_prediction":
                wanted = self._usual.get_velocity(latent, noise, times)
            case "sample":
                wanted = latent
            case _:
                wanted = noise
        return noisy, times, wanted
