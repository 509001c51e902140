"""Pictures that nobody has to give: drawn by chance, to be damaged and restored.

Leaves that lie on each other, with the textures of chance ("dead leaves": what learns from them
restores photographs, Achddou et al., 2021), pages of text, screens with charts, soft ground, and
emoji where there are some. Latin letters only, in the typeface that Pillow carries.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from generators.training.things import Pixels

SIDE_PX: Final = 192
Field = npt.NDArray[np.float64]
_LEAVES: Final = 320
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;-+%$#@()/"
_TWICE: Final = 2
"""Shapes are drawn so many times as large, and made smaller, so that their edges are soft."""


def drawn(count: int, seed: int, emoji: Sequence[Pixels] = ()) -> npt.NDArray[np.uint8]:
    """Return pictures [count, 192, 192, 3]; the same for the same arguments."""
    made = [_one(np.random.default_rng([seed, at]), emoji) for at in range(count)]
    return np.stack(made)


def _one(draw: np.random.Generator, emoji: Sequence[Pixels]) -> Pixels:
    kind = draw.random()
    if kind < 0.55:  # noqa: PLR2004 - shares of the kinds
        return _leaves(draw)
    if kind < 0.68:  # noqa: PLR2004
        return _page(draw)
    if kind < 0.82:  # noqa: PLR2004
        return _screen(draw, emoji)
    if kind < 0.94 and emoji:  # noqa: PLR2004
        return _things(draw, emoji)
    return _bytes(_ground(draw))


def _leaves(draw: np.random.Generator) -> Pixels:
    """Lay leaves on each other, most of them small, each with a colour and a texture."""
    side = SIDE_PX * _TWICE
    which = Image.new("I", (side, side), 0)
    pen = ImageDraw.Draw(which)
    most = draw.uniform(0.12, 0.5) * side
    for leaf in range(1, _LEAVES):
        reach = 12 / np.sqrt(1 - draw.random() * (1 - (12 / most) ** 2))
        _shape(draw, pen, (draw.uniform(0, side, 2), float(reach)), leaf)
    at = np.asarray(which)
    colours = _colours(draw, _LEAVES)
    textures = np.stack([_cloud(draw, side) for _ in range(4)])
    rough = draw.uniform(0, 0.22, _LEAVES) * (draw.random(_LEAVES) < 0.8)  # noqa: PLR2004
    own = textures[draw.integers(4, size=_LEAVES)[at], *np.indices((side, side))]
    slope = (np.indices((side, side)) / side - 0.5)[draw.integers(2)] * draw.uniform(-0.3, 0.3)
    lit = colours[at] + (rough[at] * own + slope)[..., None]
    return _smaller(lit)


def _shape(
    draw: np.random.Generator, pen: ImageDraw.ImageDraw, spot: tuple[Field, float], leaf: int
) -> None:
    (x, y), reach = spot
    corners = int(draw.choice([0, 3, 4, 4, 5, 9]))
    if corners == 0:
        flat = draw.uniform(0.4, 1)
        pen.ellipse((x - reach, y - reach * flat, x + reach, y + reach * flat), fill=leaf)
        return
    turns = np.sort(draw.uniform(0, 2 * np.pi, corners))
    far = reach * draw.uniform(0.6, 1.3, corners)
    points = zip(x + far * np.cos(turns), y + far * np.sin(turns), strict=True)
    pen.polygon([(float(a), float(b)) for a, b in points], fill=leaf)


def _colours(draw: np.random.Generator, count: int) -> Field:
    """Return colours near a few that go together, as those of one scene do."""
    few = draw.random((int(draw.integers(2, 9)), 3))
    grey = few.mean(axis=1, keepdims=True)
    calm = grey + (few - grey) * draw.uniform(0.2, 1)
    near = calm[draw.integers(len(calm), size=count)]
    return np.clip(near + draw.normal(0, 0.12, (count, 1)) + draw.normal(0, 0.04, (count, 3)), 0, 1)


def _cloud(draw: np.random.Generator, side: int) -> Field:
    """Return a texture of chance: noise whose waves are the weaker the shorter they are."""
    falling = draw.uniform(0.4, 1.8)
    rows, columns = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    stretch = draw.uniform(0.3, 1)
    turn = draw.uniform(0, np.pi)
    across = rows * np.cos(turn) + columns * np.sin(turn)
    along = columns * np.cos(turn) - rows * np.sin(turn)
    size = np.hypot(across, along * stretch)
    size[0, 0] = 1
    waves = np.fft.rfft2(draw.normal(size=(side, side))) / size**falling
    waves[0, 0] = 0
    cloud = np.fft.irfft2(waves, (side, side))
    return cloud / (cloud.std() + 1e-9)


def _ground(draw: np.random.Generator) -> Field:
    """Return a soft ground [192, 192, 3] in 0..1: one colour running into another."""
    one, other = _colours(draw, 2)
    rows, columns = np.indices((SIDE_PX, SIDE_PX)) / SIDE_PX
    turn = draw.uniform(0, 2 * np.pi)
    way = rows * np.sin(turn) + columns * np.cos(turn)
    if draw.random() < 0.4:  # noqa: PLR2004 - a share
        way = np.hypot(rows - draw.random(), columns - draw.random())
    share = np.clip((way - way.min()) / (np.ptp(way) + 1e-9), 0, 1)[..., None]
    return one * (1 - share) + other * share


def _page(draw: np.random.Generator) -> Pixels:
    """Return lines of letters, dark on light or light on dark."""
    dark = draw.random() < 0.3  # noqa: PLR2004 - a share
    paper = draw.uniform(0, 0.2, 3) if dark else draw.uniform(0.85, 1, 3)
    ink = draw.uniform(0.7, 1, 3) if dark else draw.uniform(0, 0.35, 3)
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), _hue(paper))
    _write(draw, picture, (4, 4, SIDE_PX, SIDE_PX), _hue(ink))
    return np.asarray(picture)


def _write(
    draw: np.random.Generator,
    picture: Image.Image,
    room: tuple[int, int, int, int],
    ink: tuple[int, int, int],
) -> None:
    pen, size = ImageDraw.Draw(picture), float(draw.uniform(8, 26))
    face = ImageFont.load_default(size)
    left, y, right, bottom = room
    while y < bottom:
        letters = draw.choice(list(_LETTERS), size=max(2, int((right - left) / size * 2)))
        gaps = draw.random(len(letters)) < 0.16  # noqa: PLR2004 - a share
        pen.text((left, y), "".join(np.where(gaps, " ", letters)), fill=ink, font=face)
        y += int(size * 1.3)


def _screen(draw: np.random.Generator, emoji: Sequence[Pixels]) -> Pixels:
    """Return panels, buttons, a chart and words, as a window has them."""
    light = draw.uniform(0.85, 1) if draw.random() < 0.7 else draw.uniform(0.05, 0.25)  # noqa: PLR2004
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), _hue(np.full(3, light)))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(draw.integers(3, 9))):
        left, top = (int(n) for n in draw.integers(0, SIDE_PX - 24, 2))
        box = (left, top, left + int(draw.integers(20, 120)), top + int(draw.integers(8, 80)))
        fill, edge = (_hue(colour) for colour in _colours(draw, 2))
        pen.rounded_rectangle(box, int(draw.integers(0, 9)), fill, edge, int(draw.integers(0, 3)))
        if draw.random() < 0.6:  # noqa: PLR2004 - a share
            _write(
                draw, picture, (box[0] + 3, box[1] + 2, box[2], min(box[3] - 6, box[1] + 40)), edge
            )
    bars = int(draw.integers(3, 12))
    for bar in range(bars):
        high = int(draw.uniform(5, SIDE_PX / 2))
        left = 10 + bar * 14
        pen.rectangle((left, SIDE_PX - high, left + 9, SIDE_PX), _hue(_colours(draw, 1)[0]))
    if emoji:
        _paste(draw, picture, emoji)
    return np.asarray(picture)


def _things(draw: np.random.Generator, emoji: Sequence[Pixels]) -> Pixels:
    """Return emoji on a soft ground or on white."""
    white = draw.random() < 0.4  # noqa: PLR2004 - a share
    ground = np.ones((SIDE_PX, SIDE_PX, 3)) if white else _ground(draw)
    picture = Image.fromarray(_bytes(ground))
    for _ in range(int(draw.integers(2, 7))):
        _paste(draw, picture, emoji)
    return np.asarray(picture)


def _paste(draw: np.random.Generator, picture: Image.Image, emoji: Sequence[Pixels]) -> None:
    pixels = emoji[int(draw.integers(len(emoji)))]
    side = int(draw.integers(32, 110))
    shown = Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS)
    ink = shown.convert("L").point(lambda value: 255 - value)
    ink = ink.point(lambda value: min(255, value * 12))  # white around it, as the data has it
    spot = (int(draw.integers(-8, SIDE_PX - 24)), int(draw.integers(-8, SIDE_PX - 24)))
    picture.paste(shown, spot, ink)


def _smaller(lit: Field) -> Pixels:
    side = SIDE_PX
    return _bytes(lit.reshape(side, _TWICE, side, _TWICE, 3).mean(axis=(1, 3)))


def _bytes(values: Field) -> Pixels:
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)


def _hue(colour: Field) -> tuple[int, int, int]:
    red, green, blue = (int(value * 255) for value in np.clip(colour, 0, 1))
    return red, green, blue
