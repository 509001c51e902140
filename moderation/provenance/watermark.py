"""A mark that nobody sees: 32 bits in the low frequencies of a picture's brightness.

Spread-transform dither modulation (Chen and Wornell, IEEE Trans. Inf. Theory 47(4), 2001): each bit
quantises the projection of some DCT coefficients on a fixed pseudo-random pattern. They are those
of the picture shrunk to 64 by 64, so that the mark survives JPEG and a change of size, but neither
cropping nor turning. Sixteen bits of CRC tell a mark from chance.
"""

import binascii
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

_SIDE: Final = 64
_BAND: Final = (4.0, 24.0)
"""Radius of the coefficients used: below is what one sees, above what JPEG drops."""
_STEPS: Final = (60.0, 90.0, 135.0)
"""Sizes of the quantiser, in coefficient units; the smallest that survives is taken."""
_PAYLOAD_BITS: Final = 32
_BITS: Final = _PAYLOAD_BITS + 16
_ROUNDS: Final = 6
"""Clipping to 0..255 undoes a part of each change, so it is made again so often."""
_SEED: Final = 45438
_LUMA: Final = (0.299, 0.587, 0.114)
"""Rec. ITU-R BT.601, as JPEG has it (JFIF 1.02)."""
_JPEG_QUALITY: Final = 75
"""What a mark has to survive."""
_SURE: Final = 0.17
"""Mean distance of the projections from doubt, in steps: 0.125 by chance, 0.25 at most."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Which coefficients carry each bit, and with which sign: both of shape (bits, carriers)."""

    places: npt.NDArray[np.int64]
    signs: Array


def marked(pixels: Pixels, number: int) -> Pixels | None:
    """Return a picture of shape (height, width, 3) that carries a 32-bit number.

    None where no mark would survive JPEG at quality 75: every result was read back through it.
    """
    bits = _bits(number)
    for step in _STEPS:
        made = _embedded(pixels, bits, step)
        if read(made) == number and read(_through_jpeg(made)) == number:
            return made
    return None


def read(pixels: Pixels) -> int | None:
    """Return the number that a picture carries; None where there is no mark, or none any more."""
    found = _projected(_luma(pixels.astype(np.float64)))
    for step in _STEPS:
        off = np.abs(found / step - np.round(found / step))
        number = _number(off > 1 / 4)
        if number is not None and float(np.abs(off - 1 / 4).mean()) > _SURE:
            return number
    return None


def _embedded(pixels: Pixels, bits: Array, step: float) -> Pixels:
    height, width, _ = pixels.shape
    now = pixels.astype(np.float64)
    for _ in range(_ROUNDS):
        have = _projected(_luma(_shown(now).astype(np.float64)))
        want = (np.round(have / step - bits / 2) + bits / 2) * step
        change = Image.fromarray(_spread(want - have).astype(np.float32))
        now += np.asarray(change.resize((width, height), Image.Resampling.BICUBIC))[..., None]
    return _shown(now)


def _projected(luma: Array) -> Array:
    """Return the projection of a picture on each bit's pattern."""
    patterns, turn = _patterns(), _cosines()
    coefficients = (turn @ _shrunk(luma) @ turn.T).ravel()
    projections: Array = (coefficients[patterns.places] * patterns.signs).sum(axis=1)
    return projections


def _spread(change: Array) -> Array:
    """Return the 64 by 64 change of brightness that changes the projections by so much."""
    patterns, turn = _patterns(), _cosines()
    coefficients = np.zeros(_SIDE * _SIDE)
    coefficients[patterns.places.ravel()] = (change[:, None] * patterns.signs).ravel()
    spread: Array = turn.T @ coefficients.reshape(_SIDE, _SIDE) @ turn
    return spread


def _shrunk(luma: Array) -> Array:
    how = Image.Resampling.BOX if min(luma.shape) >= _SIDE else Image.Resampling.BILINEAR
    small = Image.fromarray(luma.astype(np.float32)).resize((_SIDE, _SIDE), how)
    return np.asarray(small, dtype=np.float64)


def _luma(pixels: Array) -> Array:
    luma: Array = pixels @ np.array(_LUMA)
    return luma


def _shown(values: Array) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _through_jpeg(pixels: Pixels) -> Pixels:
    held = BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=_JPEG_QUALITY)
    with Image.open(held) as picture:
        return np.asarray(picture.convert("RGB"))


def _bits(number: int) -> Array:
    body = number.to_bytes(_PAYLOAD_BITS // 8)
    sent = body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2)
    return np.unpackbits(np.frombuffer(sent, dtype=np.uint8)).astype(np.float64)


def _number(bits: npt.NDArray[np.bool_]) -> int | None:
    sent = np.packbits(bits).tobytes()
    body, check = sent[:-2], int.from_bytes(sent[-2:])
    return int.from_bytes(body) if binascii.crc_hqx(body, 0xFFFF) == check else None


@cache
def _cosines() -> Array:
    """Return the orthonormal DCT-II of 64 values as a matrix."""
    order, at = np.mgrid[:_SIDE, :_SIDE]
    turn: Array = np.cos(np.pi * (2 * at + 1) * order / (2 * _SIDE)) * np.sqrt(2 / _SIDE)
    turn[0] /= np.sqrt(2)
    return turn


@cache
def _patterns() -> _Patterns:
    down, across = np.mgrid[:_SIDE, :_SIDE]
    radius = np.hypot(down, across).ravel()
    near, far = _BAND
    chance = np.random.Generator(np.random.PCG64(_SEED))
    places = chance.permutation(np.flatnonzero((radius >= near) & (radius < far)))
    carriers = len(places) // _BITS
    signs = chance.choice(np.array([-1.0, 1.0]), size=(_BITS, carriers)) / np.sqrt(carriers)
    return _Patterns(places[: _BITS * carriers].reshape(_BITS, carriers), signs)
