"""Pictures to mark: drawn from a seed, at sizes and of kinds that people ask for."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

KINDS = ("clouds", "drawing", "flat", "stripes")


def picture(kind: str, side: int, seed: int = 0) -> Any:
    """Return pixels of shape (side, side, 3)."""
    chance = np.random.default_rng(seed)
    match kind:
        case "clouds":
            octaves = [_octave(chance, side, size) for size in (3, 5, 9, 17)]
            made = np.sum([octave / 1.5**n for n, octave in enumerate(octaves)], axis=0)
            scaled = 255 * (made - made.min()) / np.ptp(made)
            return scaled.astype(np.uint8)
        case "drawing":  # a disc on white, as emoji are
            down, across = np.mgrid[:side, :side] - side / 2
            disc = np.hypot(down, across) < side / 3
            return np.where(disc[..., None], chance.integers(0, 256, 3), 255).astype(np.uint8)
        case "flat":
            return np.full((side, side, 3), chance.choice([0, 4, 128, 251, 255]), np.uint8)
        case _:
            stripes = np.tile(np.arange(side) // 4 % 2 * 255, (side, 1))
            return np.repeat(stripes[..., None], 3, axis=2).astype(np.uint8)


def file(pixels: Any, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Any:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _octave(chance: Any, side: int, size: int) -> Any:
    small = chance.normal(size=(size, size, 3)).astype(np.float32)
    layers = [
        Image.fromarray(small[..., layer]).resize((side, side), Image.Resampling.BICUBIC)
        for layer in range(3)
    ]
    return np.stack([np.asarray(layer, dtype=np.float64) for layer in layers], axis=2)
