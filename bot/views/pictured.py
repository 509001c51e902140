"""The buttons under a picture, and the form in which a change of one is described. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from bot.intake.pictured import DO, EDITING, MASK, PREFIX, REROLL, WORDS, Picked
from generators.draft import Content, Grid, Image, Request
from generators.sentences import Language

Block = dict[str, Any]

_LABELS: Final = {
    "upscale": ("Upscale", "放大"),
    "vary": ("Vary", "变体"),
    REROLL: ("Reroll", "重新生成"),
    "change": ("Edit…", "编辑…"),
    "cutout": ("Remove background", "去除背景"),
    "info": ("Info", "图片信息"),
    "delete": ("Delete", "删除"),
}
_RARER: Final = ("change", "cutout", "info", "delete")
_OF_SEVERAL: Final = ("info", "delete")
_EACH: Final = ("upscale", "vary")
"""What each picture of several has a button for."""
_FIXED: Final = frozenset({"upscale", "cutout"})
"""What comes out the same however often it is done."""
MOST_CHARS: Final = 1000


def buttons(content: Content, request: Request, speech: Language) -> list[Block]:
    """Return the rows of buttons under an answer: what can be done with its picture next."""
    if isinstance(content, Grid):
        numbers = [n for n, cell in enumerate(content.cells, start=1) if cell is not None]
        rows = [[_button(act, request, speech, n) for n in numbers] for act in _EACH]
        last = [_button(REROLL, request, speech), _menu(_OF_SEVERAL, request, speech)]
        return [{"type": "actions", "elements": row} for row in (*rows, last)]
    if not isinstance(content, Image):
        return []
    acts = (*_EACH, *(() if request.flags.get(DO) in _FIXED else (REROLL,)))
    elements = [_button(act, request, speech) for act in acts]
    return [{"type": "actions", "elements": [*elements, _menu(_RARER, request, speech)]}]


def changing(picked: Picked, place: tuple[str, str], speech: Language) -> Block:
    """Return the form for a change of a picture, whose answer goes to a place: channel, thread."""
    zh = speech == "zh"
    words = {
        "type": "plain_text_input",
        "action_id": WORDS,
        "multiline": True,
        "max_length": MOST_CHARS,
    }
    mask = {
        "type": "file_input",
        "action_id": MASK,
        "filetypes": ["png", "jpg", "jpeg", "webp"],
        "max_files": 1,
    }
    only = "只改一部分？蒙版：该部分为白色或透明" if zh else "Only a part? A mask, white there"
    return {
        "type": "modal",
        "callback_id": EDITING,
        "private_metadata": " ".join([picked.value, *place]),
        "title": _plain("编辑图片" if zh else "Edit the picture"),
        "submit": _plain("编辑" if zh else "Edit"),
        "close": _plain("取消" if zh else "Cancel"),
        "blocks": [
            _input(WORDS, "要改什么" if zh else "What shall be changed", words),
            {**_input(MASK, only, mask), "optional": True},
        ],
    }


def _menu(acts: Sequence[str], request: Request, speech: Language) -> Block:
    options = [
        {"text": _plain(_LABELS[act][speech == "zh"]), "value": _value(act, request)}
        for act in acts
    ]
    return {"type": "overflow", "action_id": f"{PREFIX}more", "options": options}


def _button(act: str, request: Request, speech: Language, number: int = 0) -> Block:
    """Return a button for a picture; a number says which of several."""
    label = _numbered(act, speech, number) if number else _LABELS[act][speech == "zh"]
    action = f"{PREFIX}{act}"
    return {
        "type": "button",
        "text": _plain(label),
        "action_id": f"{action}_{number}" if number else action,
        "value": _value(act, request, number),
    }


def _numbered(act: str, speech: Language, number: int) -> str:
    if act == "upscale":
        return f"放大 {number}" if speech == "zh" else f"Upscale {number}"
    return f"变体 {number}" if speech == "zh" else f"Vary {number}"


def _value(act: str, request: Request, number: int = 0) -> str:
    return Picked(act, request.verb, request.id.hex, str(number or "")).value


def _input(name: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
