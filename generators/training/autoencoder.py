"""Trains the stock `AutoencoderKL` from scratch, to and from latents that `patches` decides.

Crops first, then whole pictures.
"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor

from generators.training.course import Figures, State, chance
from generators.training.critic import Critic
from generators.training.learner import Learner
from generators.training.measures import ssim
from generators.training.patches import Patches
from generators.training.plan import AutoencoderPlan

CROP_PX: Final = 32
_STRUCTURE: Final = 0.2
_SHAKEN: Final = 0.05
"""What is added to latents before they are decoded: those of a denoiser are never exact."""
_SURE: Final = -12.0
"""The logarithm of the variance that the encoder tells of its latents."""
_ENCODE_BATCH: Final = 64


class AutoencoderLesson:
    """L1 and structure of what is decoded, the square of what is missed by the encoder.

    The averaged weights are what is used.
    """

    def __init__(
        self, pixels: Tensor, weights: Sequence[float], plan: AutoencoderPlan, seed: int
    ) -> None:
        """Take pictures as bytes [n, 3, rows, columns], and how often each is learned from."""
        self._pixels, self._weights = pixels, torch.tensor(weights)
        self._plan, self._seed = plan, seed
        self._patches = Patches.of(pixels, plan.latent_channels, plan.evenness)
        self._learner = Learner(built(plan, seed), plan.rate, fused=True)
        self._critic = Critic(seed) if plan.discriminator else None

    @property
    def latents(self) -> Tensor:
        """What the denoiser learns from, of all pictures."""
        parts = self._pixels.split(_ENCODE_BATCH)
        return torch.cat([self._patches.latents(unit(part)) for part in parts])

    @property
    def averaged(self) -> AutoencoderKL:
        """The model that the training is for."""
        return self._learner.averaged

    def step(self, at: int, rate: float) -> Figures:
        """Learn from one batch."""
        draw = chance(self._seed, at)
        real = self._batch(at, draw)
        wanted = self._patches.latents(real)
        missed = (_seen(self._learner.model, real).mean - wanted).square().mean()
        noise = torch.randn(wanted.shape, generator=draw)
        made = _shown(self._learner.model, wanted + _SHAKEN * noise)
        near = (made - real).abs().mean()
        alike = ssim(made / 2 + 0.5, real / 2 + 0.5)
        loss = near + _STRUCTURE * (1 - alike) + missed
        if self._critic and self._late(at):
            loss = loss + self._critic.blame(made)
        self._learner.learn(loss, rate)
        figures = {"loss": loss.item(), "l1": near.item(), "ssim": alike.item()}
        figures["missed"] = missed.item()
        if self._critic and self._late(at):
            figures["critic"] = self._critic.learn(made.detach(), real, rate)
        return figures

    def state(self) -> State:
        """Return weights, averages and the optimiser's memory."""
        return self._learner.state() | ({"critic": self._critic.state()} if self._critic else {})

    def restore(self, state: State) -> None:
        """Take them back."""
        self._learner.restore(state)
        if self._critic:
            self._critic.restore(state["critic"])

    def _late(self, at: int) -> bool:
        return at >= self._plan.steps * self._plan.crops_share

    def _batch(self, at: int, draw: torch.Generator) -> Tensor:
        count = self._plan.batch if not self._late(at) else max(1, self._plan.batch // 4)
        chosen = self._pixels[torch.multinomial(self._weights, count, True, generator=draw)]
        if not self._late(at):
            room = chosen.shape[-1] - CROP_PX + 1
            corners = torch.randint(room, (count, 2), generator=draw).tolist()
            crops = [
                one[:, top : top + CROP_PX, left : left + CROP_PX]
                for one, (top, left) in zip(chosen, corners, strict=True)
            ]
            chosen = torch.stack(crops)
        return unit(chosen)


def built(plan: AutoencoderPlan, seed: int) -> AutoencoderKL:
    """Return an autoencoder that has learned nothing."""
    torch.manual_seed(seed)
    levels = len(plan.channels)
    model: Any = AutoencoderKL(
        block_out_channels=plan.channels,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        latent_channels=plan.latent_channels,
        norm_num_groups=plan.groups,
        mid_block_add_attention=False,
        scaling_factor=1.0,
        force_upcast=False,
    )
    return model


def _seen(model: AutoencoderKL, pictures: Tensor) -> DiagonalGaussianDistribution:
    stock: Any = model  # typed as if it could return bare tuples
    found: DiagonalGaussianDistribution = stock.encode(pictures).latent_dist
    return found


def _shown(model: AutoencoderKL, latents: Tensor) -> Tensor:
    stock: Any = model
    pictures: Tensor = stock.decode(latents).sample
    return pictures


def unit(pixels: Tensor) -> Tensor:
    """Return bytes as numbers from -1 to 1."""
    return pixels.float() / 127.5 - 1


@torch.no_grad()
def encoded(model: AutoencoderKL, pixels: Tensor) -> Tensor:
    """Return the latents of pictures given as bytes: the means, nothing drawn."""
    parts = pixels.split(_ENCODE_BATCH)
    return torch.cat([_seen(model, unit(part)).mean for part in parts])


@torch.no_grad()
def decoded(model: AutoencoderKL, latents: Tensor) -> Tensor:
    """Return pictures in 0..1."""
    parts = latents.split(_ENCODE_BATCH)
    return torch.cat([_shown(model, part) for part in parts]).div(2).add(0.5).clamp(0, 1)


@torch.no_grad()
def made_sure(model: AutoencoderKL) -> None:
    """Let the encoder draw nothing: what it tells is what it means."""
    parts: Any = model
    after, count = parts.quant_conv, model.config["latent_channels"]
    after.weight[count:] = 0
    after.bias[count:] = _SURE
