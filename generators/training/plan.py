"""What a training does, as values: kept beside what it makes, so that it goes on as it began."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

FILE: Final = "plan.json"


class PlanError(Exception):
    """A folder holds a training of another kind, or a plan that cannot be read."""


@dataclass(frozen=True, slots=True)
class AutoencoderPlan:
    """The variational autoencoder: pictures of 64 x 64 to latents of 8 x 8 and back."""

    channels: tuple[int, ...] = (16, 16, 48, 128)
    """From the finest level to the coarsest; each level halves the side."""
    latent_channels: int = 16
    evenness: float = 0.5
    """How alike the channels of the latents are in strength, from 0 to 1."""
    groups: int = 8
    steps: int = 3000
    batch: int = 32
    """Crops of 32 x 32; whole pictures are a quarter as many."""
    rate: float = 1e-3
    crops_share: float = 0.75
    """So much of the steps learn from crops, the rest from whole pictures."""
    discriminator: bool = False
    """Whether a patch discriminator joins for the last quarter."""


@dataclass(frozen=True, slots=True)
class DenoiserPlan:
    """The text encoder and the U-Net that work in the autoencoder's latents."""

    channels: tuple[int, ...] = (64, 160)
    groups: int = 16
    heads: int = 5
    text_width: int = 192
    text_layers: int = 3
    """The U-Net's attention reads the last but one."""
    tokens: int = 6144
    caption_tokens: int = 28
    steps: int = 12000
    batch: int = 32
    rate: float = 1e-3


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides what comes out, with the data."""

    seed: int = 1
    things: int | None = None
    """Only the first so many; None takes all."""
    keep_every_steps: int = 100
    grid_every_steps: int = 500
    autoencoder: AutoencoderPlan = field(default_factory=AutoencoderPlan)
    denoiser: DenoiserPlan = field(default_factory=DenoiserPlan)


def settled(folder: Path, asked: Plan | None) -> Plan:
    """Return the plan of a folder; with none there, the asked one (or the default), which is kept.

    Only the steps may change later. Raises PlanError.
    """
    file = folder / FILE
    plan = asked or Plan()
    if file.exists():
        kept = read(file)
        plan = asked or kept
        if _without_steps(plan) != _without_steps(kept):
            raise PlanError(
                f"{folder} holds a training with other settings ({FILE}): only the steps may "
                "change. Name another folder, or leave the settings out."
            )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(plan), indent=1), encoding="utf-8")
    return plan


def read(file: Path) -> Plan:
    """Return a plan from its file; raises PlanError."""
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
        autoencoder = AutoencoderPlan(**_listed(given.pop("autoencoder")))
        denoiser = DenoiserPlan(**_listed(given.pop("denoiser")))
        return Plan(autoencoder=autoencoder, denoiser=denoiser, **given)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise PlanError(f"{file} is no plan of a training: {error}.") from error


def _listed(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}


def _without_steps(plan: Plan) -> Plan:
    return replace(
        plan,
        autoencoder=replace(plan.autoencoder, steps=0),
        denoiser=replace(plan.denoiser, steps=0),
        keep_every_steps=0,
        grid_every_steps=0,
    )
