"""Trains the stock `AutoencoderKL` from scratch: crops first, then whole pictures."""

from collections.abc import Sequence
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from generators.training import course
from generators.training.course import Figures, State, chance
from generators.training.critic import Critic
from generators.training.measures import ssim
from generators.training.plan import AutoencoderPlan

CROP_PX: Final = 32
_STRUCTURE: Final = 0.2
_KL: Final = 1e-6
_CLIP: Final = 1.0
_ENCODE_BATCH: Final = 64


class AutoencoderLesson:
    """L1, structure and a little of the divergence; the averaged weights are what is used."""

    def __init__(
        self, pixels: Tensor, weights: Sequence[float], plan: AutoencoderPlan, seed: int
    ) -> None:
        """Take pictures as bytes [n, 3, rows, columns], and how often each is learned from."""
        self._pixels, self._weights = pixels, torch.tensor(weights)
        self._plan, self._seed = plan, seed
        self.model = built(plan, seed)
        self._average = AveragedModel(self.model, avg_fn=course.averaged)
        self._optimiser = torch.optim.AdamW(self.model.parameters(), plan.rate, (0.9, 0.99))
        self._critic = Critic(seed) if plan.discriminator else None

    @property
    def averaged(self) -> AutoencoderKL:
        """The model that the training is for."""
        found = self._average.module
        assert isinstance(found, AutoencoderKL)  # noqa: S101 - for the type checker
        return found

    def step(self, at: int, rate: float) -> Figures:
        """Learn from one batch."""
        draw = chance(self._seed, at)
        real = self._batch(at, draw)
        latent = _seen(self.model, real)
        noise = torch.randn(latent.mean.shape, generator=draw)
        made = _shown(self.model, latent.mean + latent.std * noise)
        near = (made - real).abs().mean()
        alike = ssim(made / 2 + 0.5, real / 2 + 0.5)
        loss = near + _STRUCTURE * (1 - alike) + _KL * latent.kl().mean()
        if self._critic and self._late(at):
            loss = loss + self._critic.blame(made)
        self._learn(loss, rate)
        figures = {"loss": loss.item(), "l1": near.item(), "ssim": alike.item()}
        if self._critic and self._late(at):
            figures["critic"] = self._critic.learn(made.detach(), real, rate)
        return figures

    def state(self) -> State:
        """Return weights, averages and the optimiser's memory."""
        kept = {"model": self.model.state_dict(), "average": self._average.state_dict()}
        kept["optimiser"] = self._optimiser.state_dict()
        return kept | ({"critic": self._critic.state()} if self._critic else {})

    def restore(self, state: State) -> None:
        """Take them back."""
        self.model.load_state_dict(state["model"])
        self._average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
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

    def _learn(self, loss: Tensor, rate: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self._plan.rate * rate
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self._optimiser.step()
        self._average.update_parameters(self.model)


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
def evened(model: AutoencoderKL, latents: Tensor) -> Tensor:
    """Give each channel of the latents a mean of 0 and a deviation of 1, within the model.

    What comes out of the encoder is moved and scaled by the convolution after it, and back by the
    one before the decoder: a pipeline has one scale for all channels, and a denoiser learns more
    when they are alike (research/small-models.md, section 2). Returns the new latents.
    """
    mean = latents.mean(dim=(0, 2, 3))
    deviation = latents.std(dim=(0, 2, 3)).clamp(min=1e-4)
    count = len(mean)
    parts: Any = model
    after, before = parts.quant_conv, parts.post_quant_conv
    after.weight[:count] /= deviation[:, None, None, None]
    after.bias[:count] = (after.bias[:count] - mean) / deviation
    after.bias[count:] -= 2 * deviation.log()
    before.bias += (before.weight[:, :, 0, 0] * mean).sum(dim=1)
    before.weight *= deviation[None, :, None, None]
    return (latents - mean[None, :, None, None]) / deviation[None, :, None, None]
