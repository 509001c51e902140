"""What is different with a small picture model, which keeps the words that it knows beside it.

It draws squares of one size from those words; a picture of another size is made from such a square.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from PIL import Image

from generators.engine.errors import NothingKnown
from generators.engine.uploads import Canvas
from generators.vocabulary import FILE, Reading, Vocabulary

ENLARGED: Final = 4
"""So many times larger it is where nobody says a size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """The words and habits of such a model."""

    vocabulary: Vocabulary
    side_px: int
    """Of the squares that it draws."""
    steps: int
    guidance: float

    @classmethod
    def read(cls, folder: Path, own_px: tuple[int, int] | None) -> Self | None:
        """Return what a model's folder says; None where it keeps no vocabulary, as most do."""
        file = folder / FILE
        if own_px is None or not file.exists():
            return None
        table: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            vocabulary=Vocabulary.of(table),
            side_px=own_px[0],
            steps=table["steps"],
            guidance=table["guidance"],
        )

    @property
    def square_px(self) -> tuple[int, int]:
        """Width and height of what it draws."""
        return self.side_px, self.side_px

    @property
    def shown_px(self) -> tuple[int, int]:
        """Width and height of a picture where nobody says them."""
        return self.side_px * ENLARGED, self.side_px * ENLARGED

    @property
    def things(self) -> int:
        """How many things it can draw."""
        return len(self.vocabulary.things)

    def reading(self, prompt: str) -> Reading:
        """Return what it reads of a prompt. Raises NothingKnown where that is no thing."""
        reading = self.vocabulary.reading(prompt)
        if not reading.draws:
            raise NothingKnown(self.things, reading.unknown)
        return reading

    def begun(self, canvas: Canvas | None) -> Canvas | None:
        """Return a picture to begin from as it can draw over it."""
        if canvas is None:
            return None
        mask = canvas.mask and canvas.mask.resize(self.square_px, Image.Resampling.NEAREST)
        image = canvas.image.resize(self.square_px, Image.Resampling.LANCZOS)
        return replace(canvas, image=image, mask=mask)

    def grown(self, drawn: Image.Image, asked: Canvas | tuple[int, int] | None) -> Image.Image:
        """Return a square in the size asked for: where that is longer, its edges go on.

        What was begun from another picture has that picture's shape again.
        """
        if isinstance(asked, Canvas):
            return drawn.resize(asked.image.size, Image.Resampling.LANCZOS)
        width, height = asked or self.shown_px
        side = min(width, height)
        square = np.asarray(drawn.resize((side, side), Image.Resampling.LANCZOS))
        left, top = (width - side) // 2, (height - side) // 2
        around = ((top, height - side - top), (left, width - side - left), (0, 0))
        return Image.fromarray(np.pad(square, around, mode="edge"))
