"""Blocks: what each is made of and which elements it takes.

docs.slack.dev/reference/block-kit/blocks. Which surface takes which block is in `surfaces`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from workspace.block_kit.data import DATA_TABLE, DATA_VISUALIZATION, TABLE
from workspace.block_kit.elements import ELEMENTS, IMAGE
from workspace.block_kit.objects import MRKDWN, PLAIN, TEXT, URL, plain, text
from workspace.block_kit.rich_text import RICH_TEXT
from workspace.block_kit.rules import (
    Also,
    Problem,
    Problems,
    Rule,
    Shape,
    any_of,
    anything,
    array,
    at_least_one,
    enum,
    exactly_one,
    flag,
    kinds,
    string,
    thing,
    together,
)
from workspace.wire import Json

ID = string(255, least=0)
_SELECTS = tuple(
    f"{multi}{kind}_select"
    for multi in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
)
_CHOICES = (*_SELECTS, "checkboxes", "radio_buttons", "datepicker", "timepicker")
_PRESSED = ("button", "overflow", "workflow_button")
_ENTERED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
IN_ACTIONS = (*_PRESSED, *_CHOICES, "datetimepicker")
IN_SECTION = (*_PRESSED, *_CHOICES, "image")
IN_INPUT = (*_CHOICES, *_ENTERED, "datetimepicker", "rich_text_input", "file_input")
IN_CONTAINER = ("actions", "context", "divider", "file", "header", "image", "input", "rich_text")
IN_CONTAINER += ("section", "table", "video")


def _block(required: str = "", also: Also | None = None, **fields: Rule) -> Shape:
    return Shape({"type": string(), "block_id": ID, **fields}, tuple(required.split()), also)


def _elements(*names: str) -> Rule:
    return kinds(lambda: ELEMENTS, *names)


def _dispatch(value: Json, at: str) -> Problems:
    if value.get("dispatch_action") and value["element"]["type"] == "file_input":
        yield Problem("unsupported type: file_input", f"{at}/element/type", {"type": "enum"})


def _collapsing(value: Json, at: str) -> Problems:
    can = value.get("is_collapsible")
    if value.get("default_collapsed") and not can:
        yield Problem("`default_collapsed` requires `is_collapsible`", at, {"type": "dependency"})
    if value.get("has_header_divider") and can:
        words = "`has_header_divider` cannot be set when `is_collapsible` is true"
        yield Problem(words, at, {"type": "dependency"})


def _one_icon(value: Json, at: str) -> Problems:
    if value.get("icon") is not None and value.get("slack_icon") is not None:
        yield Problem("must define either `icon` or `slack_icon`", at, {"type": "one_of"})


def _one_part(value: Json, at: str) -> Problems:
    if len(value["elements"]) != 1:
        yield Problem("must provide exactly 1 items", f"{at}/elements", {"type": "max_items"})


_RICH = kinds(lambda: {"rich_text": RICH_TEXT})
_TOLD = any_of(
    string(),
    kinds(lambda: {"rich_text": Shape(RICH_TEXT.fields, RICH_TEXT.required, _one_part)}),
)
_CONTEXT: Mapping[str, Shape] = MappingProxyType(
    {
        PLAIN: Shape({"type": string(), "text": string(TEXT), "emoji": flag()}, ("text",)),
        MRKDWN: Shape({"type": string(), "text": string(TEXT), "verbatim": flag()}, ("text",)),
        "image": ELEMENTS["image"],
    }
)
_SOURCE = thing(Shape({"type": enum("url"), "url": URL, "text": string()}, ("type", "url", "text")))
_ICON = thing(Shape({"type": enum("icon"), "name": string()}, ("type", "name")))
_PICTURE = _elements("image")
_HTTPS = string(3000)

BLOCKS: Mapping[str, Shape] = MappingProxyType(
    {
        "actions": _block("elements", elements=array(_elements(*IN_ACTIONS), 1, 25)),
        "alert": _block(
            "text",
            text=text(200),
            level=enum("default", "info", "warning", "error", "success"),
        ),
        "auth_provider": _block(
            "value name is_connected",
            value=string(150),
            name=plain(75),
            is_connected=flag(),
            description=plain(150),
            icon_url=_HTTPS,
            auth_url=_HTTPS,
            disconnect_url=_HTTPS,
            connected_identity=plain(75),
            connected_context=plain(75),
            accessory=_elements("overflow"),
            fallback=array(kinds(lambda: BLOCKS, *IN_CONTAINER)),
        ),
        "call": _block(
            "call_id",
            call_id=string(),
            api_decoration_available=flag(),
            call=anything(),
        ),
        "card": _block(
            "",
            together(at_least_one("hero_image", "title", "actions", "body"), _one_icon),
            hero_image=_PICTURE,
            icon=_PICTURE,
            slack_icon=_ICON,
            title=text(150),
            subtitle=text(150),
            body=text(200),
            subtext=text(200),
            actions=array(_elements("button"), 1, 3),
        ),
        "carousel": _block("elements", elements=array(kinds(lambda: BLOCKS, "card"), 1, 10)),
        "container": _block(
            "child_blocks",
            together(at_least_one("title", "rich_text_title"), _collapsing),
            title=plain(150),
            rich_text_title=_RICH,
            subtitle=text(150),
            icon=_PICTURE,
            width=enum("narrow", "standard", "wide", "full"),
            is_collapsible=flag(),
            default_collapsed=flag(),
            has_header_divider=flag(),
            child_blocks=array(kinds(lambda: BLOCKS, *IN_CONTAINER), 1, 10),
        ),
        "context": _block("elements", elements=array(kinds(lambda: _CONTEXT), 1, 10)),
        "context_actions": _block(
            "elements", elements=array(_elements("feedback_buttons", "icon_button"), 1, 5)
        ),
        "data_table": DATA_TABLE,
        "data_visualization": DATA_VISUALIZATION,
        "divider": _block(),
        "file": _block(
            "external_id source",
            external_id=string(),
            source=enum("remote"),
            file_id=string(),
            file=anything(),
        ),
        "header": _block("text", text=plain(150)),
        "image": _block(
            "alt_text", exactly_one("image_url", "slack_file"), title=plain(2000), **IMAGE
        ),
        "input": _block(
            "label element",
            _dispatch,
            label=plain(2000),
            element=_elements(*IN_INPUT),
            hint=plain(2000),
            optional=flag(),
            dispatch_action=flag(),
        ),
        "markdown": _block("text", text=string()),
        "plan": _block("title", title=string(), tasks=array(kinds(lambda: BLOCKS, "task_card"))),
        "rich_text": RICH_TEXT,
        "section": _block(
            "",
            at_least_one("text", "fields"),
            text=text(TEXT),
            fields=array(text(2000), 1, 10),
            accessory=_elements(*IN_SECTION),
            expand=flag(),
        ),
        "table": TABLE,
        "task_card": _block(
            "task_id title",
            task_id=string(),
            title=string(),
            details=_TOLD,
            output=_TOLD,
            sources=array(_SOURCE),
            status=enum("pending", "in_progress", "complete", "error"),
        ),
        "video": _block(
            "alt_text title thumbnail_url video_url",
            alt_text=string(2000),
            title=plain(200),
            title_url=_HTTPS,
            thumbnail_url=_HTTPS,
            video_url=_HTTPS,
            author_name=string(50),
            provider_name=string(50),
            provider_icon_url=_HTTPS,
            description=plain(200),
        ),
    }
)
