"""What the picture model learns to draw: things of `things.toml`, with their names and pictures.

Pictures and names come from a folder of the data (`noto64.npz`, `captions.csv`): Google's Noto
Emoji (Apache-2.0), names and keywords of the Unicode CLDR (Unicode License v3).
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIDE_PX: Final = 64
Pixels = NDArray[np.uint8]
"""Rows, columns, RGB."""

_PRESENTATION: Final = "\ufe0f"


class DataMissingError(Exception):
    """The folder of the data is not there or lacks a thing; says what to do."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing, its names in English and Chinese, and words that stand near it."""

    sign: str
    group: str
    english: str
    chinese: str
    keywords: tuple[str, ...] = ()
    keywords_chinese: tuple[str, ...] = ()
    plural: str = ""
    """Empty where nobody counts it."""
    pixels: Pixels = field(
        default_factory=lambda: np.full((SIDE_PX, SIDE_PX, 3), 255, np.uint8), repr=False
    )


def read(data: Path, limit: int | None = None) -> list[Thing]:
    """Return the things with their pictures of 64 x 64 pixels on white, in a fixed order.

    `limit` takes only the first ones. Raises DataMissingError.
    """
    try:
        with data.joinpath("captions.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        pictures: Pixels = np.load(data / "noto64.npz")["images"]
    except OSError as error:
        raise DataMissingError(
            f"{data} lacks captions.csv or noto64.npz: name a folder that has both, --pictures."
        ) from error
    known = {row["char"].replace(_PRESENTATION, ""): at for at, row in enumerate(rows)}
    chosen = list(_chosen())[:limit]
    if strangers := [sign for _, sign in chosen if sign not in known]:
        raise DataMissingError(f"{data} has no picture of {' '.join(strangers)}.")
    table = _table()
    return [
        _thing(table, group, rows[known[sign]], pictures[known[sign]]) for group, sign in chosen
    ]


def _table() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("things.toml").read_text(encoding="utf-8"))


def _chosen() -> Iterator[tuple[str, str]]:
    for group, signs in _table()["groups"].items():
        yield from ((group, sign) for sign in signs)


def _thing(table: Mapping[str, Any], group: str, row: Mapping[str, str], pixels: Pixels) -> Thing:
    sign = row["char"].replace(_PRESENTATION, "")
    english, chinese = table["names"].get(sign, (row["name_en"].lower(), row["name_zh"]))
    counted = sign not in table["uncounted"]["signs"]
    return Thing(
        sign=sign,
        group=group,
        english=english,
        chinese=chinese,
        keywords=_other(row["keywords_en"].lower(), english),
        keywords_chinese=_other(row["keywords_zh"], chinese),
        plural=plural(english, table["plurals"]) if counted else "",
        pixels=pixels,
    )


def _other(keywords: str, name: str) -> tuple[str, ...]:
    return tuple(word for word in keywords.split("|") if word and word != name)


def plural(name: str, irregular: Mapping[str, str]) -> str:
    """Return the English plural of a name; empty where it is one already, or no single noun.

    >>> plural("red box", {}), plural("berry", {}), plural("glasses", {})
    ('red boxes', 'berries', '')
    """
    before, _, last = name.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith(("ss", "us", "x", "ch", "sh")):
        last += "es"
    elif last.endswith("s") or " with " in name:
        return ""
    elif last.endswith("y") and last[-2:-1] not in set("aeiou"):
        last = f"{last[:-1]}ies"
    else:
        last += "s"
    return f"{before} {last}".strip()


def stacked(things: Sequence[Thing]) -> Pixels:
    """Return the pictures of all, one after another."""
    return np.stack([thing.pixels for thing in things])
