"""A small picture of what a half-made one looks like, by the model's own decoder.

Only where latents are maps of channels and the decoder is at hand: Stable Diffusion 1 to 3 and
their relatives. Others have no previews.
"""

import io
from typing import Any

import torch
from PIL import Image

MOST_LATENTS = 32
"""A side of a preview in the decoder's input; 8 pixels for each."""
_MAP_DIMENSIONS = 4


@torch.no_grad()
def preview(pipeline: Any, latents: torch.Tensor) -> bytes | None:  # noqa: ANN401 - any class of diffusers
    """Return a PNG of one row of latents; None where this model has no previews."""
    decoder: Any = getattr(pipeline, "vae", None)
    scale = getattr(getattr(decoder, "config", None), "scaling_factor", None)
    if scale is None or latents.dim() != _MAP_DIMENSIONS:
        return None
    shift = getattr(decoder.config, "shift_factor", None) or 0.0
    small = _small(latents.float()).to(decoder.dtype)
    pixels = decoder.decode(small / scale + shift, return_dict=False)[0]
    return png(_image(pixels[0]))


def png(image: Image.Image) -> bytes:
    """Return the picture as a PNG file."""
    file = io.BytesIO()
    image.save(file, format="PNG")
    return file.getvalue()


def _small(latents: torch.Tensor) -> torch.Tensor:
    longest = max(latents.shape[-2:])
    if longest <= MOST_LATENTS:
        return latents
    sides = [max(1, side * MOST_LATENTS // longest) for side in latents.shape[-2:]]
    return torch.nn.functional.interpolate(latents, size=sides, mode="area")


def _image(pixels: torch.Tensor) -> Image.Image:
    levels = ((pixels.float() / 2 + 0.5).clamp(0, 1) * 255).round().byte()
    height, width = levels.shape[-2:]
    rows = levels.permute(1, 2, 0).contiguous().cpu()
    return Image.frombytes("RGB", (width, height), rows.numpy().tobytes())
