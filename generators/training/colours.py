"""Colour words and what they mean in pixels: things get another hue, and hues are measured."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generators.training.things import Pixels, Thing

_HUES: Final = 256
"""Pillow counts hue, saturation and value from 0 to 255."""
_TURN_DEG: Final = 360.0
_SATURATED: Final = 70
_VISIBLE: Final = 60
_ONE_HUE_DEG: Final = 35.0
_SHARE_OF_ONE_HUE: Final = 0.6
_SHARE_SATURATED: Final = 0.3
_WHITE: Final = 244
_KEPT_BACK: Final = 20
"""One in so many pairs of colour and thing is kept out of the training."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A word in two languages; where its hue is; what a picture of it needs to look like it."""

    english: str
    chinese: str
    hue_deg: float
    rgb: tuple[int, int, int]
    """As a background."""
    saturation: float = 1.0
    """Times what the thing had."""
    least_value: float = 0.0
    """How bright the brighter half of the thing is at least, 0 to 1."""


COLOURS: Final = (
    Colour("red", "红色", 0, (236, 96, 90)),
    Colour("orange", "橙色", 28, (255, 178, 102), least_value=0.95),
    Colour("yellow", "黄色", 52, (255, 236, 130), least_value=0.97),
    Colour("green", "绿色", 120, (140, 205, 130), least_value=0.6),
    Colour("blue", "蓝色", 215, (130, 180, 245), least_value=0.75),
    Colour("purple", "紫色", 275, (185, 150, 230), least_value=0.65),
    Colour("pink", "粉色", 330, (250, 180, 215), saturation=0.65, least_value=0.95),
)


def kept_back(thing: Thing, colour: Colour) -> bool:
    """Tell whether a pair is only for the evaluation: the same ones each time, one in 20."""
    digest = hashlib.sha256(f"{thing.sign} {colour.english}".encode()).digest()
    return digest[0] * 256 + digest[1] < 65536 // _KEPT_BACK


def takes_colour(pixels: Pixels) -> bool:
    """Tell whether a picture has one hue to speak of, so that another in its place is seen."""
    saturation, weights = _weights(pixels)
    drawn = (pixels.min(axis=2) < _WHITE).sum()
    if (saturation > _SATURATED).sum() < _SHARE_SATURATED * max(1, drawn):
        return False
    near = np.abs(_apart_deg(_hues_deg(), _peak_deg(weights))) <= _ONE_HUE_DEG
    return bool(weights[near].sum() >= _SHARE_OF_ONE_HUE * weights.sum())


def coloured(pixels: Pixels, colour: Colour) -> Pixels:
    """Return the picture with all hues turned, so that its main one is the colour's."""
    hsv = np.array(Image.fromarray(pixels).convert("HSV")).astype(np.float32)
    turn = (colour.hue_deg - main_hue_deg(pixels)) / _TURN_DEG * _HUES
    hsv[..., 0] = np.round(hsv[..., 0] + turn) % _HUES
    inked = (hsv[..., 1] > _SATURATED) & (hsv[..., 2] > _VISIBLE)
    if inked.any():
        bright = float(np.median(hsv[..., 2][inked])) / 255
        gain = max(1.0, colour.least_value / max(bright, 1e-3))
        hsv[..., 2] = np.where(inked, np.minimum(255, hsv[..., 2] * gain), hsv[..., 2])
        hsv[..., 1] = np.where(inked, hsv[..., 1] * colour.saturation, hsv[..., 1])
    return np.array(Image.fromarray(hsv.astype(np.uint8), "HSV").convert("RGB"))


def main_hue_deg(pixels: Pixels) -> float:
    """Return the hue in degrees around which the most colour of a picture lies."""
    return _peak_deg(_weights(pixels)[1])


def named(pixels: Pixels) -> Colour:
    """Return the colour whose hue is next to the main one."""
    hue = main_hue_deg(pixels)
    return min(COLOURS, key=lambda colour: abs(float(_apart_deg(np.array(colour.hue_deg), hue))))


def _weights(pixels: Pixels) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the saturation of each pixel, and how much colour there is of each of 256 hues."""
    hsv = np.array(Image.fromarray(pixels).convert("HSV"))
    saturation = np.where(hsv[..., 2] > _VISIBLE, hsv[..., 1], 0)
    inked = np.where(saturation > _SATURATED, saturation, 0).astype(np.float64)
    amounts = np.bincount(hsv[..., 0].ravel(), inked.ravel(), minlength=_HUES)
    return saturation.astype(np.uint8), amounts.astype(np.float64)


def _peak_deg(weights: NDArray[np.float64]) -> float:
    """Return the middle of the fullest window of about 30 degrees."""
    window = 21
    around = np.concatenate([weights[-(window // 2) :], weights, weights[: window // 2]])
    start = int(np.argmax(np.convolve(around, np.ones(window), "valid")))
    share = around[start : start + window]
    if not share.sum():
        return 0.0
    middle = start - window // 2 + float(share @ np.arange(window)) / float(share.sum())
    return middle % _HUES / _HUES * _TURN_DEG


def _hues_deg() -> NDArray[np.float64]:
    return np.arange(_HUES) / _HUES * _TURN_DEG


def _apart_deg(hues: NDArray[Any], other: float) -> NDArray[np.float64]:
    return (hues - other + _TURN_DEG / 2) % _TURN_DEG - _TURN_DEG / 2
