"""Trains a LoRA adapter beside the attention of a picture model's denoiser, U-Net or transformer.

Works on any text-to-image folder whose latents `conditioning` can lay out. One picture at a time,
gradients summed, because conditions of different classes cannot all be put side by side.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.pipelines.auto_pipeline import AutoPipelineForText2Image
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from PIL import Image
from torch import Tensor, nn

from generators.adapters import WEIGHTS
from generators.dataset import Row
from generators.training import conditioning
from generators.training.conditioning import TIME, Heard, Noise
from generators.training.course import Figures, State, chance
from generators.training.early import Weights
from generators.training.plan import PlanError
from generators.training.plans import ImagePlan
from generators.training.squares import square

OURS: Final = "ours"
BEFORE: Final = "before"
_PLACES: Final = ["to_q", "to_k", "to_v", "to_out.0"]
_SHARES: Final = (0.125, 0.375, 0.625, 0.875)
"""Of noise, at which is measured."""
_CLIP: Final = 1.0
_UNFIT: Final = (AttributeError, KeyError, OSError, RuntimeError, ValueError)


class ImageLora:
    """An adapter, its pipeline, and pictures with captions."""

    def __init__(
        self, base: Path, learned: Sequence[Row], held_out: Sequence[Row], plan: ImagePlan
    ) -> None:
        """Load the base from a folder. Raises PlanError where it cannot be adapted."""
        self._plan = plan
        stock: Any = AutoPipelineForText2Image
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.pipe: Any = stock.from_pretrained(base, local_files_only=True, use_safetensors=True)
        self.pipe.to(device).set_progress_bar_config(disable=True)
        self.denoiser: Any = getattr(self.pipe, "unet", None) or self.pipe.transformer
        self._side_px = plan.side_px or _usual_side_px(self.pipe, self.denoiser)
        self._freeze()
        self._noise = Noise(self.pipe.scheduler)
        self._heard: dict[str, Heard] = {}
        self._learned = [self._example(row) for row in learned]
        self._held_out = [self._example(row) for row in held_out]
        self._learnable = [one for one in self.denoiser.parameters() if one.requires_grad]
        self._optimiser = torch.optim.AdamW(self._learnable, plan.rate, weight_decay=0.0)

    @property
    def asked(self) -> list[str]:
        """The captions that are held out."""
        return list(dict.fromkeys(caption for caption, _ in self._held_out))

    def step(self, at: int, rate: float) -> Figures:
        """Learn from some pictures."""
        draw, count = chance(self._plan.seed, at), self._plan.batch
        chosen = torch.randint(len(self._learned), (count,), generator=draw).tolist()
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate * rate
        self._optimiser.zero_grad()
        total = 0.0
        for row in chosen:
            share = torch.rand(1, generator=draw)
            loss = self._loss(self._learned[row], share, draw) / count
            loss.backward()
            total += loss.item()
        nn.utils.clip_grad_norm_(self._learnable, _CLIP)
        self._optimiser.step()
        return {"loss": total}

    @torch.no_grad()
    def held_out(self) -> float:
        """Return the mean loss over pictures that are held out, always with the same noise."""
        losses = [
            self._loss(example, torch.tensor([share]), chance(self._plan.seed, row)).item()
            for row, example in enumerate(self._held_out)
            for share in _SHARES
        ]
        return sum(losses) / len(losses)

    @torch.no_grad()
    def drawn(self, prompt: str, seed: int) -> Image.Image:
        """Return a picture."""
        made = self.pipe(
            prompt,
            num_inference_steps=self._plan.draw_steps,
            generator=torch.Generator().manual_seed(seed),
            width=self._side_px,
            height=self._side_px,
        ).images[0]
        assert isinstance(made, Image.Image)  # noqa: S101 - for the type checker
        return made

    @contextmanager
    def before(self, adapter: Path | None) -> Iterator[None]:
        """Be what is in use now: an adapter in a folder, or the base alone."""
        if adapter is None:
            self.denoiser.disable_adapters()
            yield
            self.denoiser.enable_adapters()
            return
        try:
            with warnings.catch_warnings(action="ignore"):  # of a second adapter, which is meant
                self.pipe.load_lora_weights(adapter, adapter_name=BEFORE, local_files_only=True)
        except _UNFIT as error:
            raise PlanError(
                f"{adapter} is in use and does not fit {self._plan.base}: take a new name."
            ) from error
        self.denoiser.set_adapter(BEFORE)
        yield
        self.denoiser.set_adapter(OURS)
        self.denoiser.delete_adapters(BEFORE)

    def write(self, folder: Path) -> Path:
        """Write the adapter as diffusers does; return its weights."""
        kind = "unet" if hasattr(self.pipe, "unet") else "transformer"
        layers = {f"{kind}_lora_layers": self.weights()}
        self.pipe.save_lora_weights(folder, **layers)
        return folder / WEIGHTS["image"]

    def weights(self) -> Weights:
        """Return the adapter's matrices."""
        found = get_peft_model_state_dict(self.denoiser, adapter_name=OURS)
        return {name: value.cpu() for name, value in found.items()}

    def take(self, weights: Weights) -> None:
        """Have such matrices."""
        set_peft_model_state_dict(self.denoiser, weights, adapter_name=OURS)

    def state(self) -> State:
        """Return the matrices and the optimiser's memory."""
        return {"weights": self.weights(), "optimiser": self._optimiser.state_dict()}

    def restore(self, state: State) -> None:
        """Take them back."""
        self.take(state["weights"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _freeze(self) -> None:
        for part in self.pipe.components.values():
            if isinstance(part, nn.Module):
                part.requires_grad_(False)
        rank = self._plan.rank
        shape = LoraConfig(r=rank, lora_alpha=rank, target_modules=_PLACES)
        torch.manual_seed(self._plan.seed)
        try:
            self.denoiser.add_adapter(shape, adapter_name=OURS)
        except ValueError as error:
            raise PlanError(f"{self._plan.base} has no attention to adapt: {error}") from error

    def _example(self, row: Row) -> tuple[str, Tensor]:
        """Return a caption, whose conditions are kept, and the latents of its picture."""
        if row.picture is None:
            raise PlanError(f"{row.place} has no picture.")
        if row.caption not in self._heard:
            self._heard[row.caption] = conditioning.heard(
                self.pipe, self.denoiser, row.caption, self._side_px
            )
        given = square(row.picture, self._side_px).to(self.pipe.device)
        shape = self._heard[row.caption].shape
        return row.caption, conditioning.latents(self.pipe, given * 2 - 1, shape)

    def _loss(self, example: tuple[str, Tensor], share: Tensor, draw: torch.Generator) -> Tensor:
        caption, latent = example
        told = self._heard[caption]
        noise = torch.randn(latent.shape, generator=draw).to(latent.device)
        share = share.to(latent.device)
        noisy, time, wanted = self._noise.added(latent, noise, share)
        given = {told.noisy: noisy, TIME: time * told.time_scale, **told.rest}
        made = self.denoiser(**given)[0]
        if made.shape != wanted.shape:  # some tell a variance, too
            made = made.chunk(2, dim=1)[0]
        return (made - wanted).square().mean()


def _usual_side_px(pipe: Any, denoiser: Any) -> int:  # noqa: ANN401 - any pipeline
    """Return the side that the model was made for. Raises PlanError where it does not say."""
    cells = getattr(pipe, "default_sample_size", None) or denoiser.config.get("sample_size")
    if not isinstance(cells, int):
        raise PlanError(f"{type(pipe).__name__} does not say its size: give --side.")
    return cells * int(pipe.vae_scale_factor)
