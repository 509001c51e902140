"""The buttons under a picture, and the form in which a change of one is described. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.intake.pictured import DO, EDITING, MASK, PREFIX, REROLL, WORDS, Picked
from bot.views.forms import actions, button, field, form, option, typed
from bot.views.notices import Notice
from bot.views.render import Block
from generators.draft import Content, Grid, Image, Request
from generators.sentences import Language

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
        return [actions(row) for row in (*rows, last)]
    if not isinstance(content, Image):
        return []
    acts = (*_EACH, *(() if request.flags.get(DO) in _FIXED else (REROLL,)))
    elements = [_button(act, request, speech) for act in acts]
    return [actions([*elements, _menu(_RARER, request, speech)])]


def changing(picked: Picked, place: tuple[str, str], speech: Language) -> dict[str, object]:
    """Return the form for a change of a picture, whose answer goes to a place: channel, thread."""
    zh = speech == "zh"
    mask = {"type": "file_input", "filetypes": ["png", "jpg", "jpeg", "webp"], "max_files": 1}
    only = "只改一部分？蒙版：该部分为白色或透明" if zh else "Only a part? A mask, white there"
    cancel = Notice.CANCEL.text(speech)
    titles = ("编辑图片", "编辑", cancel) if zh else ("Edit the picture", "Edit", cancel)
    fields = [
        field(WORDS, "要改什么" if zh else "What shall be changed", typed(most=MOST_CHARS)),
        field(MASK, only, mask, optional=True),
    ]
    return form(EDITING, " ".join([picked.value, *place]), titles, fields)


def _menu(acts: Sequence[str], request: Request, speech: Language) -> Block:
    options = [option(_LABELS[act][speech == "zh"], _value(act, request)) for act in acts]
    return {"type": "overflow", "action_id": f"{PREFIX}more", "options": options}


def _button(act: str, request: Request, speech: Language, number: int = 0) -> Block:
    """Return a button for a picture; a number says which of several."""
    label = _numbered(act, speech, number) if number else _LABELS[act][speech == "zh"]
    action = f"{PREFIX}{act}"
    name = f"{action}_{number}" if number else action
    return button(label, name, _value(act, request, number))


def _numbered(act: str, speech: Language, number: int) -> str:
    if act == "upscale":
        return f"放大 {number}" if speech == "zh" else f"Upscale {number}"
    return f"变体 {number}" if speech == "zh" else f"Vary {number}"


def _value(act: str, request: Request, number: int = 0) -> str:
    return Picked(act, request.verb, request.id.hex, str(number or "")).value
