"""The model `restore`: what a request means to it. The network and torch come with the first one.

It takes noise or blur out of a picture, both, or fills what a mask erases. The prompt says which:
`denoise`, `deblur`, both words, or nothing where there is a mask.
"""

import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from generators.engine.errors import BadRequest
from generators.engine.gather import Job, Piece
from generators.engine.made import Picture, Pictures, finished
from generators.engine.options import EngineSettings
from generators.engine.uploads import Canvas
from generators.engine.wire import ImageAsk

WAYS: Final = frozenset({"denoise", "deblur"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One picture to be mended: noise and blur taken out, or what a mask shows filled."""

    image: Image.Image
    mask: Image.Image | None
    noise: bool = False
    blur: bool = False


class Restorer:
    """`job` on the event loop, what it makes on one thread."""

    def __init__(self, folder: Path, device: str = "auto") -> None:
        """Take the folder of the network, which is read when it is first needed."""
        self._folder = folder
        self._device = device
        self._mending: Any = None

    def job(self, ask: ImageAsk, canvas: Canvas | None = None) -> Job[Repair, Picture, Pictures]:
        """Turn a request into a picture to be mended. Raises BadRequest."""
        if canvas is None:
            raise BadRequest("This model mends a picture: send one to /v1/images/edits.")
        ways = frozenset(ask.prompt.split())
        if (ask.n or 1) > 1:
            raise BadRequest("'n': a picture is mended in one way only.", param="n")
        if ways - WAYS or bool(ways) == (canvas.mask is not None):
            raise BadRequest(
                "'prompt': say denoise, deblur or both, or send a mask and say nothing.",
                param="prompt",
            )
        repair = Repair(
            image=canvas.image,
            mask=canvas.mask,
            noise="denoise" in ways,
            blur="deblur" in ways,
        )
        width, height = canvas.image.size
        return Job(
            parts=[repair],
            key=id(repair),
            cost=width * height / 1e6,
            make=self._make,
            finish=finished,
            most=lambda: 1,
            person=ask.user or "",
            rank=ask.priority,
        )

    def _make(self, pieces: Sequence[Piece[Repair]]) -> list[Picture | None]:
        if self._mending is None:  # torch takes seconds, and many an engine never mends
            made = pkgutil.resolve_name("generators.engine.mending:Mending")
            self._mending = made(self._folder, self._device)
        mended: list[Picture | None] = self._mending.make(pieces)
        return mended


def restore(folder: Path, settings: EngineSettings) -> Restorer:
    """Return the model of a folder."""
    return Restorer(folder, settings.device)
