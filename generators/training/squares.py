"""Pictures of any shape as squares of numbers."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def square(file: Path, side_px: int) -> Tensor:
    """Return the middle of a picture as [1, 3, side, side] in 0..1."""
    with Image.open(file) as opened:
        whole = opened.convert("RGB")
    short = min(whole.size)
    left, top = (whole.width - short) // 2, (whole.height - short) // 2
    box = (left, top, left + short, top + short)
    small = whole.resize((side_px, side_px), Image.Resampling.LANCZOS, box=box)
    return tensor(small)[None]


def tensor(picture: Image.Image) -> Tensor:
    """Return a picture as [3, rows, columns] in 0..1."""
    values = torch.from_numpy(np.array(picture.convert("RGB")))
    return values.permute(2, 0, 1).float() / 255
