"""The form in which pictures are asked for. Pure: fixed words in both languages."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.intake.imagined import FIELDS, FORM, NONE, PROMPT, About
from bot.views.render import Block
from generators.styles import Styles

MOST_CHARS: Final = 3000
"""What a text input of a form takes (docs.slack.dev, plain-text input element)."""
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
    typed = {"type": "plain_text_input", "max_length": MOST_CHARS}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": about.text,
        "title": _plain("title"),
        "submit": _plain("draw"),
        "close": _plain("cancel"),
        "blocks": [
            _input("prompt", PROMPT, {**typed, "multiline": True}, optional=False),
            _input("n", FIELDS["n"], _select(COUNTS), optional=False),
            _input("ar", FIELDS["ar"], _select((NONE, *SHAPES))),
            _input("style", FIELDS["style"], _select((NONE, *names))),
            _input("no", FIELDS["no"], typed),
            _input("seed", FIELDS["seed"], {**typed, "max_length": 20}),
        ],
    }


def _input(label: str, name: str, element: Block, *, optional: bool = True) -> Block:
    block: Block = {"type": "input", "block_id": name, "label": _plain(label)}
    return {**block, "element": {**element, "action_id": name}, "optional": optional}


def _select(values: Sequence[str]) -> Block:
    options = [_option(value) for value in values]
    return {"type": "static_select", "options": options, "initial_option": options[0]}


def _option(value: str) -> Block:
    text = _SAID["own"] if value == NONE else value
    return {"text": {"type": "plain_text", "text": text[:75]}, "value": value}


def _plain(what: str) -> Block:
    return {"type": "plain_text", "text": _SAID[what]}
