"""Trains the text encoder and the U-Net together, on latents that are made beforehand.

As in Stable Diffusion XL (Podell et al., 2023) the caption goes in twice: word by word through
attention, and as one vector beside the time, which is learned from far sooner (docs/adr/0024).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

from generators.training.captions import Captions
from generators.training.course import Figures, State, chance
from generators.training.learner import Learner
from generators.training.plan import DenoiserPlan

NOISE: Final = {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"}
_NOISE_STEPS: Final = 1000
_UNTOLD: Final = 0.1
"""So often a caption is left out, for guidance without a classifier."""
_SIZES: Final = (64, 64, 0, 0, 64, 64)
"""What Stable Diffusion XL's pipeline tells of the size of a picture and of what was cut off."""
_SIZE_WIDTH: Final = 8


@dataclass(frozen=True, slots=True)
class Examples:
    """Latents, how often each is learned from, and what each may be called."""

    latents: Tensor
    weights: Tensor
    tokens: Tensor
    """Of all captions, one row each; the first row is the empty one."""
    first: Tensor
    count: Tensor
    """The rows of a latent's captions."""


def examples(
    latents: Tensor, weights: Sequence[float], told: Sequence[Captions], tokenizer: CLIPTokenizer
) -> Examples:
    """Bring latents and captions into tables."""
    counts = torch.tensor([len(captions) for captions in told])
    rows = tokenised(tokenizer, ["", *(caption for captions in told for caption in captions)])
    first = 1 + counts.cumsum(0) - counts
    return Examples(latents, torch.tensor(weights), rows, first, counts)


def tokenised(tokenizer: CLIPTokenizer, captions: Sequence[str]) -> Tensor:
    """Return the tokens of captions as a pipeline pads them."""
    given = {"padding": "max_length", "truncation": True, "return_tensors": "pt"}
    return tokenizer(list(captions), **given).input_ids


class DenoiserLesson:
    """Predicts velocity, every step of the noise alike.

    Weighed by min-SNR (Hang et al., 2023) the noisiest steps count for nothing, and there it is
    decided what is drawn: after 350 steps captions made no difference.
    """

    def __init__(
        self, given: Examples, tokenizer: CLIPTokenizer, plan: DenoiserPlan, seed: int
    ) -> None:
        """Take what to learn from."""
        self._given, self._plan, self._seed = given, plan, seed
        model = built(plan, given.latents.shape[1:], tokenizer, seed)
        self._learner = Learner(model, plan.rate, fused=True)
        self._noise: Any = DDPMScheduler(num_train_timesteps=_NOISE_STEPS, **NOISE)

    @property
    def averaged(self) -> nn.ModuleDict:
        """The models that the training is for: `unet` and `text`."""
        return self._learner.averaged

    def step(self, at: int, rate: float) -> Figures:
        """Learn from one batch."""
        latents, tokens, noise, times = self._batch(chance(self._seed, at))
        models = self._learner.model
        noisy = self._noise.add_noise(latents, noise, times)
        told = models["text"](tokens, output_hidden_states=True)
        made = models["unet"](
            noisy, times, told.hidden_states[-2], added_cond_kwargs=_added(told.text_embeds)
        ).sample
        wanted = self._noise.get_velocity(latents, noise, times)
        loss = (made - wanted).square().mean()
        self._learner.learn(loss, rate)
        return {"loss": loss.item()}

    def state(self) -> State:
        """Return weights, averages and the optimiser's memory."""
        return self._learner.state()

    def restore(self, state: State) -> None:
        """Take them back."""
        self._learner.restore(state)

    def _batch(self, draw: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return latents, tokens, noise and times; the times are spread evenly over the batch."""
        given, count = self._given, self._plan.batch
        chosen = torch.multinomial(given.weights, count, replacement=True, generator=draw)
        latents = given.latents[chosen]
        spots = torch.rand(count, generator=draw)
        rows = given.first[chosen] + (spots * given.count[chosen]).long()
        untold = torch.rand(count, generator=draw) < _UNTOLD
        tokens = given.tokens[torch.where(untold, 0, rows)]
        noise = torch.randn(latents.shape, generator=draw)
        spread = (torch.arange(count) + torch.rand(count, generator=draw)) / count
        return latents, tokens, noise, (spread * _NOISE_STEPS).long()


def _added(pooled: Tensor) -> dict[str, Tensor]:
    """Return what goes in beside the time: the caption as one vector [n, width], and the sizes."""
    return {"text_embeds": pooled, "time_ids": pooled.new_tensor(_SIZES).expand(len(pooled), -1)}


@torch.no_grad()
def heedless(unet: nn.Module) -> None:
    """Let other sizes make no difference, of which nothing was learned."""
    stock: Any = unet
    first = stock.add_embedding.linear_1
    told = stock.add_time_proj(first.weight.new_tensor(_SIZES)).flatten()
    first.bias += first.weight[:, -len(told) :] @ told
    first.weight[:, -len(told) :] = 0


def built(
    plan: DenoiserPlan, latent: Sequence[int], tokenizer: CLIPTokenizer, seed: int
) -> nn.ModuleDict:
    """Return `unet` and `text` that have learned nothing; a latent is channels, rows, columns."""
    torch.manual_seed(seed)
    unet: Any = UNet2DConditionModel(
        sample_size=latent[-1],
        in_channels=latent[0],
        out_channels=latent[0],
        block_out_channels=plan.channels,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=plan.text_width,
        attention_head_dim=plan.heads,  # a name that stuck: it is how many there are
        norm_num_groups=plan.groups,
        addition_embed_type="text_time",
        addition_time_embed_dim=_SIZE_WIDTH,
        projection_class_embeddings_input_dim=len(_SIZES) * _SIZE_WIDTH + plan.text_width,
    )
    return nn.ModuleDict({"unet": unet, "text": _text_encoder(plan, tokenizer)})


def _text_encoder(plan: DenoiserPlan, tokenizer: CLIPTokenizer) -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=plan.text_width,
        projection_dim=plan.text_width,
        intermediate_size=4 * plan.text_width,
        num_hidden_layers=plan.text_layers,
        num_attention_heads=max(1, plan.text_width // 48),
        max_position_embeddings=plan.caption_tokens,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModelWithProjection(config)


def solver() -> DPMSolverMultistepScheduler:
    """Return the scheduler that pictures are made with: DPM-Solver++ of second order."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=_NOISE_STEPS, timestep_spacing="trailing", steps_offset=1, **NOISE
    )
