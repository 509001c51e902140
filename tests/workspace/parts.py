"""The smallest valid form of every block and element, to be changed and broken."""

from typing import Any, TypeAlias

from workspace.block_kit.elements import ELEMENTS

Part: TypeAlias = dict[str, Any]


def plain(text: str = "x") -> Part:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Part:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "x", **more: object) -> Part:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**more: object) -> Part:
    return {"type": "button", "text": plain("Go"), **more}


def actions(*elements: Part) -> Part:
    return {"type": "actions", "elements": list(elements)}


def entry(element: Part, **more: object) -> Part:
    return {"type": "input", "label": plain(), "element": element, **more}


def rich(*parts: Part) -> Part:
    return {"type": "rich_text", "elements": list(parts)}


def option(value: str = "v", text: str = "x", **more: object) -> Part:
    return {"text": plain(text), "value": value, **more}


def chart(drawn: Part) -> Part:
    return {"type": "data_visualization", "title": "t", "chart": drawn}


def modal(*blocks: Part, **more: object) -> Part:
    return {"type": "modal", "title": plain("T"), "submit": plain(), "blocks": blocks, **more}


LINE = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
CELL = {"type": "raw_text", "text": "x"}
PICTURE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}
CONFIRM = {"title": plain(), "text": mrkdwn(), "confirm": plain(), "deny": plain()}
CARD = {"type": "card", "title": plain()}
TASK = {"type": "task_card", "task_id": "1", "title": "T"}
VOTE = {"text": plain(), "value": "v"}
FEEDBACK = {"type": "feedback_buttons", "positive_button": VOTE, "negative_button": VOTE}
POINT = {"label": "a", "value": 1}
PIE = {"type": "pie", "segments": [POINT]}
SERIES = {"name": "s", "data": [POINT]}
BAR = {"type": "bar", "series": [SERIES], "axis_config": {"categories": ["a"]}}

BLOCK: dict[str, Part] = {
    "actions": actions(button()),
    "alert": {"type": "alert", "text": plain()},
    "auth_provider": {
        "type": "auth_provider",
        "value": "v",
        "name": plain(),
        "is_connected": False,
    },
    "call": {"type": "call", "call_id": "R1"},
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD]},
    "container": {
        "type": "container",
        "title": plain(),
        "child_blocks": [{"type": "divider"}],
    },
    "context": {"type": "context", "elements": [plain()]},
    "context_actions": {"type": "context_actions", "elements": [FEEDBACK]},
    "data_table": {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL]]},
    "data_visualization": chart(PIE),
    "divider": {"type": "divider"},
    "file": {"type": "file", "external_id": "e", "source": "remote"},
    "header": {"type": "header", "text": plain("标" * 150)},
    "image": PICTURE,
    "input": entry({"type": "plain_text_input"}),
    "markdown": {"type": "markdown", "text": "**x**"},
    "plan": {"type": "plan", "title": "P"},
    "rich_text": rich(LINE),
    "section": section(),
    "table": {"type": "table", "rows": [[CELL]]},
    "task_card": TASK,
    "video": {
        "type": "video",
        "title": plain(),
        "alt_text": "a",
        "video_url": "https://example.com/v",
        "thumbnail_url": "https://example.com/t",
    },
}
_CHOICE = ("static_select", "multi_static_select", "checkboxes", "radio_buttons", "overflow")
ELEMENT: dict[str, Part] = {
    **{kind: {"type": kind} for kind in ELEMENTS},
    **{kind: {"type": kind, "options": [option()]} for kind in _CHOICE},
    "button": button(),
    "number_input": {"type": "number_input", "is_decimal_allowed": False},
    "workflow_button": {
        "type": "workflow_button",
        "text": plain(),
        "workflow": {"trigger": {"url": "https://example.com"}},
    },
    "feedback_buttons": FEEDBACK,
    "icon_button": {"type": "icon_button", "icon": "trash", "text": plain()},
    "image": PICTURE,
}


def holding(element: Part) -> Part:
    """A block that takes this element."""
    kind = element["type"]
    if kind in {"feedback_buttons", "icon_button"}:
        return {"type": "context_actions", "elements": [element]}
    if kind in {"button", "workflow_button", "overflow", "image"}:
        return section(accessory=element)
    return entry(element)
