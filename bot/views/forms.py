"""Forms, fields and buttons as Block Kit writes them (docs.slack.dev/reference/block-kit)."""

from collections.abc import Sequence
from typing import Any, Final

Block = dict[str, Any]
"""As `bot.views.render` has it, which shows programs and so their buttons."""
INPUT_CHARS: Final = 3000
"""What a text input of a form takes (docs.slack.dev, plain-text input element)."""


def form(
    callback_id: str, metadata: str, titles: tuple[str, str, str], blocks: Sequence[Block]
) -> dict[str, object]:
    """Return a form; `titles` are its heading, and what is pressed to send it and to close it."""
    title, submit, close = titles
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain_text(title),
        "submit": plain_text(submit),
        "close": plain_text(close),
        "blocks": list(blocks),
    }


def field(name: str, label: str, element: Block, *, optional: bool = False) -> Block:
    """Return a field of a form; `bot.intake` finds its value by the name."""
    block: Block = {"type": "input", "block_id": name, "label": plain_text(label)}
    return {**block, "element": {**element, "action_id": name}, "optional": optional}


def typed(text: str = "", *, most: int = INPUT_CHARS, lines: bool = True) -> Block:
    """Return what somebody types, at most so many characters, with what stands there at first."""
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": most}
    return {**element, "initial_value": text} if text else element


def select(options: Sequence[Block]) -> Block:
    """Return a choice of one."""
    return {"type": "static_select", "options": list(options)}


def option(label: str, value: str) -> Block:
    """Return something that can be chosen."""
    return {"text": plain_text(label), "value": value}


def button(label: str, action_id: str, value: str, style: str = "") -> Block:
    """Return a button; `style` is `primary`, `danger` or nothing."""
    text = plain_text(label)
    made: Block = {"type": "button", "text": text, "action_id": action_id, "value": value}
    return {**made, "style": style} if style else made


def actions(buttons: Sequence[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def plain_text(text: str) -> Block:
    """Return words that are shown as they are."""
    return {"type": "plain_text", "text": text}
