"""Pictures mended tile by tile, so that a large one takes no more memory than a small one.

A tile is looked at with a margin of what is beside it, and the margin is thrown away. Where a part
is missing, only that part is made; every other pixel stays as it is.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from generators.engine import mender
from generators.engine.errors import TooLarge
from generators.engine.filling import filled
from generators.engine.gather import Piece
from generators.engine.made import Picture
from generators.engine.mender import BLOCK_PX
from generators.engine.previews import png
from generators.engine.restoring import Repair
from generators.engine.smoothing import non_local_means
from generators.engine.worker import Cancelled
from generators.noise import noise_levels

TILE_PX: Final = 512
MARGIN_PX: Final = 32
CONTEXT_PX: Final = 64
"""So much of a picture around what is missing is looked at."""
MAX_REGION_PX: Final = 2048 * 2048
"""The largest part of a picture around what is missing; its filling is found in one piece."""
_LEVELS: Final = 255

Pixels = NDArray[np.uint8]
Told = Callable[[int, int], None]
Box = tuple[int, int, int, int]
"""Top, left, bottom, right."""


class Mending:
    """A network on a device. Used by one thread at a time."""

    def __init__(self, folder: Path, device: str = "auto") -> None:
        """Load the network of a folder."""
        usable = device != "cpu" and torch.cuda.is_available()
        self._place = torch.device("cuda" if usable else "cpu")
        self._model = mender.laid_out(mender.read(folder).to(self._place))
        self._turn = threading.Lock()

    def make(self, pieces: Sequence[Piece[Repair]]) -> list[Picture | None]:
        """Mend the one picture of a request. Raises Cancelled, TooLarge."""
        (piece,) = pieces
        repair, begin = piece.part, time.perf_counter()

        def told(done: int, of: int) -> None:
            if piece.cancelled:
                raise Cancelled
            piece.advance(done, of)

        made = self.mended(repair, told)
        taken_ms = (time.perf_counter() - begin) * 1000
        return [Picture(png=png(Image.fromarray(made)), seed=0, model_ms=taken_ms)]

    @torch.inference_mode()
    def mended(self, repair: Repair, told: Told = lambda _done, _of: None) -> Pixels:
        """Return the picture as it should have been; `told` hears of each tile. Raises TooLarge."""
        given = np.asarray(repair.image.convert("RGB"))
        holes = None if repair.mask is None else np.asarray(repair.mask.convert("L")) > 0
        with self._turn:
            if holes is not None:
                return self._patched(given, holes, told)
            made = _smoothed(given, told) if repair.noise else given
            return self._sharpened(made, told) if repair.blur else made

    def _sharpened(self, given: Pixels, told: Told) -> Pixels:
        made, whole, asked = given.copy(), _bytes(given), torch.tensor([[0.0, 1.0]])
        for box in _tiles(given.shape[:2], told):
            _put(made, box, self._tile(whole, None, asked, box))
        return made

    def _patched(self, given: Pixels, holes: NDArray[np.bool_], told: Told) -> Pixels:
        """Fill smoothly, which the network beats on some pictures only (its card)."""
        top, left, bottom, right = _around(holes)
        region = np.s_[top:bottom, left:right]
        torn = torch.from_numpy(np.ascontiguousarray(holes[region]))[None, None].float()
        if torn.numel() > MAX_REGION_PX:
            raise TooLarge(
                f"The part around what is missing has over {MAX_REGION_PX:,} pixels; make the "
                "picture smaller, or erase less of it at once."
            )
        smooth = filled(_unit(_bytes(given[region])), torn)
        made = (smooth[0] * _LEVELS).round().to(torch.uint8).permute(1, 2, 0).numpy()
        told(1, 1)
        whole = given.copy()
        whole[region] = np.where(holes[region][..., None], made, given[region])
        return whole

    def _tile(self, picture: Tensor, torn: Tensor | None, asked: Tensor, box: Box) -> Tensor:
        """Return a tile [3, rows, columns], having looked at what is beside it, too."""
        top, left, bottom, right = box
        above, before = max(0, top - MARGIN_PX), max(0, left - MARGIN_PX)
        seen = np.s_[:, :, above : bottom + MARGIN_PX, before : right + MARGIN_PX]
        shown = _unit(picture[seen])
        missing = torch.zeros_like(shown[:, :1]) if torn is None else torn[seen]
        framed, frame = _blocks(shown), _blocks(missing)
        given = (part.to(self._place) for part in (framed, frame, asked))
        made = self._model(*given).clamp(0, 1).cpu()
        down, across = top - above, left - before
        return made[0, :, down : down + bottom - top, across : across + right - left]


def _smoothed(given: Pixels, told: Told) -> Pixels:
    made, whole, deviation = given.copy(), _bytes(given), noise_levels(given) / _LEVELS
    for box in _tiles(given.shape[:2], told):
        top, left, bottom, right = box
        above, before = max(0, top - MARGIN_PX), max(0, left - MARGIN_PX)
        seen = whole[:, :, above : bottom + MARGIN_PX, before : right + MARGIN_PX]
        calm = non_local_means(_unit(seen), deviation)[0]
        down, across = top - above, left - before
        _put(made, box, calm[:, down : down + bottom - top, across : across + right - left])
    return made


def _around(holes: NDArray[np.bool_]) -> Box:
    """Return the box of all that is missing, with what is around it."""
    rows, columns = (np.flatnonzero(holes.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, 0, 0
    top, left = (max(0, int(at[0]) - CONTEXT_PX) for at in (rows, columns))
    return top, left, int(rows[-1]) + 1 + CONTEXT_PX, int(columns[-1]) + 1 + CONTEXT_PX


def _tiles(shape: tuple[int, ...], told: Told) -> Iterator[Box]:
    rows, columns = shape[:2]
    boxes = [
        (top, left, min(rows, top + TILE_PX), min(columns, left + TILE_PX))
        for top in range(0, rows, TILE_PX)
        for left in range(0, columns, TILE_PX)
    ]
    for done, box in enumerate(boxes, start=1):
        yield box
        told(done, len(boxes))


def _blocks(values: Tensor) -> Tensor:
    """Make both sides multiples of what the network takes, by repeating the edge."""
    down, across = (-side % BLOCK_PX for side in values.shape[2:])
    return nn.functional.pad(values, (0, across, 0, down), mode="replicate")


def _bytes(pixels: Pixels) -> Tensor:
    """Return the same bytes as [1, 3, rows, columns]."""
    return torch.tensor(pixels).permute(2, 0, 1)[None]


def _unit(values: Tensor) -> Tensor:
    """Return bytes as numbers in 0..1, and such numbers as they are."""
    return values.float() / _LEVELS if values.dtype == torch.uint8 else values


def _put(made: Pixels, box: Box, tile: Tensor) -> None:
    top, left, bottom, right = box
    pixels = (tile * _LEVELS).round().to(torch.uint8).permute(1, 2, 0)
    made[top:bottom, left:right] = pixels.numpy()
