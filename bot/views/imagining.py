"""The form in which pictures are asked for. Pure: fixed words in both languages."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.intake.imagined import FIELDS, FORM, NONE, PROMPT, About
from bot.views.forms import field, option, select, typed
from bot.views.forms import form as modal
from bot.views.render import Block
from generators.styles import Styles

SEED_CHARS: Final = 20
MOST_STYLES: Final = 99
"""A select has at most 100 options."""
SHAPES: Final = ("1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4")
COUNTS: Final = ("1", "2", "3", "4")
_SAID: Final[Mapping[str, str]] = {
    "title": "Pictures / 图片",
    "draw": "Draw / 画",
    "cancel": "Cancel / 取消",
    "prompt": "What they show / 画什么",
    "n": "How many / 张数",
    "ar": "Shape / 形状",
    "style": "Style / 风格",
    "no": "What they do not show / 不要出现",
    "seed": "Seed, for the same again / 种子（再画一样的）",
    "own": "As the model does it / 由模型决定",
}


def form(about: About, styles: Styles) -> dict[str, object]:
    """Return the form for a verb with these styles."""
    names = tuple(styles.known)[:MOST_STYLES]
    titles = (_SAID["title"], _SAID["draw"], _SAID["cancel"])
    fields = [
        field(PROMPT, _SAID["prompt"], typed()),
        field(FIELDS["n"], _SAID["n"], _select(COUNTS)),
        _may("ar", _select((NONE, *SHAPES))),
        _may("style", _select((NONE, *names))),
        _may("no", typed(lines=False)),
        _may("seed", typed(most=SEED_CHARS, lines=False)),
    ]
    return modal(FORM, about.text, titles, fields)


def _may(name: str, element: Block) -> Block:
    return field(FIELDS[name], _SAID[name], element, optional=True)


def _select(values: Sequence[str]) -> Block:
    options = [_option(value) for value in values]
    return {**select(options), "initial_option": options[0]}


def _option(value: str) -> Block:
    text = _SAID["own"] if value == NONE else value
    return option(text[:75], value)
