"""The pictures to learn from: each thing alone, coloured, counted, on a background, in pairs.

A scene is a value that says how its picture is made; the same seed gives the same scenes, and the
same scene the same pixels.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from generators.training import captions
from generators.training.captions import Captions
from generators.training.colours import COLOURS, Colour, coloured, kept_back, takes_colour
from generators.training.things import SIDE_PX, Pixels, Thing

SHARES: Final = {
    "plain": 0.42,
    "colour": 0.22,
    "pair": 0.13,
    "background": 0.09,
    "count": 0.08,
    "small": 0.06,
}
"""How often a picture of each kind is learned from."""
WHITE: Final = (255, 255, 255)
_SMALL: Final = 3
"""Shifted and scaled copies of each thing: these are called small, so that one that is asked for
without that word has its place and size."""
_PAIRS: Final = 14
"""For each thing."""
_LIKE_WHITE: Final = 40
"""So much of red, green and blue together may be missing."""
_INK: Final = 1
_PAPER: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A thing in a picture: a square, in pixels, and its colour if not its own."""

    thing: Thing
    left_px: int = 0
    top_px: int = 0
    side_px: int = SIDE_PX
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture and what it is called."""

    kind: str
    captions: Captions
    places: tuple[Place, ...]
    background: tuple[int, int, int] = WHITE


def scenes(things: Sequence[Thing], seed: int) -> list[Scene]:
    """Return every scene to learn from; pairs of colour and thing that are kept back are not."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    made = [scene for thing in things for scene in _of_one(thing, chance)]
    return made + [scene for thing in things for scene in _pairs(thing, things, chance)]


def unseen(things: Sequence[Thing]) -> list[tuple[Thing, Colour]]:
    """Return the pairs of colour and thing that were kept back."""
    return [
        (thing, colour)
        for thing in things
        if takes_colour(thing.pixels)
        for colour in COLOURS
        if kept_back(thing, colour)
    ]


def weights(made: Sequence[Scene]) -> list[float]:
    """Return how often each scene is learned from: SHARES, evenly within a kind."""
    counts = {kind: sum(scene.kind == kind for scene in made) for kind in SHARES}
    return [SHARES[scene.kind] / counts[scene.kind] for scene in made]


def rendered(made: Sequence[Scene]) -> Pixels:
    """Draw the pictures, one after another: 64 x 64 pixels each."""
    things = {place.thing.sign: place.thing for scene in made for place in scene.places}
    masks = {sign: drawn(thing.pixels) for sign, thing in things.items()}
    return np.stack([_render(scene, masks) for scene in made])


def _render(scene: Scene, masks: Mapping[str, Image.Image]) -> Pixels:
    canvas = Image.new("RGB", (SIDE_PX, SIDE_PX), scene.background)
    for place in scene.places:
        pixels = place.thing.pixels
        pixels = pixels if place.colour is None else coloured(pixels, place.colour)
        size = (place.side_px, place.side_px)
        picture = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)
        mask = masks[place.thing.sign].resize(size, Image.Resampling.BILINEAR)
        canvas.paste(picture, (place.left_px, place.top_px), mask)
    return np.array(canvas)


def drawn(pixels: Pixels) -> Image.Image:
    """Return a mask of all but the white around the thing."""
    inked = (255 - pixels.astype(np.int16)).sum(axis=2) > _LIKE_WHITE
    around = np.pad(np.where(inked, _INK, _PAPER), 1, constant_values=_PAPER)
    framed = Image.fromarray(around.astype(np.uint8)).copy()  # what comes from numpy is read-only
    ImageDraw.floodfill(framed, (0, 0), 0)
    return Image.fromarray(((np.array(framed)[1:-1, 1:-1] != 0) * 255).astype(np.uint8))


def _of_one(thing: Thing, chance: random.Random) -> Iterator[Scene]:
    yield Scene("plain", captions.plain(thing), (Place(thing),))
    for _ in range(_SMALL):
        yield Scene("small", captions.small(thing), (_moved(thing, chance),))
    for colour in COLOURS if takes_colour(thing.pixels) else ():
        if not kept_back(thing, colour):
            told = captions.with_colour(thing, colour)
            yield Scene("colour", told, (Place(thing, colour=colour),))
    if thing.plural:
        yield Scene("count", captions.counted(thing, 2), _row(thing, thing))
        yield Scene("count", captions.counted(thing, 3), _three(thing))
    for colour in COLOURS:
        told = captions.on_background(thing, colour)
        yield Scene("background", told, (Place(thing, 6, 6, 52),), colour.rgb)


def _pairs(thing: Thing, things: Sequence[Thing], chance: random.Random) -> Iterator[Scene]:
    for other in chance.sample(list(things), min(_PAIRS, len(things))):
        if other is not thing:
            yield Scene("pair", captions.pair(thing, other), _row(thing, other))


def _moved(thing: Thing, chance: random.Random) -> Place:
    side = chance.randint(28, 44)
    left, top = (chance.randint(0, SIDE_PX - side) for _ in range(2))
    return Place(thing, left, top, side)


def _row(left: Thing, right: Thing) -> tuple[Place, ...]:
    return Place(left, 0, 16, 32), Place(right, 32, 16, 32)


def _three(thing: Thing) -> tuple[Place, ...]:
    return Place(thing, 16, 0, 32), Place(thing, 0, 32, 32), Place(thing, 32, 32, 32)
